"""The decoder: the floors on shared pictures, and what must hold for any picture."""

import importlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kiosk.scanning import symbols
from kiosk.scanning.decoder import FrameDecoder, decode_frame, decode_photo
from kiosk.scanning.picture import decode_files, load_grey
from kiosk.scanning.views import RESCUE
from kiosk.scanning.vision import Grey, as_u8, cv2

TEXT = "TH1:6BF+70790T9WJWG.FKY*4GO0.O1CV2 O5 N2FBBRW1*70HS8WY04AC*WIFN0AHCD8KD97TK0F90KECTHGWJC"


def code(text: str = TEXT, *, module_px: int = 4, invert: bool = False) -> Grey:
    """A QR symbol with its quiet zone."""
    rows = segno.make(text, error="q", micro=False).matrix
    matrix = np.pad(np.array([list(row) for row in rows]), 4)
    picture = np.where(matrix > 0, 0, 255).astype(np.uint8)
    picture = np.kron(picture, np.ones((module_px, module_px), np.uint8))
    return as_u8(255 - picture if invert else picture)


def on_canvas(*pictures: tuple[Grey, int, int], width: int = 1280, height: int = 720) -> Grey:
    canvas = np.full((height, width), 128, np.uint8)
    for picture, x, y in pictures:
        canvas[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
    return canvas


def manifest(folder: Path) -> list[dict[str, Any]]:
    if not folder.is_dir():
        pytest.skip(f"no test data: {folder} is absent")
    listed: list[dict[str, Any]] = json.loads((folder / "manifest.json").read_text("utf-8"))
    return listed


def test_photographs_are_read_exactly_and_nothing_where_there_is_nothing(
    shared_data: Path,
) -> None:
    folder = shared_data / "qr-photos"
    entries = manifest(folder)
    results = list(decode_files(folder / entry["file"] for entry in entries))
    wanted = [(entry["text"], result) for entry, result in zip(entries, results, strict=True)]
    read = sum(text in result.texts for text, result in wanted if text)
    false_reads = [result.image for text, result in wanted if result.texts and not text]
    wrong = [r.image for text, r in wanted if text and r.texts and text not in r.texts]
    assert sum(bool(entry["text"]) for entry in entries) == 137
    assert read >= 134
    assert not false_reads
    assert not wrong


def test_frames_are_read_at_every_level(shared_data: Path) -> None:
    folder = shared_data / "frames"
    read, false_reads = Counter[int](), []
    for entry in manifest(folder):
        grey = load_grey(folder / entry["file"])
        assert isinstance(grey, np.ndarray)
        found = {symbol.text for symbol in decode_frame(grey)}
        if entry["text"] and entry["text"] in found:
            read[entry["level"]] += 1
        false_reads += [entry["file"] for text in found if text != entry["text"]]
    # Of 40 each. zxing-cpp alone: 40, 38, 36, 26, 12; the best pair of readers: 40, 40, 39, 28, 15.
    # Less is wanted than is reached: a busy machine reaches the patient reader's time limit.
    floors = (40, 40, 39, 32, 21)
    assert all(read[level] >= floor for level, floor in enumerate(floors)), read
    assert not false_reads


def test_corners_are_told_in_pixels_of_the_frame(shared_data: Path) -> None:
    folder = shared_data / "frames"
    compared = 0
    for entry in manifest(folder)[:160:8]:
        grey = load_grey(folder / entry["file"])
        assert isinstance(grey, np.ndarray)
        for symbol in decode_frame(grey):
            assert np.abs(np.array(symbol.quad) - np.array(entry["quad"])).max() < 6
            compared += 1
    assert compared > 10


def test_light_on_dark_is_read() -> None:
    picture = on_canvas((code(invert=True), 400, 200))
    assert [s.text for s in decode_frame(picture)] == [TEXT]
    assert [s.text for s in decode_photo(picture)] == [TEXT]


def test_all_codes_of_a_picture_are_told_once_the_largest_first() -> None:
    large, small = code("LARGE", module_px=9), code("SMALL", module_px=4)
    picture = on_canvas((small, 40, 40), (large, 500, 100), (small, 40, 400))
    assert [s.text for s in decode_photo(picture)] == ["LARGE", "SMALL"]


@pytest.mark.parametrize(
    "text", ["提货码：东方美人茶 ×2", "Grüße aus Köln", "日本語テキスト", "Привет", "😀 a\r\nb"]
)
def test_texts_of_any_language_are_exact(text: str) -> None:
    assert [s.text for s in decode_photo(code(text, module_px=6))] == [text]


def test_a_large_photograph_is_reduced_and_its_corners_scaled_back() -> None:
    picture = on_canvas((code(module_px=20), 1_000, 2_000), width=6_000, height=5_000)
    (symbol,) = decode_photo(picture)
    assert symbol.text == TEXT
    quiet = 1_000 + 4 * 20
    assert abs(symbol.quad[0][0] - quiet) < 20


def test_a_4k_frame_is_reduced_and_its_corners_scaled_back() -> None:
    picture = on_canvas((code(module_px=12), 1_500, 900), width=3_840, height=2_160)
    (symbol,) = FrameDecoder().read(picture, effort=0)
    assert symbol.text == TEXT
    assert abs(symbol.quad[0][0] - (1_500 + 4 * 12)) < 12


def test_without_effort_only_the_cheap_views_look() -> None:
    picture = on_canvas((code(invert=True), 400, 200))
    assert FrameDecoder().read(picture, effort=0) == []


def test_the_rescue_views_take_turns_and_the_one_that_read_goes_on() -> None:
    picture = on_canvas((code(invert=True), 400, 200))
    decoder = FrameDecoder()
    needed = next(n for n in range(1, 9) if decoder.read(picture, effort=1))
    assert needed <= len(RESCUE)
    assert all(decoder.read(picture, effort=1) for _ in range(len(RESCUE)))


def test_reading_goes_on_without_zbar(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError("Unable to find zbar shared library")

    monkeypatch.setattr(importlib, "import_module", missing)
    module, problem = symbols._load_pyzbar()
    assert module is None
    assert problem is not None
    assert "zbar shared library" in problem
    monkeypatch.setattr(symbols, "_pyzbar", None)
    assert symbols.read_zbar(code()) == []
    assert [s.text for s in decode_photo(code())] == [TEXT]


def test_zbar_agrees_on_the_corners_and_is_not_believed_beyond_ascii() -> None:
    if symbols.zbar_problem():
        pytest.skip(str(symbols.zbar_problem()))
    picture = on_canvas((code(module_px=6), 300, 100))
    (by_zbar,), (by_zxing,) = symbols.read_zbar(picture), symbols.read_zxing(picture)
    assert by_zbar.text == by_zxing.text
    assert np.abs(np.array(by_zbar.quad) - np.array(by_zxing.quad)).max() < 8
    assert symbols.read_zbar(code("ﾃﾞｻﾞｲﾝ", module_px=6)) == []


shapes = st.tuples(st.integers(1, 90), st.integers(1, 90)) | st.sampled_from(
    [(1, 1), (1, 5_000), (5_000, 1), (21, 21), (720, 3)]
)


@settings(max_examples=60)
@given(hnp.arrays(np.uint8, shapes, fill=st.integers(0, 255)))
def test_any_picture_is_looked_at_without_a_crash_or_a_false_read(picture: Grey) -> None:
    assert decode_frame(picture) == []
    assert decode_photo(picture) == []
    assert FrameDecoder().read(picture, effort=3) == []


@pytest.mark.parametrize("seed", range(4))
def test_noise_of_any_grain_is_never_read_as_a_code(seed: int) -> None:
    dice = np.random.default_rng(seed)
    grain = dice.integers(0, 2, (720 // 8, 1280 // 8), np.uint8) * 255
    blocks = np.kron(grain, np.ones((8, 8), np.uint8))
    fine = dice.integers(0, 256, (720, 1280), np.uint8)
    assert decode_frame(as_u8(blocks)) == []
    assert decode_frame(as_u8(fine)) == []
    assert decode_frame(as_u8(cv2.GaussianBlur(fine, (9, 9), 0))) == []
