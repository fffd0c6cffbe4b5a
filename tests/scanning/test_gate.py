"""The scan gate: one presentation, one scan."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.scanning.gate import ScanGate
from kiosk.scanning.sighting import Quad, Sighting

WINDOW_S = 3.0


def sighting(text: str, x: float = 640, y: float = 360) -> Sighting:
    quad: Quad = ((x - 9, y - 9), (x + 9, y - 9), (x + 9, y + 9), (x - 9, y + 9))
    return Sighting(text, quad, 1, 0.0, (1280, 720), 1.0)


def texts(admitted: tuple[Sighting, ...]) -> list[str]:
    return [s.text for s in admitted]


def test_a_code_held_in_view_fires_once_however_long() -> None:
    gate = ScanGate()
    scans = [gate.admit([sighting("A")], at / 30) for at in range(30 * 60)]
    assert texts(scans[0]) == ["A"]
    assert not any(scans[1:])


def test_a_code_lost_for_less_than_the_window_is_no_new_scan() -> None:
    gate = ScanGate()
    gate.admit([sighting("A")], 0.0)
    assert not gate.admit([sighting("A")], 2.9)
    assert not gate.admit([sighting("A")], 5.8)


def test_a_code_presented_again_after_the_window_is_a_new_scan() -> None:
    gate = ScanGate()
    gate.admit([sighting("A")], 0.0)
    assert texts(gate.admit([sighting("A")], 3.0)) == ["A"]


def test_another_code_is_let_through_at_once() -> None:
    gate = ScanGate()
    gate.admit([sighting("A")], 0.0)
    assert texts(gate.admit([sighting("B")], 0.03)) == ["B"]
    # The first customer's code flashing up again is still an echo.
    assert not gate.admit([sighting("A")], 0.06)


def test_the_code_nearest_to_the_middle_comes_first() -> None:
    gate = ScanGate()
    codes = [sighting("corner", 100, 100), sighting("middle", 650, 350), sighting("side", 300, 360)]
    assert texts(gate.admit(codes, 0.0)) == ["middle", "side", "corner"]


def test_the_next_dynamic_code_of_a_voucher_is_the_same_customer() -> None:
    gate = ScanGate(identity=lambda text: text.split(":")[0])
    assert texts(gate.admit([sighting("voucher7:first")], 0.0)) == ["voucher7:first"]
    assert not gate.admit([sighting("voucher7:second")], 2.0)
    assert not gate.admit([sighting("voucher7:third")], 4.0)


def test_two_texts_of_one_identity_in_one_frame_are_one_scan() -> None:
    gate = ScanGate(identity=lambda text: text[0])
    assert texts(gate.admit([sighting("a2", 100, 100), sighting("a1")], 0.0)) == ["a1"]


def test_a_released_code_may_be_scanned_again_at_once() -> None:
    gate = ScanGate()
    gate.admit([sighting("A")], 0.0)
    gate.release("A")
    assert texts(gate.admit([sighting("A")], 0.1)) == ["A"]


def test_a_window_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="window_s"):
        ScanGate(window_s=0)


def test_memory_stays_bounded_and_forgets_the_oldest_first() -> None:
    gate = ScanGate()
    for number in range(10_000):
        gate.admit([sighting(str(number))], number / 10_000)
    assert len(gate._last_seen_s) <= 257
    assert not gate.admit([sighting("9999")], 1.0)


views = st.lists(
    st.tuples(st.floats(0, 4, allow_nan=False), st.sets(st.sampled_from("ABC"), max_size=3)),
    max_size=40,
)


@given(views)
def test_a_scan_happens_exactly_when_its_code_was_out_of_view_for_the_window(
    steps: list[tuple[float, set[str]]],
) -> None:
    gate, now_s, last_seen = ScanGate(window_s=WINDOW_S), 0.0, dict[str, float]()
    for pause_s, seen in steps:
        now_s += pause_s
        admitted = texts(gate.admit([sighting(text) for text in sorted(seen)], now_s))
        expected = {t for t in seen if t not in last_seen or now_s - last_seen[t] >= WINDOW_S}
        assert sorted(admitted) == sorted(expected)
        last_seen |= dict.fromkeys(seen, now_s)


def test_a_held_key_is_in_view_for_the_window_from_then_on() -> None:
    gate = ScanGate(identity=lambda text: text[0])
    gate.hold("a", 10.0)
    assert not gate.admit([sighting("a1")], 12.9)
    assert texts(gate.admit([sighting("b1")], 13.0)) == ["b1"]
    assert texts(gate.admit([sighting("a2")], 15.9)) == ["a2"]
