// QR codes (ISO/IEC 18004) for pickup codes: alphanumeric mode, error correction level Q.

import { codewords, smallestVersion } from "./qr_codewords.js";
import { Grid, MASKS, penalty } from "./qr_grid.js";

/** White modules around a symbol: as the standard wants them; scanners here need two. */
export const QUIET_ZONE = 4;

/**
 * The symbol of a text: {size, version, mask, dark}, dark row by row, 1 for a dark module.
 *
 * Takes the smallest version and the best mask unless they are given. Throws RangeError on a
 * character that alphanumeric mode lacks, and on a text that does not fit.
 */
export function encodeQr(text, { version = smallestVersion(text), mask = null } = {}) {
  const grid = new Grid(version);
  grid.place(codewords(text, version));
  const chosen = mask ?? bestMask(grid);
  grid.toggleMask(chosen);
  grid.drawFormat(chosen);
  return { size: grid.size, version, mask: chosen, dark: grid.dark };
}

function bestMask(grid) {
  let best = 0;
  let least = Infinity;
  for (let mask = 0; mask < MASKS.length; mask += 1) {
    grid.toggleMask(mask);
    grid.drawFormat(mask);
    const points = penalty(grid);
    if (points < least) [best, least] = [mask, points];
    grid.toggleMask(mask);
  }
  return best;
}

/** Draw a symbol with its quiet zone, as large as fits `side` CSS pixels, on whole device pixels. */
export function drawQr(canvas, symbol, side, pixelRatio) {
  const modules = symbol.size + 2 * QUIET_ZONE;
  const scale = Math.max(1, Math.floor((side * pixelRatio) / modules));
  const pixels = modules * scale;
  canvas.width = pixels;
  canvas.height = pixels;
  canvas.style.width = `${pixels / pixelRatio}px`;
  canvas.style.height = `${pixels / pixelRatio}px`;
  const pen = canvas.getContext("2d", { alpha: false });
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, pixels, pixels);
  pen.fillStyle = "#000000";
  for (let y = 0; y < symbol.size; y += 1) {
    for (let x = 0; x < symbol.size; x += 1) {
      if (symbol.dark[y * symbol.size + x]) {
        pen.fillRect((x + QUIET_ZONE) * scale, (y + QUIET_ZONE) * scale, scale, scale);
      }
    }
  }
}
