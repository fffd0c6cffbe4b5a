// What a QR symbol stores (ISO/IEC 18004): the text in alphanumeric mode, padded, with
// Reed–Solomon codewords of level Q, blocks interleaved.

import { ALPHABET } from "./base45.js";

export const LAST_VERSION = 40;

// Level Q: error correction codewords in each block, and number of blocks, for version 1, 2, …
const CORRECTION = [
  13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30,
  28, 30, 30, 30, 30, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
];
const BLOCKS = [
  1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20,
  23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45, 48, 51, 53, 56, 59, 62, 65, 68,
];
const ALPHANUMERIC_MODE = 0b0010;
const PADDING = [0xec, 0x11];

/** The smallest version whose level Q holds the text. Throws RangeError when none does. */
export function smallestVersion(text) {
  for (let version = 1; version <= LAST_VERSION; version += 1) {
    if (bitsNeeded(text, version) <= 8 * dataCodewords(version)) return version;
  }
  throw new RangeError(`${text.length} characters do not fit a QR code of level Q`);
}

/** All codewords of a symbol, in the order in which they are placed. */
export function codewords(text, version) {
  const data = dataBytes(text, version);
  const blocks = BLOCKS[version - 1];
  const short = Math.floor(data.length / blocks);
  const longer = data.length % blocks; // the last ones have one more
  const generator = generatorOf(CORRECTION[version - 1]);
  const parts = [];
  for (let number = 0, at = 0; number < blocks; number += 1) {
    const size = short + (number >= blocks - longer ? 1 : 0);
    const part = data.slice(at, at + size);
    parts.push({ part, correction: remainder(part, generator) });
    at += size;
  }
  const out = [];
  for (let at = 0; at <= short; at += 1) {
    for (const { part } of parts) if (at < part.length) out.push(part[at]);
  }
  for (let at = 0; at < generator.length; at += 1) {
    for (const { correction } of parts) out.push(correction[at]);
  }
  return out;
}

function totalCodewords(version) {
  // The square, less finders with format bits and timing, alignment patterns, version bits.
  let modules = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const alignments = Math.floor(version / 7) + 2;
    modules -= (25 * alignments - 10) * alignments - 55;
  }
  if (version >= 7) modules -= 36;
  return Math.floor(modules / 8);
}

function dataCodewords(version) {
  return totalCodewords(version) - CORRECTION[version - 1] * BLOCKS[version - 1];
}

function countBits(version) {
  if (version <= 9) return 9;
  return version <= 26 ? 11 : 13;
}

function bitsNeeded(text, version) {
  return 4 + countBits(version) + 11 * Math.floor(text.length / 2) + 6 * (text.length % 2);
}

function dataBytes(text, version) {
  const bits = [];
  const push = (value, length) => {
    for (let bit = length - 1; bit >= 0; bit -= 1) bits.push((value >> bit) & 1);
  };
  push(ALPHANUMERIC_MODE, 4);
  push(text.length, countBits(version));
  const values = [...text].map((character) => ALPHABET.indexOf(character));
  if (values.includes(-1)) throw new RangeError("a character without alphanumeric form");
  for (let at = 0; at + 1 < values.length; at += 2) push(45 * values[at] + values[at + 1], 11);
  if (values.length % 2) push(values[values.length - 1], 6);

  const size = dataCodewords(version);
  if (bits.length > 8 * size) throw new RangeError(`version ${version} is too small`);
  push(0, Math.min(4, 8 * size - bits.length)); // terminator
  push(0, (8 - (bits.length % 8)) % 8);
  const bytes = [];
  for (let at = 0; at < bits.length; at += 8) {
    bytes.push(bits.slice(at, at + 8).reduce((byte, bit) => 2 * byte + bit, 0));
  }
  for (let pad = 0; bytes.length < size; pad += 1) bytes.push(PADDING[pad % 2]);
  return bytes;
}

// ---------------------------------------------------------------- arithmetic in GF(256)

const EXP = [];
const LOG = [];
for (let exponent = 0, value = 1; exponent < 255; exponent += 1) {
  EXP.push(value);
  LOG[value] = exponent;
  value = value < 128 ? 2 * value : (2 * value) ^ 0x11d;
}

function times(one, other) {
  return one && other ? EXP[(LOG[one] + LOG[other]) % 255] : 0;
}

/** The polynomial (x − 1)(x − 2)(x − 4)…, without its leading 1, highest power first. */
function generatorOf(degree) {
  let product = [1];
  for (let root = 0; root < degree; root += 1) {
    const shifted = [...product, 0];
    product.forEach((coefficient, at) => {
      shifted[at + 1] ^= times(coefficient, EXP[root]);
    });
    product = shifted;
  }
  return product.slice(1);
}

function remainder(data, generator) {
  const rest = new Array(generator.length).fill(0);
  for (const byte of data) {
    const factor = byte ^ rest.shift();
    rest.push(0);
    generator.forEach((coefficient, at) => {
      rest[at] ^= times(coefficient, factor);
    });
  }
  return rest;
}
