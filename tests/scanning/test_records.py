"""Records: what goes in comes out, and nothing else comes out."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.scanning.records import (
    MAX_CODES_A_FRAME,
    MAX_TEXT_BYTES,
    RECORD_BYTES,
    BadRecord,
    CodeRecord,
    Confined,
    Heartbeat,
    Record,
    StateRecord,
    pack,
    unpack,
)
from kiosk.scanning.sighting import Sighting
from kiosk.scanning.state import ScannerState, StateChange

f32 = st.floats(-20_000, 20_000, width=32)
points = st.tuples(f32, f32)
seconds = st.floats(0, 1e9)
sightings = st.builds(
    Sighting,
    st.text(min_size=1, max_size=300).filter(lambda t: len(t.encode(errors="ignore")) > 0),
    st.tuples(points, points, points, points),
    st.integers(0, 2**64 - 1),
    seconds,
    st.tuples(st.integers(1, 16_384), st.integers(1, 16_384)),
    st.floats(0, 10_000, width=32),
)
codes = st.integers(1, MAX_CODES_A_FRAME).flatmap(
    lambda count: st.builds(CodeRecord, sightings, st.integers(0, count - 1), st.just(count))
)
states = st.builds(
    StateRecord,
    st.builds(StateChange, st.sampled_from(ScannerState), st.text(max_size=300), seconds),
)
beats = st.builds(Heartbeat, st.integers(0, 2**64 - 1), seconds, st.floats(0, 64))
records = st.one_of(codes, states, beats, st.builds(Confined, st.text(max_size=300)))

GOOD = CodeRecord(
    Sighting("TH2:ABC", ((1, 2), (3, 2), (3, 4), (1, 4)), 7, 12.5, (1280, 720), 1.5), 0, 1
)


@given(records)
def test_every_record_survives_the_pipe(record: Record) -> None:
    data = pack(record)
    assert len(data) == RECORD_BYTES
    assert unpack(data) == record


@given(st.binary(max_size=2 * RECORD_BYTES))
def test_arbitrary_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(BadRecord):
        unpack(data)


@given(records, st.data())
def test_one_changed_byte_is_noticed(record: Record, data: st.DataObject) -> None:
    packed = bytearray(pack(record))
    packed[data.draw(st.integers(0, RECORD_BYTES - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BadRecord):
        unpack(bytes(packed))


def sealed(body: bytes) -> bytes:
    return body + struct.pack("<I", zlib.crc32(body))


@given(st.data())
def test_a_liar_who_knows_the_checksum_gets_a_refusal_or_a_valid_record(
    data: st.DataObject,
) -> None:
    body = bytearray(pack(GOOD)[:-4])
    # The text's padding is nine tenths of the record; the fields are at both ends of the rest.
    for _ in range(data.draw(st.integers(1, 6))):
        body[data.draw(st.integers(0, 90))] = data.draw(st.integers(0, 255))
    try:
        record = unpack(sealed(bytes(body)))
    except BadRecord:
        return
    assert unpack(pack(record)) == record


@pytest.mark.parametrize(
    "offset,value",
    [
        (0, b"X"),  # magic
        (4, b"\x09"),  # kind
        (5, b"\x01"),  # index not below count
        (6, b"\xff"),  # count
        (16, struct.pack("<d", float("nan"))),  # time
        (16, struct.pack("<d", -1.0)),
        (32, b"\0\0"),  # width
        (34, b"\xff\xff"),  # height
        (36, struct.pack("<f", float("inf"))),  # quad
        (36, struct.pack("<f", 1e9)),
        (68, struct.pack("<f", -1.0)),  # decode time
        (72, b"\0\0"),  # no text
        (72, b"\x01\0"),  # text shorter than what is there
        (72, b"\xff\xff"),  # text longer than the record
        (74, b"\xff\xfe"),  # not UTF-8
    ],
)
def test_each_field_is_checked(offset: int, value: bytes) -> None:
    body = bytearray(pack(GOOD)[:-4])
    body[offset : offset + len(value)] = value
    with pytest.raises(BadRecord):
        unpack(sealed(bytes(body)))


def test_a_text_that_does_not_fit_is_refused_not_cut() -> None:
    fits = "A" * MAX_TEXT_BYTES
    sighting = Sighting(fits, GOOD.sighting.quad, 1, 1.0, (10, 10), 1.0)
    assert unpack(pack(CodeRecord(sighting, 0, 1))) == CodeRecord(sighting, 0, 1)
    longer = Sighting(fits + "A", GOOD.sighting.quad, 1, 1.0, (10, 10), 1.0)
    with pytest.raises(ValueError, match="does not fit"):
        pack(CodeRecord(longer, 0, 1))


def test_a_reason_that_does_not_fit_is_cut_at_a_character() -> None:
    change = StateChange(ScannerState.NOT_FOUND, "没" * 2_000, 1.0)
    record = unpack(pack(StateRecord(change)))
    assert isinstance(record, StateRecord)
    assert record.change.detail == "没" * (MAX_TEXT_BYTES // 3)
