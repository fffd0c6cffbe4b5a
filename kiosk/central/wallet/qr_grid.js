// The square of a QR symbol: patterns that every symbol of a version has, and its masks.

const LEVEL_Q = 0b11;

export const MASKS = [
  (x, y) => (x + y) % 2 === 0,
  (x, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** Modules of one version; a fixed one belongs to a pattern and is never masked. */
export class Grid {
  constructor(version) {
    this.version = version;
    this.size = 17 + 4 * version;
    this.dark = new Uint8Array(this.size * this.size);
    this.fixed = new Uint8Array(this.size * this.size);
    this.#drawTiming();
    for (const [x, y] of [[3, 3], [this.size - 4, 3], [3, this.size - 4]]) this.#drawFinder(x, y);
    this.#drawAlignments();
    this.#drawVersion();
    this.drawFormat(0); // reserves its place
  }

  /** Fill codewords in: two columns at a time, upwards and downwards in turn, from the right. */
  place(codewords) {
    let bit = 0;
    for (let right = this.size - 1; right >= 1; right -= 2) {
      if (right === 6) right = 5; // the timing column
      const upwards = ((right + 1) & 2) === 0;
      for (let step = 0; step < this.size; step += 1) {
        const y = upwards ? this.size - 1 - step : step;
        for (const x of [right, right - 1]) {
          const at = y * this.size + x;
          if (this.fixed[at]) continue;
          this.dark[at] = bit < 8 * codewords.length
            ? (codewords[bit >> 3] >> (7 - (bit & 7))) & 1
            : 0; // remainder bits
          bit += 1;
        }
      }
    }
  }

  /** Apply a mask; a second time takes it away. */
  toggleMask(mask) {
    const flips = MASKS[mask];
    for (let y = 0; y < this.size; y += 1) {
      for (let x = 0; x < this.size; x += 1) {
        const at = y * this.size + x;
        if (!this.fixed[at] && flips(x, y)) this.dark[at] ^= 1;
      }
    }
  }

  /** The level and the mask, twice. */
  drawFormat(mask) {
    const data = (LEVEL_Q << 3) | mask;
    const bits = ((data << 10) | bch(data, 10, 0x537)) ^ 0x5412;
    const bit = (number) => (bits >> number) & 1;
    const last = this.size - 1;
    for (let number = 0; number < 15; number += 1) {
      // Beside the finder at the top left, around its corner.
      if (number < 6) this.#set(8, number, bit(number));
      else if (number < 8) this.#set(8, number + 1, bit(number));
      else if (number === 8) this.#set(7, 8, bit(number));
      else this.#set(14 - number, 8, bit(number));
      // Below the one at the top right, and beside the one at the bottom left.
      if (number < 8) this.#set(last - number, 8, bit(number));
      else this.#set(8, last - 14 + number, bit(number));
    }
    this.#set(8, this.size - 8, 1);
  }

  #set(x, y, dark) {
    const at = y * this.size + x;
    this.dark[at] = dark;
    this.fixed[at] = 1;
  }

  #drawTiming() {
    for (let at = 0; at < this.size; at += 1) {
      this.#set(6, at, at % 2 ? 0 : 1);
      this.#set(at, 6, at % 2 ? 0 : 1);
    }
  }

  /** A finder and its separator, around its middle. */
  #drawFinder(middleX, middleY) {
    for (let dy = -4; dy <= 4; dy += 1) {
      for (let dx = -4; dx <= 4; dx += 1) {
        const [x, y] = [middleX + dx, middleY + dy];
        if (x < 0 || y < 0 || x >= this.size || y >= this.size) continue;
        const ring = Math.max(Math.abs(dx), Math.abs(dy));
        this.#set(x, y, ring === 2 || ring === 4 ? 0 : 1);
      }
    }
  }

  #drawAlignments() {
    const places = this.#alignmentPlaces();
    const last = places.length - 1;
    places.forEach((x, column) => {
      places.forEach((y, row) => {
        const atFinder = (row === 0 && (column === 0 || column === last))
          || (row === last && column === 0);
        if (atFinder) return;
        for (let dy = -2; dy <= 2; dy += 1) {
          for (let dx = -2; dx <= 2; dx += 1) {
            this.#set(x + dx, y + dy, Math.max(Math.abs(dx), Math.abs(dy)) === 1 ? 0 : 1);
          }
        }
      });
    });
  }

  #alignmentPlaces() {
    if (this.version === 1) return [];
    const count = Math.floor(this.version / 7) + 2;
    const even = 2 * Math.ceil((4 * this.version + 4) / (2 * count - 2));
    const step = this.version === 32 ? 26 : even;
    const places = [6];
    for (let place = count - 2; place >= 0; place -= 1) places.push(this.size - 7 - place * step);
    return places;
  }

  #drawVersion() {
    if (this.version < 7) return;
    const bits = (this.version << 12) | bch(this.version, 12, 0x1f25);
    for (let number = 0; number < 18; number += 1) {
      const far = this.size - 11 + (number % 3);
      const near = Math.floor(number / 3);
      this.#set(far, near, (bits >> number) & 1);
      this.#set(near, far, (bits >> number) & 1);
    }
  }
}

/** How hard a symbol is to read (ISO/IEC 18004 §7.8.3): runs, blocks, false finders, balance. */
export function penalty({ dark, size }) {
  let points = 0;
  let count = 0;
  for (let line = 0; line < size; line += 1) {
    points += linePenalty((at) => dark[line * size + at], size);
    points += linePenalty((at) => dark[at * size + line], size);
  }
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const at = y * size + x;
      count += dark[at];
      if (x === 0 || y === 0) continue;
      const sum = dark[at] + dark[at - 1] + dark[at - size] + dark[at - size - 1];
      if (sum === 0 || sum === 4) points += 3;
    }
  }
  const total = size * size;
  return points + 10 * Math.floor(Math.abs(20 * count - 10 * total) / total);
}

function linePenalty(at, size) {
  let points = 0;
  let run = 0;
  let last = -1;
  let window = 0;
  for (let place = 0; place < size; place += 1) {
    const dark = at(place);
    run = dark === last ? run + 1 : 1;
    last = dark;
    if (run === 5) points += 3;
    else if (run > 5) points += 1;
    window = ((window << 1) | dark) & 0b111_1111_1111;
    if (place >= 10 && (window === 0b101_1101_0000 || window === 0b000_0101_1101)) points += 40;
  }
  return points;
}

function bch(data, bits, generator) {
  let rest = data;
  for (let step = 0; step < bits; step += 1) {
    rest = (rest << 1) ^ ((rest >> (bits - 1)) * generator);
  }
  return rest & ((1 << bits) - 1);
}
