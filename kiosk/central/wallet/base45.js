// Base45 (RFC 9285): bytes in the 45 characters that a QR code stores in its alphanumeric mode.

export const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/** Two bytes become three characters, a last single byte two. */
export function base45(bytes) {
  let text = "";
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    const value = 256 * bytes[at] + bytes[at + 1];
    text += ALPHABET[value % 45] + ALPHABET[Math.floor(value / 45) % 45];
    text += ALPHABET[Math.floor(value / 2025)];
  }
  if (bytes.length % 2) {
    const last = bytes[bytes.length - 1];
    text += ALPHABET[last % 45] + ALPHABET[Math.floor(last / 45)];
  }
  return text;
}
