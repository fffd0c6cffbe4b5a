// The phone's own key, and the proof it makes of holding a voucher (tier V3, docs/protocol.md).

import { base45 } from "./base45.js";
import { encode } from "./cbor.js";

// COSE labels and values (RFC 9052, RFC 9053, RFC 9864).
const KEY_TYPE = 1, KEY_ALGORITHM = 3, CURVE = -1, X = -2, Y = -3;
const HEADER_ALGORITHM = 1, HEADER_KEY_ID = 4;
const INNER = 1, SIGNED_AT = 2, CHALLENGE = 3, PLACE = 4;
const NOTHING = new Uint8Array();

const ED25519 = {
  id: -19,
  generate: { name: "Ed25519" },
  sign: { name: "Ed25519" },
  describe: (raw) => new Map([[KEY_TYPE, 1], [KEY_ALGORITHM, -19], [CURVE, 6], [X, raw]]),
};
const ESP256 = {
  id: -9,
  generate: { name: "ECDSA", namedCurve: "P-256" },
  sign: { name: "ECDSA", hash: "SHA-256" },
  // raw: 4, then x, then y
  describe: (raw) => new Map([
    [KEY_TYPE, 2], [KEY_ALGORITHM, -9], [CURVE, 1], [X, raw.slice(1, 33)], [Y, raw.slice(33)],
  ]),
};

/** This browser, or the way the page was reached (plain http), has no usable WebCrypto. */
export class NoCryptography extends Error {}

/**
 * A new key that nobody can export: {privateKey, publicKey, keyId, algorithm}.
 *
 * Ed25519 where the browser has it, else P-256. publicKey is the COSE_Key's bytes.
 */
export async function newHolder() {
  if (!globalThis.crypto?.subtle) throw new NoCryptography("no WebCrypto here");
  for (const kind of [ED25519, ESP256]) {
    let pair;
    try {
      pair = await crypto.subtle.generateKey(kind.generate, false, ["sign", "verify"]);
    } catch (error) {
      if (error.name === "NotSupportedError") continue;
      throw error;
    }
    const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    const publicKey = encode(kind.describe(raw));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", publicKey));
    const keyId = digest.slice(0, 8);
    return { privateKey: pair.privateKey, publicKey, keyId, algorithm: kind.id };
  }
  throw new NoCryptography("neither Ed25519 nor P-256");
}

/**
 * The text of a V3 code: the holder signs the voucher and the moment.
 *
 * inner: the issuer-signed voucher that names this key; signedAtS: whole seconds UTC;
 * challenge: digits that the terminal shows, or ""; place: [latitude, longitude] in degrees, or null.
 */
export async function proofText(holder, { inner, signedAtS, challenge = "", place = null }) {
  const payload = new Map([[INNER, inner], [SIGNED_AT, signedAtS]]);
  if (challenge) payload.set(CHALLENGE, challenge);
  if (place) payload.set(PLACE, place.map((degrees) => Math.round(degrees * 1e7)));
  const kind = holder.algorithm === ED25519.id ? ED25519 : ESP256;
  const header = new Map([[HEADER_ALGORITHM, kind.id], [HEADER_KEY_ID, holder.keyId]]);
  const signed = encode(payload);
  const protectedHeader = encode(header);
  const toBeSigned = encode(["Signature1", protectedHeader, NOTHING, signed]);
  const signature = await crypto.subtle.sign(kind.sign, holder.privateKey, toBeSigned);
  const outer = encode([protectedHeader, new Map(), signed, new Uint8Array(signature)]);
  return `TH3:${base45(outer)}`;
}
