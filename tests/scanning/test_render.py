"""The simulated camera's pictures: readable where they should be, cheap, the same for a seed."""

import statistics
import time

import numpy as np
import pytest

from kiosk.scanning.decoder import decode_frame
from kiosk.scanning.render import LEVELS, Hand, Stage, code_corners, show, still
from kiosk.scanning.vision import Colour, as_u8, cv2

TEXT = "TH2:" + "6BF+70790T9WJWG.FKY*4GO0.O1CV2 O5 N2FBBRW1*70HS8WY04AC*WIFN0A" * 4
CAPTION = "订单 20260117-0042\n东方美人茶 ×2"


def grey(frame: Colour) -> Colour:
    return as_u8(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))


@pytest.mark.parametrize("level,floor", [(0, 12), (1, 12), (2, 11), (3, 9), (4, 1)])
def test_each_level_is_as_hard_as_it_says(level: int, floor: int) -> None:
    stage, read = Stage(), 0
    for seed in range(12):
        phone, pose = show(TEXT, CAPTION, seed, level), Hand(seed, level).pose(seed * 0.7)
        symbols = decode_frame(grey(stage.frame(phone, pose, level)))
        read += [s.text for s in symbols] == [TEXT]
        for symbol in symbols:
            assert np.abs(np.array(symbol.quad) - code_corners(phone, pose)).max() < 3
    assert read >= floor


def test_nothing_is_read_where_nobody_stands() -> None:
    for level in range(len(LEVELS)):
        assert decode_frame(grey(still(None, level=level))) == []


def test_the_same_seed_gives_the_same_frame_and_another_another() -> None:
    one = still(TEXT, CAPTION, seed=3, level=2)
    assert one.shape == (720, 1280, 3)
    assert np.array_equal(one, still(TEXT, CAPTION, seed=3, level=2))
    assert not np.array_equal(one, still(TEXT, CAPTION, seed=4, level=2))


def test_no_two_frames_of_a_stream_are_alike() -> None:
    """As with a real sensor: a picture that repeats means a camera that hangs."""
    stage = Stage()
    assert not np.array_equal(stage.empty(0), stage.empty(0))


def test_a_phone_comes_into_view_from_outside() -> None:
    stage, hand, phone = Stage(), Hand(1, 0), show(TEXT, CAPTION, 1, 0)
    backdrop = stage.empty(0).astype(int)
    covered = []
    for way_in in (0.0, 0.4, 1.0):
        frame = stage.frame(phone, hand.pose(0.0, way_in), 0).astype(int)
        covered.append(float((np.abs(frame - backdrop).max(axis=2) > 40).mean()))
    assert covered[0] < 0.001
    assert covered[0] < covered[1] < covered[2]
    assert covered[2] > 0.2


def test_a_frame_costs_little() -> None:
    stage, hand, phone = Stage(), Hand(1, 1), show(TEXT, CAPTION, 1, 1)
    costs_ms = []
    for number in range(15):
        began = time.thread_time()
        stage.frame(phone, hand.pose(number / 30), 1)
        costs_ms.append((time.thread_time() - began) * 1e3)
    # 6 ms where this was written; the room above is for slower machines.
    assert statistics.median(costs_ms) < 25
