"""The wire between the scanning process and its parent: fixed-size, checked binary records.

Never pickles: a decoder taken over by hostile pixels must not run code beside the keys. A record
that is wrong in any field is refused as a whole, and the parent then replaces the process.
"""

from __future__ import annotations

import enum
import math
import struct
import zlib
from dataclasses import dataclass
from typing import NamedTuple

from kiosk.scanning.sighting import Quad, Sighting
from kiosk.scanning.state import ScannerState, StateChange

MAX_TEXT_BYTES = 1_024
MAX_CODES_A_FRAME = 8
MAX_SIDE_PX = 16_384
MAKES_ROOM_EXIT = 5
"""Exit status of a scanning process that asks for a successor: its source is another one now."""

_MAGIC = b"KSR1"
_BODY = struct.Struct(f"<4sBBBBQddHH8ffH{MAX_TEXT_BYTES}s")
_CHECK = struct.Struct("<I")
RECORD_BYTES = _BODY.size + _CHECK.size
_NO_QUAD = (0.0,) * 8
_MAX_SHARE = 64


class _Kind(enum.IntEnum):
    CODE = 1
    STATE = 2
    HEARTBEAT = 3
    CONFINED = 4


@dataclass(frozen=True, slots=True)
class CodeRecord:
    """A sighting and its place (`index` of `count`) among the codes of its frame."""

    sighting: Sighting
    index: int
    count: int


@dataclass(frozen=True, slots=True)
class StateRecord:
    """The source changed its state."""

    change: StateChange


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The decode loop went round: up to frame `frame`, at `at_s`; `decode_share` of one core."""

    frame: int
    at_s: float
    decode_share: float


@dataclass(frozen=True, slots=True)
class Confined:
    """From now on the process has only what it needs; `lacking`: the parts not to be had here."""

    lacking: str


Record = CodeRecord | StateRecord | Heartbeat | Confined


class BadRecord(ValueError):
    """What the scanning process would never send in good health; the message completes "sent …"."""


def pack(record: Record) -> bytes:
    """`RECORD_BYTES` bytes for the pipe; a reason that is too long is cut.

    Raises ValueError for a text above `MAX_TEXT_BYTES`: a cut code would be another code.
    """
    match record:
        case CodeRecord(sighting=s, index=index, count=count):
            text = s.text.encode()
            if len(text) > MAX_TEXT_BYTES:
                raise ValueError(f"a text of {len(text)} bytes does not fit a record")
            quad = tuple(value for point in s.quad for value in point)
            width, height = s.frame_size
            return _seal(
                (_Kind.CODE, index, count, 0, s.frame, s.frame_at_s, 0.0, width, height),
                (*quad, s.decode_ms),
                text,
            )
        case StateRecord(change=c):
            return _seal(
                (_Kind.STATE, 0, 0, c.state, 0, c.at_s, 0.0, 0, 0), (*_NO_QUAD, 0.0), _cut(c.detail)
            )
        case Heartbeat(frame=frame, at_s=at_s, decode_share=share):
            return _seal(
                (_Kind.HEARTBEAT, 0, 0, 0, frame, at_s, share, 0, 0), (*_NO_QUAD, 0.0), b""
            )
        case Confined(lacking=lacking):
            return _seal(
                (_Kind.CONFINED, 0, 0, 0, 0, 0.0, 0.0, 0, 0), (*_NO_QUAD, 0.0), _cut(lacking)
            )


def _cut(words: str) -> bytes:
    return words.encode()[:MAX_TEXT_BYTES].decode(errors="ignore").encode()


def _seal(head: tuple[float, ...], floats: tuple[float, ...], text: bytes) -> bytes:
    body = _BODY.pack(_MAGIC, *head, *floats, len(text), text)
    return body + _CHECK.pack(zlib.crc32(body))


class _Fields(NamedTuple):
    """A record's fields as they lie in it, the text already cut to its length."""

    kind: int
    place: int
    places: int
    state: int
    frame: int
    at_s: float
    share: float
    width: int
    height: int
    quad: tuple[float, ...]
    decode_ms: float
    text: str


def unpack(data: bytes) -> Record:
    """The record in exactly `RECORD_BYTES` bytes; raises BadRecord for anything unexpected."""
    fields = _open(data)
    match fields.kind:
        case _Kind.CODE:
            return _code(fields)
        case _Kind.STATE:
            return _state(fields)
        case _Kind.HEARTBEAT:
            return _heartbeat(fields)
        case _Kind.CONFINED:
            return Confined(fields.text)
        case _:
            raise BadRecord("an unknown kind")


def _open(data: bytes) -> _Fields:
    if len(data) != RECORD_BYTES:
        raise BadRecord(f"{len(data)} bytes instead of {RECORD_BYTES}")
    body = data[: _BODY.size]
    if _CHECK.unpack(data[_BODY.size :])[0] != zlib.crc32(body):
        raise BadRecord("a wrong checksum")
    magic, *head = _BODY.unpack(body)
    if magic != _MAGIC:
        raise BadRecord("a wrong beginning")
    kind, place, places, state, frame, at_s, share, width, height = head[:9]
    floats, length, padded = tuple(head[9:18]), head[18], head[19]
    if length > MAX_TEXT_BYTES or any(padded[length:]):
        raise BadRecord("a wrong text length")
    try:
        text = padded[:length].decode()
    except UnicodeDecodeError as error:
        raise BadRecord("a text that is not UTF-8") from error
    quad, decode_ms = floats[:8], floats[8]
    if not all(map(math.isfinite, (at_s, share, *floats))) or min(at_s, decode_ms) < 0:
        raise BadRecord("an impossible number")
    return _Fields(
        kind, place, places, state, frame, at_s, share, width, height, quad, decode_ms, text
    )


def _code(f: _Fields) -> CodeRecord:
    if not f.place < f.places <= MAX_CODES_A_FRAME or not f.text:
        raise BadRecord("a code without place or text")
    if not (0 < f.width <= MAX_SIDE_PX and 0 < f.height <= MAX_SIDE_PX):
        raise BadRecord("an impossible frame size")
    if any(abs(value) > 2 * MAX_SIDE_PX for value in f.quad):
        raise BadRecord("a code far outside its frame")
    x0, y0, x1, y1, x2, y2, x3, y3 = f.quad
    quad: Quad = ((x0, y0), (x1, y1), (x2, y2), (x3, y3))
    size = (f.width, f.height)
    return CodeRecord(Sighting(f.text, quad, f.frame, f.at_s, size, f.decode_ms), f.place, f.places)


def _state(f: _Fields) -> StateRecord:
    try:
        return StateRecord(StateChange(ScannerState(f.state), f.text, f.at_s))
    except ValueError as error:
        raise BadRecord("an unknown state") from error


def _heartbeat(f: _Fields) -> Heartbeat:
    if not 0 <= f.share <= _MAX_SHARE:
        raise BadRecord("an impossible share of a core")
    return Heartbeat(f.frame, f.at_s, f.share)
