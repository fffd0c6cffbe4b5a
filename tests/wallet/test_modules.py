"""The page's own encoders, run in the browser, against this program's and other people's."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Sequence
from typing import Any

import base45
import numpy as np
import numpy.typing as npt
import pytest
import segno
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyzbar import pyzbar

from kiosk.protocol import cbor
from tests.central.conftest import Shop
from tests.wallet.devtools import DevToolsError, Page

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
VERSIONS, MASKS = range(1, 41), range(8)
_MODULE_PX, _QUIET = 4, 4


@pytest.fixture
def script(page: Page, shop: Shop) -> Page:
    """A page of central's whose scripts may be imported."""
    page.open(f"{shop.url}/wallet/icon.svg")
    page.wait("document.documentElement?.localName === 'svg'")
    return page


def symbols(script: Page, asked: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """QR symbols by the page's encoder."""
    made: list[dict[str, Any]] = script.evaluate(f"""
        import("/wallet/qr.js").then(({{ encodeQr }}) => {json.dumps(asked)}.map((one) => {{
            const symbol = encodeQr(one.text, one.options);
            return {{ ...symbol, dark: symbol.dark.join("") }};
        }}))
    """)
    return made


def picture(symbol: dict[str, Any]) -> npt.NDArray[np.uint8]:
    modules = np.frombuffer(symbol["dark"].encode(), np.uint8).reshape(symbol["size"], -1)
    light = np.where(modules == ord("1"), 0, 255).astype(np.uint8)
    framed = np.pad(light, _QUIET, constant_values=255)
    return np.kron(framed, np.ones((_MODULE_PX, _MODULE_PX), np.uint8))


def some_text(dice: random.Random, length: int) -> str:
    return "".join(dice.choices(ALPHABET, k=length))


def test_qr_symbols_are_read_as_they_were_written(script: Page) -> None:
    dice = random.Random(31)
    lengths = [*range(1, 60), *range(60, 900, 17), 900]
    texts = [some_text(dice, length) for length in lengths]
    for text, symbol in zip(texts, symbols(script, [{"text": t} for t in texts]), strict=True):
        shown = picture(symbol)
        assert [found.text for found in zxingcpp.read_barcodes(shown)] == [text]
        assert [found.data.decode() for found in pyzbar.decode(shown)] == [text]


def test_qr_symbols_are_the_smallest_of_level_q(script: Page) -> None:
    dice = random.Random(32)
    texts = [some_text(dice, length) for length in range(1, 900, 6)]
    for text, symbol in zip(texts, symbols(script, [{"text": t} for t in texts]), strict=True):
        assert symbol["version"] == others(text, mask=0).version  # any: choosing takes it long


def test_qr_symbols_are_those_of_another_encoder(script: Page) -> None:
    """Module by module, for every version and every mask."""
    dice = random.Random(33)
    asked = [(_unaligned(dice, version), version, version % len(MASKS)) for version in VERSIONS]
    asked += [(_unaligned(dice, 7), 7, mask) for mask in MASKS]
    options = [{"text": text, "options": {"version": v, "mask": m}} for text, v, m in asked]
    for (text, version, mask), symbol in zip(asked, symbols(script, options), strict=True):
        matrix = others(text, version=version, mask=mask).matrix
        assert symbol["dark"] == "".join(str(module & 1) for row in matrix for module in row)


def others(text: str, **options: int) -> segno.QRCode:
    return segno.make_qr(
        text,
        error="q",
        mode="alphanumeric",
        boost_error=False,
        **options,  # type: ignore[arg-type]
    )


def _unaligned(dice: random.Random, version: int) -> str:
    """A text whose bits do not end on a byte: there, segno pads with a byte too many."""
    count_bits = 9 if version <= 9 else 11 if version <= 26 else 13
    while True:
        text = f"A{some_text(dice, dice.randint(3, 13))}"  # a digits-only text is another mode's
        bits = 4 + count_bits + 11 * (len(text) // 2) + 6 * (len(text) % 2) + 4
        if bits % 8:
            return text


@pytest.mark.parametrize("text", ["a", "Ä", "\0", "提"])
def test_qr_refuses_what_the_mode_lacks(script: Page, text: str) -> None:
    with pytest.raises(DevToolsError, match="RangeError"):
        symbols(script, [{"text": text}])


def test_qr_refuses_what_does_not_fit(script: Page) -> None:
    with pytest.raises(DevToolsError, match="RangeError"):
        symbols(script, [{"text": "A" * 2421}])
    assert symbols(script, [{"text": "A" * 2420}])[0]["version"] == 40


def test_base45_is_pythons(script: Page) -> None:
    dice = random.Random(34)
    values = [b"", b"\0", b"\xff\xff", *(dice.randbytes(dice.randint(1, 400)) for _ in range(200))]
    hexes = [value.hex() for value in values]
    texts = script.evaluate(f"""
        Promise.all([import("/wallet/base45.js"), import("/wallet/central.js")]).then(
            ([{{ base45 }}, {{ fromHex }}]) =>
                {json.dumps(hexes)}.map((hex) => base45(fromHex(hex))))
    """)
    assert texts == [base45.b45encode(value).decode() for value in values]


_KEYS = st.integers(-(2**64), 2**64 - 1) | st.text(max_size=8) | st.binary(max_size=8)
_VALUES = st.recursive(
    _KEYS | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(_KEYS, inner, max_size=6),
    max_leaves=25,
)
_TAGGED = """((tagged) => {
    const read = ([kind, value]) => ({
        int: () => { const n = Number(value); return Number.isSafeInteger(n) ? n : BigInt(value); },
        bytes: () => Uint8Array.from(atob(value), (one) => one.charCodeAt(0)),
        plain: () => value,
        list: () => value.map(read),
        map: () => new Map(value.map(([key, inner]) => [read(key), read(inner)])),
    })[kind]();
    return read(tagged);
})"""


def tagged(value: cbor.CborValue) -> list[Any]:
    """A value as JSON that a script can turn back."""
    if isinstance(value, bytes):
        return ["bytes", base64.b64encode(value).decode()]
    if isinstance(value, int) and not isinstance(value, bool):
        return ["int", str(value)]
    if isinstance(value, list):
        return ["list", [tagged(inner) for inner in value]]
    if isinstance(value, dict):
        return ["map", [[tagged(key), tagged(inner)] for key, inner in value.items()]]
    return ["plain", value]


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(_VALUES, min_size=20, max_size=20))
def test_cbor_is_pythons(script: Page, values: list[cbor.CborValue]) -> None:
    asked = json.dumps([tagged(value) for value in values])
    made = script.evaluate(f"""
        import("/wallet/cbor.js").then(({{ encode }}) => {asked}.map((one) =>
            [...encode({_TAGGED}(one))].map((byte) => byte.toString(16).padStart(2, "0")).join("")))
    """)
    assert made == [cbor.encode(value).hex() for value in values]


@pytest.mark.parametrize("expression", ["1.5", "NaN", "undefined", "2n ** 64n", "{}"])
def test_cbor_refuses_what_it_lacks(script: Page, expression: str) -> None:
    with pytest.raises(DevToolsError, match=r"TypeError|RangeError"):
        script.evaluate(f'import("/wallet/cbor.js").then(({{ encode }}) => encode({expression}))')
