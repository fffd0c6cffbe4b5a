"""One value, one byte string: what the strict reader takes is what the writer writes."""

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.protocol.cbor import CborError, CborValue, decode, encode

INTEGERS = st.integers(-(2**64), 2**64 - 1)
KEYS = INTEGERS | st.text(max_size=8) | st.binary(max_size=8)
VALUES = st.recursive(
    INTEGERS | st.booleans() | st.none() | st.text(max_size=30) | st.binary(max_size=300),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=15,
)


def depth(value: object) -> int:
    if isinstance(value, list):
        return 1 + max((depth(v) for v in value), default=0)
    if isinstance(value, dict):
        return 1 + max((depth(v) for v in value.values()), default=0)
    return 0


@given(VALUES)
def test_round_trip(value: CborValue) -> None:
    data = encode(value)
    assert decode(data, max_depth=depth(value)) == value


@given(VALUES)
def test_other_readers_agree(value: CborValue) -> None:
    assert cbor2.loads(encode(value)) == value


@given(st.binary(max_size=80))
def test_whatever_is_read_is_written_the_same(data: bytes) -> None:
    try:
        value = decode(data)
    except CborError:
        return
    assert encode(value) == data


@given(VALUES, st.integers(0, 200), st.integers(0, 255))
def test_a_changed_byte_is_another_value_or_refused(value: CborValue, at: int, byte: int) -> None:
    data = bytearray(encode(value))
    at %= len(data)
    if data[at] == byte:
        return
    data[at] = byte
    try:
        changed = decode(bytes(data))
    except CborError:
        return
    assert encode(changed) == bytes(data)
    assert encode(changed) != encode(value)


@pytest.mark.parametrize(
    "data, reason",
    [
        (b"", "cbor_truncated"),
        (b"\x18\x17", "cbor_not_shortest"),
        (b"\x19\x00\xff", "cbor_not_shortest"),
        (b"\x1b\x00\x00\x00\x00\xff\xff\xff\xff", "cbor_not_shortest"),
        (b"\x9f\xff", "cbor_indefinite_or_reserved"),
        (b"\x5f\x41a\xff", "cbor_indefinite_or_reserved"),
        (b"\x1c", "cbor_indefinite_or_reserved"),
        (b"\xa2\x01\x01\x01\x02", "cbor_duplicate_key"),
        (b"\xa2\x02\x01\x01\x02", "cbor_keys_unsorted"),
        (b"\xa1\xf5\x01", "cbor_key_type"),
        (b"\xa1\x80\x01", "cbor_key_type"),
        (b"\x01\x01", "cbor_trailing_bytes"),
        (b"\xc0\x61a", "cbor_tag"),
        (b"\xfb\x7f\xf8\x00\x00\x00\x00\x00\x00", "cbor_float_or_simple"),
        (b"\xf7", "cbor_float_or_simple"),
        (b"\xf8\x14", "cbor_float_or_simple"),
        (b"\x61\xff", "cbor_bad_utf8"),
        (b"\x81" * 9 + b"\x01", "cbor_too_deep"),
        (b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", "cbor_truncated"),
        (b"\x5a\xff\xff\xff\xff", "cbor_truncated"),
        (b"\xba\xff\xff\xff\xff", "cbor_truncated"),
    ],
)
def test_everything_else_is_refused_by_name(data: bytes, reason: str) -> None:
    with pytest.raises(CborError, match=reason):
        decode(data)


def test_key_order_is_by_encoded_bytes_not_by_length() -> None:
    # RFC 8949 §4.2.1 wants 0x19ffff before 0x3a00010000, and "a" (0x61…) after both.
    assert encode({"a": 1, -65537: 2, 65535: 3}).hex() == "a319ffff033a0001000002616101"
