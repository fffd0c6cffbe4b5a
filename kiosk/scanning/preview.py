"""Preview pictures in memory shared by the scanning process (writes) and the window (reads).

The block is a header and `SLOTS` slots. The writer fills slots in turn and never the one that the
reader holds a lease on; a slot's sequence number is odd while it is being written. So a reader
sees whole frames only, without a lock: a process that dies in the middle of a frame blocks nobody.

The block has no name on Linux (a memfd, inherited) and a random one on Windows; it is gone with the
last process that has it open. Standard library only: the window must not load numpy for this.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import secrets
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from kiosk.scanning.sighting import Quad

MAX_WIDTH, MAX_HEIGHT = 640, 480
SLOTS = 4

_HEAD_WORDS = 8
_LATEST, _LEASED = 0, 1
_SEQUENCE, _WIDTH, _HEIGHT, _FRAME, _AT_US = range(5)
_SLOT_WORDS = 8
_PIXEL_BYTES = MAX_WIDTH * MAX_HEIGHT * 3
_PIXELS_AT = (_HEAD_WORDS + SLOTS * _SLOT_WORDS) * 8
BLOCK_BYTES = _PIXELS_AT + SLOTS * _PIXEL_BYTES


@dataclass(frozen=True, slots=True)
class Preview:
    """One frame at preview size: `height` rows of `width` RGB888 pixels, no padding.

    `pixels` points into the shared block and stays untouched until the next preview is asked for:
    paint it, or copy it. `quad` outlines a code read lately, in preview pixels.
    """

    width: int
    height: int
    pixels: memoryview
    frame: int
    frame_at_s: float
    quad: Quad | None = None


class PreviewBlock:
    """Both ends of the block. One writer and one reader, each from one thread."""

    def __init__(self, memory: mmap.mmap, address: str, fd: int = -1) -> None:
        self.address = address
        """What the other process needs to open the block (`open`)."""
        self.fd = fd
        self._memory = memory
        self._view = memoryview(memory)
        self._words = self._view[:_PIXELS_AT].cast("Q")

    @classmethod
    def create(cls) -> PreviewBlock:
        """A new, empty block, owned by this process."""
        if sys.platform == "win32":
            address = f"kiosk-preview-{secrets.token_hex(12)}"
            return cls(mmap.mmap(-1, BLOCK_BYTES, tagname=address), address)
        fd = _anonymous_file()
        os.ftruncate(fd, BLOCK_BYTES)
        return cls(mmap.mmap(fd, BLOCK_BYTES), str(fd), fd)

    @classmethod
    def open(cls, address: str) -> PreviewBlock:
        """The block at `address`, inherited from the parent process."""
        if sys.platform == "win32":
            return cls(mmap.mmap(-1, BLOCK_BYTES, tagname=address), address)
        return cls(mmap.mmap(int(address), BLOCK_BYTES), address)

    def close(self) -> None:
        """Gives the memory up; previews still held keep theirs alive until they go."""
        self._words.release()
        self._view.release()
        # A painter may still hold a preview: the mapping goes when that view does.
        with contextlib.suppress(BufferError):
            self._memory.close()
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def reserve(self, width: int, height: int) -> PreviewSlot:
        """A slot to write a `width`×`height` picture into; visible only once published."""
        if not (0 < width <= MAX_WIDTH and 0 < height <= MAX_HEIGHT):
            raise ValueError(f"a preview of {width}×{height} does not fit")
        latest = self._words[_LATEST]
        leased = self._words[_LEASED]
        number = next(
            n
            for n in ((latest + step) % SLOTS for step in range(SLOTS))
            # Numbers in the header are one more than the slot's, 0 being "none".
            if n + 1 not in (latest, leased)
        )
        at = _HEAD_WORDS + number * _SLOT_WORDS
        self._words[at + _SEQUENCE] |= 1
        start = _PIXELS_AT + number * _PIXEL_BYTES
        return PreviewSlot(number, width, height, self._view[start : start + width * height * 3])

    def publish(self, slot: PreviewSlot, frame: int, frame_at_s: float) -> None:
        """Makes a filled slot the latest one."""
        slot.pixels.release()
        at = _HEAD_WORDS + slot.number * _SLOT_WORDS
        self._words[at + _WIDTH] = slot.width
        self._words[at + _HEIGHT] = slot.height
        self._words[at + _FRAME] = frame
        self._words[at + _AT_US] = int(frame_at_s * 1e6)
        self._words[at + _SEQUENCE] += 1
        self._words[_LATEST] = slot.number + 1

    def latest(self) -> Preview | None:
        """The newest whole picture, None before the first.

        Never blocks. Leases its slot, and thereby returns the one of the preview before.
        """
        for _ in range(SLOTS):
            latest = self._words[_LATEST]
            if not 1 <= latest <= SLOTS:
                return None
            at = _HEAD_WORDS + (latest - 1) * _SLOT_WORDS
            self._words[_LEASED] = latest
            if self._words[_LATEST] != latest:
                # Published meanwhile: the lease may have come too late for this slot. While a slot
                # is the latest, the writer keeps off it, so a lease made then is always in time.
                continue
            sequence = self._words[at + _SEQUENCE]
            width, height = self._words[at + _WIDTH], self._words[at + _HEIGHT]
            frame, at_us = self._words[at + _FRAME], self._words[at + _AT_US]
            # Whatever a broken writer left in the header must not lead outside the slot.
            if sequence % 2 or not (0 < width <= MAX_WIDTH and 0 < height <= MAX_HEIGHT):
                continue
            start = _PIXELS_AT + (latest - 1) * _PIXEL_BYTES
            pixels = self._view[start : start + width * height * 3].toreadonly()
            return Preview(width, height, pixels, frame, at_us / 1e6)
        return None


@dataclass(frozen=True, slots=True)
class PreviewSlot:
    """Room for one picture, `pixels` being `height`×`width`×3 bytes."""

    number: int
    width: int
    height: int
    pixels: memoryview


def _anonymous_file() -> int:
    if sys.platform == "linux":
        return os.memfd_create("kiosk-preview")
    fd, path = tempfile.mkstemp(prefix="kiosk-preview-")
    Path(path).unlink()
    return fd
