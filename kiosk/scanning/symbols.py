"""The two QR readers, behind one shape: grey picture in, texts with corners out."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import zxingcpp

from kiosk.scanning.sighting import Quad
from kiosk.scanning.vision import Grey

MIN_SIDE_PX = 21
"""The smallest QR has 21 modules a side; less cannot hold one, whatever the reader says."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """One QR symbol read: its exact text and its corners in pixels of the picture searched."""

    text: str
    quad: Quad


def read_zxing(grey: Grey, *, thorough: bool = False) -> list[Symbol]:
    """Reads with zxing-cpp; `thorough` also tries light on dark, smaller and quarter-turned.

    Restricted to QR: all formats would take ten times as long and brought false reads.
    """
    if min(grey.shape) < MIN_SIDE_PX:
        return []
    found = zxingcpp.read_barcodes(
        grey,
        formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]),
        try_rotate=thorough,
        try_downscale=thorough,
        try_invert=thorough,
        text_mode=zxingcpp.TextMode.Plain,
    )
    return [Symbol(code.text, _zxing_quad(code.position)) for code in found if code.text]


def read_drawn(grey: Grey) -> str | None:
    """The text of a picture that is nothing but a clean, upright symbol with its quiet zone."""
    found = zxingcpp.read_barcodes(
        grey,
        formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]),
        try_rotate=False,
        try_downscale=False,
        try_invert=False,
        text_mode=zxingcpp.TextMode.Plain,
        is_pure=True,
    )
    return found[0].text or None if found else None


def _zxing_quad(position: Any) -> Quad:
    p = position
    return (
        (float(p.top_left.x), float(p.top_left.y)),
        (float(p.top_right.x), float(p.top_right.y)),
        (float(p.bottom_right.x), float(p.bottom_right.y)),
        (float(p.bottom_left.x), float(p.bottom_left.y)),
    )


def read_zbar(grey: Grey) -> list[Symbol]:
    """Reads with zbar, where it is installed (see `zbar_problem`).

    Only pure ASCII is believed: zbar guesses the encoding of byte-mode texts anew and was wrong
    for every other text beyond ASCII. Pickup codes are ASCII by design.
    """
    if _pyzbar is None or min(grey.shape) < MIN_SIDE_PX:
        return []
    symbols = []
    for code in _pyzbar.decode(grey, symbols=[_pyzbar.ZBarSymbol.QRCODE]):
        if code.data and code.data.isascii() and len(code.polygon) == 4:
            # zbar's corners run the other way round.
            a, b, c, d = ((float(p.x), float(p.y)) for p in code.polygon)
            symbols.append(Symbol(code.data.decode("ascii"), (a, d, c, b)))
    return symbols


def read_zbar_raw(grey: Grey) -> list[str]:
    """What zbar says by itself, believed or not: for comparison. Nothing where it is missing."""
    if _pyzbar is None:
        return []
    codes = _pyzbar.decode(grey, symbols=[_pyzbar.ZBarSymbol.QRCODE])
    return [code.data.decode("utf-8", "replace") for code in codes]


def _load_pyzbar() -> tuple[ModuleType | None, str | None]:
    try:
        return importlib.import_module("pyzbar.pyzbar"), None
    except (ImportError, OSError) as error:
        # The wheel is pure Python on Linux; the library itself comes from the system (libzbar0).
        return None, f"zbar cannot be loaded: {error}"


_pyzbar, _problem = _load_pyzbar()


def zbar_problem() -> str | None:
    """Why the rescue reader is missing, for `kiosk doctor`; None when it works."""
    return _problem
