"""Measures decoders on the same pictures and streams: read rate, false reads, time, core share.

The pipeline beside zxing-cpp alone and zbar alone, as they come but for QR codes only. Times are
the processor's, of one thread, so that other programs disturb them less.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from kiosk.scanning.decoder import FrameDecoder, decode_frame, decode_photo
from kiosk.scanning.effort import Effort
from kiosk.scanning.symbols import read_zbar_raw, read_zxing
from kiosk.scanning.vision import Grey

FRAME_S = 1 / 30
Reader = Callable[[Grey], Iterable[str]]
"""Grey picture in, texts out."""
LiveReader = Callable[[Grey, float], Iterable[str]]
"""A frame and its time in seconds in, texts out."""


def zxing_alone(grey: Grey) -> list[str]:
    """What zxing-cpp reads as it comes, QR codes only."""
    return [symbol.text for symbol in read_zxing(grey, thorough=True)]


def zbar_alone(grey: Grey) -> list[str]:
    """What zbar reads as it comes, QR codes only; nothing where it is not installed."""
    return read_zbar_raw(grey)


def photo_pipeline(grey: Grey) -> list[str]:
    """What `kiosk decode` does with a still picture."""
    return [symbol.text for symbol in decode_photo(grey)]


def frame_pipeline(grey: Grey) -> list[str]:
    """All that the pipeline can do with one frame."""
    return [symbol.text for symbol in decode_frame(grey)]


PHOTO_READERS: dict[str, Reader] = {
    "pipeline": photo_pipeline,
    "zxing-cpp": zxing_alone,
    "pyzbar": zbar_alone,
}
FRAME_READERS: dict[str, Reader] = PHOTO_READERS | {"pipeline": frame_pipeline}


def live_reader(name: str) -> LiveReader:
    """A decoder as it works on a stream, with its own memory; raises KeyError for a wrong name."""
    if name != "pipeline":
        alone = FRAME_READERS[name]
        return lambda grey, _at_s: alone(grey)
    decoder, effort = FrameDecoder(), Effort()

    def read(grey: Grey, at_s: float) -> list[str]:
        wanted = effort.for_frame(grey, at_s, seen=decoder.following)
        return [symbol.text for symbol in decoder.read(grey, effort=wanted)]

    return read


@dataclass(slots=True)
class Score:
    """One reader's results on pictures."""

    with_code: int = 0
    without: int = 0
    read: int = 0
    wrong: int = 0
    """Pictures in which something was read that is not there."""
    ms: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Per cent of the pictures with a code whose exact text was read."""
        return 100 * self.read / self.with_code if self.with_code else 0.0


def compare(
    pictures: Iterable[tuple[Grey, str | None]], readers: dict[str, Reader]
) -> dict[str, Score]:
    """Each reader on each picture; beside a picture its text, None or empty: it has no code."""
    scores = {name: Score() for name in readers}
    for grey, text in pictures:
        for name, read in readers.items():
            score = scores[name]
            began_s = time.thread_time()
            texts = set(read(grey))
            score.ms.append((time.thread_time() - began_s) * 1e3)
            score.with_code += bool(text)
            score.without += not text
            score.read += bool(text) and text in texts
            score.wrong += bool(texts - {text})
    return scores


@dataclass(frozen=True, slots=True)
class Showing:
    """One code of a stream: from which frame on it could be read, and the frame that read it."""

    text: str
    whole_at: int
    read_at: float | None

    @property
    def waited_ms(self) -> float | None:
        """Time to read; None when it never was."""
        if self.read_at is None:
            return None
        return max(0.0, (self.read_at - self.whole_at) * FRAME_S * 1e3)


@dataclass(frozen=True, slots=True)
class Played:
    """One stream through one decoder, live: while it decodes, frames pass by, the newest wins."""

    showings: tuple[Showing, ...]
    wrong: int
    frames: int
    skipped: int
    core_share: float
    """Per cent of one core that decoding took."""


def play(frames: Iterable[tuple[Grey, Sequence[str], bool]], read: LiveReader) -> Played:
    """A stream's frames, each with the texts in it and whether the first is whole in view."""
    whole_at: dict[str, int] = {}
    read_at: dict[str, float] = {}
    wrong = number = skipped = 0
    spent_s = free_at_s = 0.0
    for number, (grey, texts, whole) in enumerate(frames, 1):
        at_s = (number - 1) * FRAME_S
        if whole:
            for text in texts:
                whole_at.setdefault(text, number - 1)
        if at_s < free_at_s - 1e-9:
            skipped += 1
            continue
        began_s = time.thread_time()
        found = set(read(grey, at_s))
        took_s = time.thread_time() - began_s
        spent_s += took_s
        free_at_s = at_s + took_s
        wrong += bool(found - set(texts))
        for text in found & set(texts):
            read_at.setdefault(text, number - 1 + took_s / FRAME_S)
    showings = tuple(Showing(t, at, read_at.get(t)) for t, at in whole_at.items())
    share = 100 * spent_s / max(number * FRAME_S, FRAME_S)
    return Played(showings, wrong, number, skipped, share)
