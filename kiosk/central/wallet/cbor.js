// Deterministic CBOR (RFC 8949 §4.2.1), writing only: exactly one byte string for every value.
// Integers (number or bigint, 64 bits), Uint8Array, string, Array, Map, true, false, null.

const UNSIGNED = 0, NEGATIVE = 1, BYTES = 2, TEXT = 3, ARRAY = 4, MAP = 5;
const SIMPLE = new Map([[false, 0xf4], [true, 0xf5], [null, 0xf6]]);
const utf8 = new TextEncoder();

/** The value's bytes. Throws TypeError or RangeError on what has no such form. */
export function encode(value) {
  const out = [];
  write(value, out);
  return Uint8Array.from(out);
}

function write(value, out) {
  if (SIMPLE.has(value)) {
    out.push(SIMPLE.get(value));
  } else if (typeof value === "bigint" || Number.isSafeInteger(value)) {
    const whole = BigInt(value);
    if (whole < 0n) writeHead(NEGATIVE, -1n - whole, out);
    else writeHead(UNSIGNED, whole, out);
  } else if (value instanceof Uint8Array) {
    writeHead(BYTES, value.length, out);
    append(value, out);
  } else if (typeof value === "string") {
    const raw = utf8.encode(value);
    writeHead(TEXT, raw.length, out);
    append(raw, out);
  } else if (Array.isArray(value)) {
    writeHead(ARRAY, value.length, out);
    for (const element of value) write(element, out);
  } else if (value instanceof Map) {
    writeMap(value, out);
  } else {
    throw new TypeError(`no deterministic CBOR for ${typeof value}`);
  }
}

function writeMap(map, out) {
  const pairs = [...map].map(([key, value]) => [encode(key), value]);
  pairs.sort(([one], [other]) => compare(one, other));
  writeHead(MAP, pairs.length, out);
  for (const [key, value] of pairs) {
    append(key, out);
    write(value, out);
  }
}

/** The first byte and, in the shortest form, the argument. */
function writeHead(major, argument, out) {
  const top = major << 5;
  const whole = BigInt(argument);
  if (whole < 24n) {
    out.push(top | Number(whole));
    return;
  }
  const exponent = [8n, 16n, 32n, 64n].findIndex((bits) => whole < 1n << bits);
  if (exponent < 0) throw new RangeError("an integer of more than 64 bits");
  out.push(top | (24 + exponent));
  for (let byte = (1 << exponent) - 1; byte >= 0; byte -= 1) {
    out.push(Number((whole >> BigInt(8 * byte)) & 0xffn));
  }
}

/** Bytewise lexicographic order. */
function compare(one, other) {
  const common = Math.min(one.length, other.length);
  for (let at = 0; at < common; at += 1) {
    if (one[at] !== other[at]) return one[at] - other[at];
  }
  return one.length - other.length;
}

function append(bytes, out) {
  for (const byte of bytes) out.push(byte);
}
