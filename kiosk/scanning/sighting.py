"""What the scanning process tells about one code in one frame."""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]


@dataclass(frozen=True, slots=True)
class Sighting:
    """One code read in one frame.

    `quad` are its corners in frame pixels, clockwise from the symbol's own top left; `frame_at_s`
    is `time.monotonic()` when the frame arrived, so that latency can be measured end to end;
    `decode_ms` is what decoding that whole frame took.
    """

    text: str
    quad: Quad
    frame: int
    frame_at_s: float
    frame_size: tuple[int, int]
    decode_ms: float

    @property
    def off_centre(self) -> float:
        """Distance of the code's middle from the frame's, as a share of the frame's height."""
        width, height = self.frame_size
        x = sum(point[0] for point in self.quad) / 4 - width / 2
        y = sum(point[1] for point in self.quad) / 4 - height / 2
        return float((x * x + y * y) ** 0.5) / max(height, 1)
