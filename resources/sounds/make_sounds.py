"""Makes the tones in this folder: `python resources/sounds/make_sounds.py`. Standard library only.

Soft bells (a sine with two overtones that fade faster), 22,050 Hz mono 16-bit, half a second at
most. Rising is good, falling is no, the same note twice asks for attention.
"""

# ruff: noqa: INP001 - a script beside what it makes, not part of a package

from __future__ import annotations

import array
import math
import sys
import wave
from pathlib import Path

RATE_HZ = 22_050
C5, D5, E5, G5, A5, C6, E6 = 523.25, 587.33, 659.26, 783.99, 880.0, 1046.5, 1318.5

# Name → notes as (frequency in Hz, start in s, length in s).
TONES = {
    "success": ((G5, 0.0, 0.22), (C6, 0.1, 0.36)),
    "partial": ((G5, 0.0, 0.2), (A5, 0.09, 0.2), (G5, 0.18, 0.3)),
    "refusal": ((E5, 0.0, 0.22), (C5, 0.13, 0.36)),
    "attention": ((D5, 0.0, 0.18), (D5, 0.2, 0.28)),
}
OVERTONES = ((1.0, 1.0, 7.0), (2.0, 0.28, 13.0), (3.0, 0.1, 22.0))
ATTACK_S, RELEASE_S, LOUDNESS = 0.006, 0.03, 0.42


def samples(notes: tuple[tuple[float, float, float], ...]) -> array.array[int]:
    """The notes, mixed."""
    length_s = max(start + length for _, start, length in notes)
    mixed = [0.0] * round(length_s * RATE_HZ)
    for frequency, start, length in notes:
        for step in range(round(length * RATE_HZ)):
            at_s = step / RATE_HZ
            swell = min(1.0, at_s / ATTACK_S, (length - at_s) / RELEASE_S)
            tone = sum(
                share * math.exp(-fade * at_s) * math.sin(2 * math.pi * frequency * part * at_s)
                for part, share, fade in OVERTONES
            )
            place = round(start * RATE_HZ) + step
            if place < len(mixed):
                mixed[place] += LOUDNESS * swell * tone
    made = array.array("h", (round(32767 * math.tanh(value)) for value in mixed))
    if sys.byteorder == "big":
        made.byteswap()
    return made


def main() -> None:
    """Write the files beside this script."""
    for name, notes in TONES.items():
        with wave.open(str(Path(__file__).with_name(f"{name}.wav")), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(samples(notes).tobytes())


if __name__ == "__main__":
    main()
