/* A QR code from text (ISO/IEC 18004), as small as the portal's page needs it: bytes only, versions 1 to 20, level M where
   it costs no larger symbol than L. About half a millisecond for the texts of a login. */

/* For each version and level, from table 9: codewords of error correction in a block, and blocks. */
const LEVELS = [
  {
    bits: 1, // L
    correction: [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28],
    blocks: [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8],
  },
  {
    bits: 0, // M
    correction: [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26],
    blocks: [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16],
  },
];
const LARGEST_VERSION = 20;

/** The symbol for a text: `size` modules an edge, and `dark`, row by row, 1 where a module is dark. */
export function qrCode(text) {
  const bytes = new TextEncoder().encode(text);
  const { version, level } = smallestFit(bytes.length);
  const { capacity, total, correction, blocks } = room(version, level);
  return paintSymbol(version, level.bits, interleaved(codewords(bytes, version, capacity), total, correction, blocks));
}

function smallestFit(length) {
  for (let version = 1; version <= LARGEST_VERSION; version++) {
    const fitting = LEVELS.filter((level) => length + overhead(version) <= room(version, level).capacity);
    if (fitting.length) return { version, level: fitting.at(-1) };
  }
  throw new RangeError(`${length} bytes are too many for a QR code of version ${LARGEST_VERSION}`);
}

/* Mode (4 bits), length (8 or 16 bits) and terminator (4 bits) are whole bytes together. */
function overhead(version) {
  return version < 10 ? 2 : 3;
}

function room(version, { correction, blocks }) {
  const total = blankSymbol(version).order.length >> 3;
  const each = correction[version - 1];
  const count = blocks[version - 1];
  return { total, correction: each, blocks: count, capacity: total - each * count };
}

/* Every field is a multiple of four bits, so the bit stream is a row of half bytes. */
function codewords(bytes, version, capacity) {
  const halves = [4]; // the mode: bytes
  for (let shift = version < 10 ? 4 : 12; shift >= 0; shift -= 4) halves.push((bytes.length >> shift) & 15);
  for (const byte of bytes) halves.push(byte >> 4, byte & 15);
  halves.push(0);
  const words = new Uint8Array(capacity);
  for (let at = 0; at < capacity; at++) {
    const isPadding = at * 2 >= halves.length;
    words[at] = isPadding ? [0xec, 0x11][(at - halves.length / 2) & 1] : (halves[at * 2] << 4) | halves[at * 2 + 1];
  }
  return words;
}

/* Data and error correction block by block, then woven: the first word of each block, the second of each, … */
function interleaved(data, total, correction, blocks) {
  const shortLength = Math.floor(total / blocks) - correction;
  const longOnes = total % blocks;
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
