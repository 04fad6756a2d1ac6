/* A QR code from text (ISO/IEC 18004), as much of it as a login needs: bytes, level L, versions 1 to 20. A screen has no
   scratches: less correction means larger modules, and those are read from further away. About a millisecond each. */

/* For each version, from table 9: codewords of error correction in a block, and blocks. */
const CORRECTION = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28];
const BLOCKS = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8];

/** The symbol for a text: `size` modules an edge, and `dark`, row by row, 1 where a module is dark. */
export function qrCode(text) {
  const bytes = new TextEncoder().encode(text);
  const version = smallestVersion(bytes.length);
  return paintSymbol(version, interleaved(codewords(bytes, version), version));
}

function smallestVersion(length) {
  for (let version = 1; version <= CORRECTION.length; version++) {
    if (length + overhead(version) <= capacity(version)) return version;
  }
  throw new RangeError(`${length} bytes are too many for a QR code of version ${CORRECTION.length}`);
}

/* Mode (4 bits), length (8 or 16 bits) and terminator (4 bits) are whole bytes together. */
function overhead(version) {
  return version < 10 ? 2 : 3;
}

function allWords(version) {
  return blankSymbol(version).order.length >> 3;
}

function capacity(version) {
  return allWords(version) - CORRECTION[version - 1] * BLOCKS[version - 1];
}

const PADDING = [0xec, 0x11]; // section 7.4.10

/* Every field is a multiple of four bits, so the bit stream is a row of half bytes. */
function codewords(bytes, version) {
  const halves = [4]; // the mode: bytes
  for (let shift = version < 10 ? 4 : 12; shift >= 0; shift -= 4) halves.push((bytes.length >> shift) & 15);
  for (const byte of bytes) halves.push(byte >> 4, byte & 15);
  halves.push(0);
  const length = halves.length / 2;
  return Uint8Array.from({ length: capacity(version) }, (_, at) =>
    at < length ? (halves[at * 2] << 4) | halves[at * 2 + 1] : PADDING[(at - length) % 2],
  );
}

/* Data and error correction block by block, then woven: the first word of each block, the second of each, … */
function interleaved(data, version) {
  const correction = CORRECTION[version - 1];
  const blocks = BLOCKS[version - 1];
  const shortLength = Math.floor(data.length / blocks);
  const longOnes = data.length % blocks;
  const divisor = generator(correction);
  const parts = [];
  for (let block = 0, from = 0; block < blocks; block++) {
    const length = shortLength + (block >= blocks - longOnes ? 1 : 0);
    const words = data.subarray(from, from + length);
    parts.push({ words, rest: remainder(words, divisor) });
    from += length;
  }
  const woven = [];
  for (let at = 0; at <= shortLength; at++) for (const { words } of parts) if (at < words.length) woven.push(words[at]);
  for (let at = 0; at < correction; at++) for (const { rest } of parts) woven.push(rest[at]);
  return woven;
}

/* Reed-Solomon over GF(256) with x^8 + x^4 + x^3 + x^2 + 1 (section 7.5.2). */
const POWERS = new Uint8Array(510);
const LOGARITHMS = new Uint8Array(256);
for (let exponent = 0, value = 1; exponent < 255; exponent++) {
  POWERS[exponent] = POWERS[exponent + 255] = value;
  LOGARITHMS[value] = exponent;
  value = (value << 1) ^ (value & 0x80 ? 0x11d : 0);
}

function product(left, right) {
  return left && right ? POWERS[LOGARITHMS[left] + LOGARITHMS[right]] : 0;
}

/* (x - 2^0)(x - 2^1)…, highest power first, without the leading 1. */
function generator(degree) {
  const factors = new Uint8Array(degree);
  factors[degree - 1] = 1;
  for (let root = 0; root < degree; root++) {
    for (let at = 0; at < degree; at++) {
      factors[at] = product(factors[at], POWERS[root]) ^ (at + 1 < degree ? factors[at + 1] : 0);
    }
  }
  return factors;
}

function remainder(words, divisor) {
  const rest = new Uint8Array(divisor.length);
  for (const word of words) {
    const factor = word ^ rest[0];
    rest.copyWithin(0, 1);
    rest[rest.length - 1] = 0;
    for (let at = 0; at < divisor.length; at++) rest[at] ^= product(divisor[at], factor);
  }
  return rest;
}
