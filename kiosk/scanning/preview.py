"""Pictures in memory shared by two processes: one writes, one reads.

The scanning process writes previews for the window; a simulated camera writes frames for the
scanning process. The block is a header and a room's slots. The writer fills slots in turn and
never the one that the reader holds a lease on; a slot's sequence number is odd while it is being
written. So a reader sees whole frames only, without a lock: a process that dies in the middle of
a frame blocks nobody.

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

if sys.platform == "linux":
    import fcntl


@dataclass(frozen=True, slots=True)
class Room:
    """How large pictures may be, in pixels, and in how many slots they lie: three or more.

    One is the latest, one may be leased, one is being written.
    """

    width: int
    height: int
    slots: int

    @property
    def picture_bytes(self) -> int:
        """What one slot takes."""
        return self.width * self.height * 3

    @property
    def pixels_at(self) -> int:
        """Where the first slot begins."""
        return (_HEAD_WORDS + self.slots * _SLOT_WORDS) * 8

    @property
    def block_bytes(self) -> int:
        """What all of it takes."""
        return self.pixels_at + self.slots * self.picture_bytes


PREVIEWS = Room(640, 480, 4)
FRAMES = Room(1_280, 720, 3)

_HEAD_WORDS = 8
_LATEST, _LEASED = 0, 1
_SEQUENCE, _WIDTH, _HEIGHT, _FRAME, _AT_US = range(5)
_SLOT_WORDS = 8


@dataclass(frozen=True, slots=True)
class Preview:
    """One picture: `height` rows of `width` pixels of three bytes, no padding.

    Previews are red first, frames blue first. `pixels` points into the shared block and stays
    untouched until the next one is asked for: paint it, or copy it. `quad` outlines a code read
    lately, in these pixels.
    """

    width: int
    height: int
    pixels: memoryview
    frame: int
    frame_at_s: float
    quad: Quad | None = None


class PictureBlock:
    """Both ends of the block. One writer and one reader, each from one thread."""

    def __init__(self, memory: mmap.mmap, room: Room, address: str, fd: int = -1) -> None:
        self.address = address
        """What the other process needs to open the block (`open`)."""
        self.fd = fd
        self.room = room
        self._memory = memory
        self._view = memoryview(memory)
        self._words = self._view[: room.pixels_at].cast("Q")

    @classmethod
    def create(cls, room: Room) -> PictureBlock:
        """A new, empty block, owned by this process."""
        if sys.platform == "win32":
            address = f"kiosk-pictures-{secrets.token_hex(12)}"
            return cls(mmap.mmap(-1, room.block_bytes, tagname=address), room, address)
        fd = _anonymous_file()
        os.ftruncate(fd, room.block_bytes)
        _seal(fd)
        return cls(mmap.mmap(fd, room.block_bytes), room, str(fd), fd)

    @classmethod
    def open(cls, address: str, room: Room) -> PictureBlock:
        """The block at `address`, inherited from the parent process."""
        if sys.platform == "win32":
            return cls(mmap.mmap(-1, room.block_bytes, tagname=address), room, address)
        return cls(mmap.mmap(int(address), room.block_bytes), room, address)

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

    def reserve(self, width: int, height: int) -> PictureSlot:
        """A slot to write a `width`×`height` picture into; visible only once published."""
        if not (0 < width <= self.room.width and 0 < height <= self.room.height):
            raise ValueError(f"a picture of {width}×{height} does not fit")
        latest = self._words[_LATEST]
        leased = self._words[_LEASED]
        number = next(
            n
            for n in ((latest + step) % self.room.slots for step in range(self.room.slots))
            # Numbers in the header are one more than the slot's, 0 being "none".
            if n + 1 not in (latest, leased)
        )
        at = _HEAD_WORDS + number * _SLOT_WORDS
        self._words[at + _SEQUENCE] |= 1
        start = self.room.pixels_at + number * self.room.picture_bytes
        return PictureSlot(number, width, height, self._view[start : start + width * height * 3])

    def publish(self, slot: PictureSlot, frame: int, frame_at_s: float) -> None:
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
        for _ in range(self.room.slots):
            latest = self._words[_LATEST]
            if not 1 <= latest <= self.room.slots:
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
            if sequence % 2 or not (
                0 < width <= self.room.width and 0 < height <= self.room.height
            ):
                continue
            start = self.room.pixels_at + (latest - 1) * self.room.picture_bytes
            pixels = self._view[start : start + width * height * 3].toreadonly()
            return Preview(width, height, pixels, frame, at_us / 1e6)
        return None


@dataclass(frozen=True, slots=True)
class PictureSlot:
    """Room for one picture, `pixels` being `height`×`width`×3 bytes."""

    number: int
    width: int
    height: int
    pixels: memoryview


def _anonymous_file() -> int:
    if sys.platform == "linux":
        return os.memfd_create("kiosk-pictures", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    fd, path = tempfile.mkstemp(prefix="kiosk-pictures-")
    Path(path).unlink()
    return fd


def _seal(fd: int) -> None:
    """Nobody may make the file smaller: the other process would end when it looks behind the end.

    The other process may be one that a hostile picture has taken over.
    """
    if sys.platform == "linux":
        fcntl.fcntl(
            fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
        )
