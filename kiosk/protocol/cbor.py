"""Strict deterministic CBOR (RFC 8949 §4.2.1): exactly one byte string for every value.

Stock readers accept duplicate keys, long integers and trailing bytes, so two different texts
could mean the same voucher. This reader takes only what this writer would have written:
integers, byte and text strings, arrays, maps, true, false, null; shortest lengths, keys
sorted by their encoded bytes, nothing after the end. No tags, floats or indefinite lengths.
"""

from __future__ import annotations

from typing import TypeAlias

CborKey: TypeAlias = "int | str | bytes"
CborValue: TypeAlias = (
    "int | bytes | str | bool | list[CborValue] | dict[CborKey, CborValue] | None"
)

MAX_DEPTH = 8
_KEY_TYPES = (int, str, bytes)


class CborError(ValueError):
    """Bytes that are not one deterministic CBOR value; ``str()`` is the reason word."""


def encode(value: CborValue) -> bytes:
    """Encode deterministically. Raises TypeError or OverflowError on what CBOR here lacks."""
    out = bytearray()
    _write(value, out)
    return bytes(out)


def decode(data: bytes, *, max_depth: int = MAX_DEPTH) -> CborValue:
    """Decode one value that fills ``data``; raises CborError, never anything else."""
    value, end = _read(data, 0, max_depth)
    if end != len(data):
        raise CborError("cbor_trailing_bytes")
    return value


def _head(major: int, argument: int, out: bytearray) -> None:
    top = major << 5
    if argument < 24:
        out.append(top | argument)
    elif argument < 1 << 8:
        out += bytes((top | 24, argument))
    elif argument < 1 << 16:
        out.append(top | 25)
        out += argument.to_bytes(2, "big")
    elif argument < 1 << 32:
        out.append(top | 26)
        out += argument.to_bytes(4, "big")
    else:
        out.append(top | 27)
        out += argument.to_bytes(8, "big")  # OverflowError past 64 bits


def _write(value: CborValue, out: bytearray) -> None:
    if value is None or isinstance(value, bool):
        out.append({False: 0xF4, True: 0xF5, None: 0xF6}[value])
    elif isinstance(value, int):
        _head(0 if value >= 0 else 1, value if value >= 0 else -1 - value, out)
    elif isinstance(value, bytes):
        _head(2, len(value), out)
        out += value
    elif isinstance(value, str):
        raw = value.encode()
        _head(3, len(raw), out)
        out += raw
    elif isinstance(value, list):
        _head(4, len(value), out)
        for element in value:
            _write(element, out)
    elif isinstance(value, dict):
        _head(5, len(value), out)
        by_key = {encode(key): element for key, element in value.items()}
        for key in sorted(by_key):
            out += key
            _write(by_key[key], out)
    else:
        message = f"no deterministic CBOR for {type(value).__name__}"
        raise TypeError(message)


def byte_string(data: bytes) -> bytes:
    """The encoding of a byte string."""
    out = bytearray()
    _head(2, len(data), out)
    return bytes(out + data)


def _argument(data: bytes, at: int, info: int) -> tuple[int, int]:
    """The argument behind a head whose five bits say that it is not in them."""
    if info > 27:
        raise CborError("cbor_indefinite_or_reserved")
    size = 1 << (info - 24)
    if at + size > len(data):
        raise CborError("cbor_truncated")
    argument = int.from_bytes(data[at : at + size], "big")
    shortest = 24 if size == 1 else 1 << (4 * size)
    if argument < shortest:
        raise CborError("cbor_not_shortest")
    return argument, at + size


def _read(data: bytes, at: int, depth: int) -> tuple[CborValue, int]:
    if at >= len(data):
        raise CborError("cbor_truncated")
    initial = data[at]
    at += 1
    if initial >= 0xC0:
        return _simple(initial), at
    argument = initial & 31
    if argument > 23:
        argument, at = _argument(data, at, argument)
    if initial < 0x20:
        return argument, at
    if initial < 0x40:
        return -1 - argument, at
    end = at + argument
    if end > len(data):
        raise CborError("cbor_truncated")  # also bounds arrays and maps: an element is ≥ 1 byte
    if initial < 0x60:
        return data[at:end], end
    if initial < 0x80:
        return _text(data[at:end]), end
    if depth <= 0:
        raise CborError("cbor_too_deep")
    if initial >= 0xA0:
        return _map(data, at, argument, depth - 1)
    elements: list[CborValue] = []
    for _ in range(argument):
        element, at = _read(data, at, depth - 1)
        elements.append(element)
    return elements, at


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise CborError("cbor_bad_utf8") from None


def _simple(initial: int) -> bool | None:
    match initial:
        case 0xF4:
            return False
        case 0xF5:
            return True
        case 0xF6:
            return None
    raise CborError("cbor_tag" if initial < 0xE0 else "cbor_float_or_simple")


def _map(data: bytes, at: int, size: int, depth: int) -> tuple[CborValue, int]:
    result: dict[CborKey, CborValue] = {}
    last = b""
    for _ in range(size):
        start = at
        key, at = _read(data, at, depth)
        if isinstance(key, bool) or not isinstance(key, _KEY_TYPES):
            raise CborError("cbor_key_type")
        encoded = data[start:at]
        if encoded == last:
            raise CborError("cbor_duplicate_key")
        if encoded < last:
            raise CborError("cbor_keys_unsorted")
        last = encoded
        result[key], at = _read(data, at, depth)
    return result, at
