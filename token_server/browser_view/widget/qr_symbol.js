/* Where the modules of a QR code stand: what is the same in every symbol of a version, the bits, and the best mask. */

const MASKS = [
  (x, y) => (x + y) % 2 === 0,
  (x, y) => y % 2 === 0,
  (x, y) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];
const LEVEL_L = 0b01000;
const blanks = new Map();

/* Draw the codewords under each mask and keep the symbol that is easiest to read (section 7.8.3). */
function paintSymbol(version, words) {
  const { size, dark, order, masks } = blankSymbol(version);
  const plain = dark.slice();
  words.forEach((word, at) => {
    for (let bit = 0; bit < 8; bit++) plain[order[at * 8 + bit]] = (word >> (7 - bit)) & 1;
  });
  let best = { penalty: Infinity };
  for (let number = 0; number < MASKS.length; number++) {
    const mask = masks[number];
    const masked = plain.slice();
    for (let at = 0; at < masked.length; at++) masked[at] ^= mask[at];
    drawFormat(masked, size, LEVEL_L | number);
    const penalty = penaltyOf(masked, size, best.penalty);
    if (penalty < best.penalty) best = { penalty, dark: masked, mask: number };
  }
  return { size, version, mask: best.mask, dark: best.dark };
}

/* Everything that all symbols of a version share; made once. */
function blankSymbol(version) {
  if (!blanks.has(version)) blanks.set(version, drawBlank(version));
  return blanks.get(version);
}

function drawBlank(version) {
  const size = version * 4 + 17;
  const dark = new Uint8Array(size * size);
  const taken = new Uint8Array(size * size);
  const put = (x, y, isDark) => {
    if (x < 0 || y < 0 || x >= size || y >= size) return;
    dark[y * size + x] = isDark ? 1 : 0;
    taken[y * size + x] = 1;
  };
  drawTiming(put, size);
  drawAlignment(put, version, size);
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) drawSquares(put, x, y, 4, [2, 4]);
  reserveFormat(put, size);
  if (version >= 7) drawVersion(put, version, size);
  const order = zigzag(size).filter((at) => !taken[at]);
  const masks = MASKS.map((isFlipped) =>
    taken.map((isTaken, at) => (!isTaken && isFlipped(at % size, Math.floor(at / size)) ? 1 : 0)),
  );
  return { size, dark, order, masks };
}

/* Nested squares around a centre; `light` names the rings that are not dark. */
function drawSquares(put, centreX, centreY, radius, light) {
  for (let y = -radius; y <= radius; y++) {
    for (let x = -radius; x <= radius; x++) {
      put(centreX + x, centreY + y, !light.includes(Math.max(Math.abs(x), Math.abs(y))));
    }
  }
}

function drawTiming(put, size) {
  for (let at = 0; at < size; at++) {
    put(at, 6, at % 2 === 0);
    put(6, at, at % 2 === 0);
  }
}

function drawAlignment(put, version, size) {
  if (version === 1) return;
  const count = Math.floor(version / 7) + 2;
  const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
  const places = [6];
  for (let place = size - 7; places.length < count; place -= step) places.splice(1, 0, place);
  const last = count - 1;
  places.forEach((y, row) =>
    places.forEach((x, column) => {
      const isCorner = (row === 0 && (column === 0 || column === last)) || (row === last && column === 0);
      if (!isCorner) drawSquares(put, x, y, 2, [1]);
    }),
  );
}

function reserveFormat(put, size) {
  for (let at = 0; at < 9; at++) {
    if (at !== 6) {
      put(8, at, false);
      put(at, 8, false);
    }
  }
  for (let at = 1; at <= 8; at++) {
    put(size - at, 8, false);
    put(8, size - at, at === 8); // the dark module
  }
}

function drawFormat(dark, size, data) {
  const bits = ((data << 10) | checkBits(data, 10, 0x537)) ^ 0x5412;
  for (let at = 0; at < 15; at++) {
    const bit = (bits >> at) & 1;
    const down = at < 6 ? at : at < 8 ? at + 1 : size - 15 + at;
    const left = at < 8 ? size - 1 - at : at === 8 ? 7 : 14 - at;
    dark[down * size + 8] = bit;
    dark[8 * size + left] = bit;
  }
}

function drawVersion(put, version, size) {
  const bits = (version << 12) | checkBits(version, 12, 0x1f25);
  for (let at = 0; at < 18; at++) {
    const far = size - 11 + (at % 3);
    const near = Math.floor(at / 3);
    put(far, near, (bits >> at) & 1);
    put(near, far, (bits >> at) & 1);
  }
}

/* The remainder of a BCH code (annexes C and D). */
function checkBits(data, degree, divisor) {
  let rest = data;
  for (let at = 0; at < degree; at++) rest = (rest << 1) ^ ((rest >> (degree - 1)) * divisor);
  return rest;
}

/* The way of the bits: upwards and downwards in columns of two, from the right, past the timing column. */
function zigzag(size) {
  const way = [];
  for (let right = size - 1, isUpward = true; right > 0; right -= 2, isUpward = !isUpward) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      const row = (isUpward ? size - 1 - step : step) * size;
      way.push(row + right, row + right - 1);
    }
  }
  return way;
}

/* The four rules of table 11; whoever has `enough` points already has lost, however many more there would be. */
function penaltyOf(dark, size, enough) {
  let points = 0;
  let darkOnes = 0;
  for (let line = 0; line < size; line++) {
    if (points >= enough) return points;
    points += penaltyOfLine(dark, line * size, 1, size) + penaltyOfLine(dark, line, size, size);
  }
  for (let at = 0; at < dark.length; at++) {
    darkOnes += dark[at];
    const isBlock = dark[at] === dark[at + 1] && dark[at] === dark[at + size] && dark[at] === dark[at + size + 1];
    if (isBlock && (at + 1) % size) points += 3;
  }
  return points + 10 * Math.floor(Math.abs((darkOnes * 100) / dark.length - 50) / 5);
}

/* Runs of five and more, and what could be taken for a finder: 1011101 with four light modules on either side. */
function penaltyOfLine(dark, from, step, size) {
  let points = 0;
  let run = 0;
  let colour = -1;
  let seen = 0; // the last fifteen modules; outside the symbol everything is light
  for (let place = 0; place < size + 4; place++) {
    const module = place < size ? dark[from + place * step] : 0;
    if (place < size) {
      run = module === colour ? run + 1 : 1;
      colour = module;
      if (run >= 5) points += run === 5 ? 3 : 1;
    }
    seen = ((seen << 1) | module) & 0x7fff;
    if (((seen >> 4) & 0x7f) === 0x5d && (seen >> 11 === 0 || (seen & 0xf) === 0)) points += 40;
  }
  return points;
}
