"""The patient reader and its parts: layout, mending, equaliser, finders, tracking."""

import random
import time

import numpy as np
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.scanning import module_grid, qr_layout
from kiosk.scanning.decoder import FrameDecoder
from kiosk.scanning.equaliser import equalised
from kiosk.scanning.finders import find_finders
from kiosk.scanning.ground import Placed, on_corners
from kiosk.scanning.patient import guesses, read_patiently, solved
from kiosk.scanning.reed_solomon import correct
from kiosk.scanning.soft_symbol import SymbolSolver
from kiosk.scanning.symbols import read_zxing
from kiosk.scanning.tracking import SymbolTracker
from kiosk.scanning.trial_frames import base45_text, grey_of, trial
from kiosk.scanning.vision import Grey, as_u8, cv2

TEXT = "TH1:6BF+70790T9WJWG.FKY*4GO0.O1CV2 O5 N2FBBRW1*70HS8WY04AC*WIFN0AHCD8KD97TK0F90KECTHGWJC"
PATIENCE_S = 20.0
"""So much that a slow machine changes nothing."""


def signs_of(text: str, version: int, level: str) -> np.ndarray:
    symbol = segno.make(text, version=version, error=level, micro=False, boost_error=False)
    return np.where(np.array([list(row) for row in symbol.matrix]) > 0, 1, -1).astype(np.float32)


def drawn(text: str, module_px: int = 5) -> Grey:
    modules = np.array([list(row) for row in segno.make(text, error="m", micro=False).matrix])
    code = np.where(np.pad(modules, 4) > 0, 20, 235).astype(np.uint8)
    code = code.repeat(module_px, axis=0).repeat(module_px, axis=1)
    canvas = np.full((720, 1280), 128, np.uint8)
    canvas[100 : 100 + code.shape[0], 400 : 400 + code.shape[1]] = code
    return canvas


def at_work(grey: Grey, text: str, module_px: int = 5) -> Placed:
    """The grid of `drawn`, told instead of found."""
    size = len(segno.make(text, error="m", micro=False).matrix)
    left, top = 400 + 4 * module_px - 0.5, 100 + 4 * module_px - 0.5
    right, low = left + size * module_px, top + size * module_px
    corners = np.array(((left, top), (right, top), (right, low), (left, low)))
    return Placed(qr_layout.layout((size - 17) // 4), on_corners(corners, size), 1.0)


@pytest.mark.parametrize("version", [1, 2, 6, 7, 10, 13, 21, 27, 32, 36, 40])
@pytest.mark.parametrize("level", "LMQH")
def test_layouts_agree_with_symbols_that_another_library_draws(version: int, level: str) -> None:
    text = "AB"
    signs = signs_of(text, version, level)
    layout = qr_layout.layout(version)
    assert signs.shape == (layout.size, layout.size)
    fixed = layout.fixed != 0
    assert (signs[fixed] == layout.fixed[fixed]).all()
    solver = SymbolSolver(layout)
    assert solver.offer(signs)
    assert solver.solved
    assert (solver.known() == signs).all()
    assert solver.text() == text


@settings(max_examples=80)
@given(st.integers(0, 2**32), st.sampled_from([(26, 10), (58, 22), (70, 26), (153, 30)]))
def test_errors_and_erasures_are_mended_up_to_the_bound(seed: int, shape: tuple[int, int]) -> None:
    length, parity = shape
    dice = random.Random(seed)
    word = valid_word([dice.randrange(256) for _ in range(length - parity)], parity)
    erasures = dice.randint(0, parity)
    errors = (parity - erasures) // 2
    places = dice.sample(range(length), erasures + errors)
    damaged = list(word)
    for at in places:
        damaged[at] ^= dice.randint(1, 255)
    mended = correct(damaged, parity, places[:erasures])
    assert mended is not None
    assert mended.word == word
    assert mended.errors == errors


def valid_word(data: list[int], parity: int) -> list[int]:
    """Encodes by the definition: the redundancy is erased and mended."""
    mended = correct([*data, *[0] * parity], parity, range(len(data), len(data) + parity))
    assert mended is not None
    return mended.word


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_a_word_of_noise_is_not_mended_into_something(seed: int) -> None:
    dice = random.Random(seed)
    noise = [dice.randrange(256) for _ in range(70)]
    assert correct(noise, 26) is None


def test_a_burnt_out_patch_is_mended_by_erasures_where_plain_readers_give_up() -> None:
    grey = drawn(TEXT)
    placed = at_work(grey, TEXT)
    # A lamp's reflection, burnt out in its middle.
    y, x = np.mgrid[:720, :1280]
    lamp = 400 * np.exp(-(((x - 510) / 36) ** 2 + ((y - 240) / 36) ** 2))
    grey = as_u8((grey + lamp).clip(0, 255).astype(np.uint8))
    assert read_zxing(grey, thorough=True) == []
    assert solved(SymbolSolver(placed.layout), module_grid.thirds(grey, placed)) == TEXT


def test_the_equaliser_takes_back_a_blur_of_more_than_a_module() -> None:
    grey = as_u8(cv2.GaussianBlur(drawn(TEXT), (0, 0), 3.4))
    placed = at_work(grey, TEXT)
    signs = np.array([list(row) for row in segno.make(TEXT, error="m", micro=False).matrix])
    soft = equalised(module_grid.thirds(grey, placed), placed.layout.fixed)
    wrong = float(((soft > 0) != (signs > 0)).mean())
    value = cv2.blur(module_grid.thirds(grey, placed), (3, 3))[1::3, 1::3][3:-3, 3:-3]
    plain = float(((value < np.median(value)) != (signs > 0)).mean())
    assert wrong < 0.01 < plain


def test_finders_are_found_at_their_place_and_size() -> None:
    found = find_finders(drawn(TEXT))
    size = at_work(drawn(TEXT), TEXT).layout.size
    near, far = 20 + 3.5 * 5, 20 + (size - 3.5) * 5
    for x, y in ((near, near), (far, near), (near, far)):
        best = min(found, key=lambda f: abs(f.x - 400 - x) + abs(f.y - 100 - y))
        assert abs(best.x - 400 - x) < 3
        assert abs(best.y - 100 - y) < 3
        assert best.module_px == pytest.approx(5, rel=0.25)


def test_a_hidden_finder_is_guessed_from_the_other_two() -> None:
    grey = drawn(TEXT, 7)
    grey[110:200, 405:490] = 255
    assert read_zxing(grey, thorough=True) == []
    assert guesses(grey)
    symbol = read_patiently(grey, time.monotonic() + PATIENCE_S)
    assert symbol is not None
    assert symbol.text == TEXT


def test_trial_frames_that_plain_readers_miss_are_read_and_never_wrongly() -> None:
    missed = read = 0
    for seed in range(40):
        made = trial(seed, 3)
        grey = grey_of(made.frame)
        if any(s.text == made.text for s in read_zxing(grey, thorough=True)):
            continue
        missed += 1
        symbol = read_patiently(grey, time.monotonic() + PATIENCE_S)
        if symbol is not None:
            assert symbol.text == made.text
            assert made.quad is not None
            off = np.array(symbol.quad) - np.array(made.quad)
            assert np.abs(off).max() < 1.5 * made.module_px
            read += 1
    assert missed >= 8
    assert read >= missed / 2


def noisy(grey: Grey, seed: int, strength: float = 190) -> Grey:
    dice = np.random.default_rng(seed)
    return (grey + dice.normal(0, strength, grey.shape)).clip(0, 255).astype(np.uint8)


def looks(tracker: SymbolTracker, frames: list[Grey], placed: Placed) -> list[str | None]:
    texts = []
    for frame in frames:
        symbol = tracker.look(frame, placed)
        texts.append(symbol.text if symbol else None)
    return texts


def test_looks_at_a_symbol_add_up_until_it_is_read() -> None:
    text = base45_text(np.random.default_rng(3))
    clear = drawn(text, 3)
    placed = at_work(clear, text, 3)
    frames = [noisy(clear, seed) for seed in range(12)]
    alone = [looks(SymbolTracker(), [frame], placed)[0] for frame in frames]
    assert alone == [None] * len(frames)
    assert text in looks(SymbolTracker(), frames, placed)


def test_a_code_that_changes_while_it_is_looked_at_is_never_mixed_with_the_one_before() -> None:
    dice = np.random.default_rng(5)
    first = base45_text(dice)[:200]
    second = base45_text(dice)[:200]
    clear, other = drawn(first, 3), drawn(second, 3)
    placed = at_work(clear, first, 3)
    assert at_work(other, second, 3).layout is placed.layout
    frames = [noisy(clear, seed) for seed in range(3)]
    frames += [noisy(other, seed) for seed in range(20, 34)]
    seen = looks(SymbolTracker(), frames, placed)
    assert set(seen) - {None} <= {first, second}
    assert second in seen


def test_a_live_decoder_follows_what_it_could_not_read_and_forgets_what_it_read() -> None:
    decoder = FrameDecoder()
    text = base45_text(np.random.default_rng(3))
    clear = drawn(text, 3)
    texts: list[str] = []
    followed = False
    for seed in range(40):
        symbols = decoder.read(noisy(clear, seed, 200), effort=1)
        followed = followed or decoder.following
        texts += [symbol.text for symbol in symbols]
        if texts:
            break
    assert followed
    assert texts == [text]
    assert not decoder.following


def test_pictures_of_any_shape_are_searched_without_a_crash() -> None:
    dice = np.random.default_rng(1)
    for shape in ((1, 1), (1, 900), (22, 22), (40, 1280), (720, 25), (97, 131)):
        grey = dice.integers(0, 256, shape, np.uint8)
        assert read_patiently(grey, time.monotonic() + PATIENCE_S) is None
        assert SymbolTracker().search(grey, (1.0, 0.5)) is None
