"""Trusted time: no change of any clock ever makes it earlier or surer than it may be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.clock import (
    ClockReading,
    Witness,
    raised_by_code,
    raised_by_uptime,
    settled_by_central,
    settled_by_codes,
    trusted_now,
)

T = 1_800_000_000.0
BOOT = ClockReading(wall_s=T, boot_s=100.0, boot_id="a")
MARK = settled_by_central(None, T, BOOT)


def reading(wall_s: float, boot_s: float, boot_id: str = "a") -> ClockReading:
    return ClockReading(wall_s, boot_s, boot_id)


def test_before_central_was_ever_seen_nothing_is_sure() -> None:
    assert trusted_now(None, BOOT).reason == "never_synced"


def test_the_boot_clock_carries_it_on() -> None:
    now = trusted_now(MARK, reading(T + 500, 600.0))
    assert (now.unix_s, now.sure) == (int(T) + 500, True)


@given(st.floats(-1e9, 1e9))
def test_a_jump_of_the_wall_clock_moves_nothing(jump_s: float) -> None:
    now = trusted_now(MARK, reading(T + 500 + jump_s, 600.0))
    assert now.unix_s == int(T) + 500
    assert now.sure == (abs(jump_s) <= 120)


@given(st.floats(-1e9, 1e9))
def test_after_a_reboot_the_mark_is_the_floor(wall_s: float) -> None:
    now = trusted_now(MARK, reading(T + wall_s, 5.0, "b"))
    assert now.unix_s >= int(T)
    assert now.at_least_s == int(T) + 5, "this boot has lasted so long"
    assert not now.sure
    assert now.reason == ("rebooted" if wall_s >= -120 else "wall_clock_behind")


def test_reboots_do_not_make_time_stand_still() -> None:
    """Whoever reboots an offline terminal again and again does not stop its limits."""
    mark, wall_s = MARK, T
    for boot in range(10):
        for boot_s in (5.0, 1800.0, 3600.0):
            mark = raised_by_uptime(mark, reading(wall_s, boot_s, f"later {boot}"))
    now = trusted_now(mark, reading(wall_s, 3700.0, "later 9"))
    assert now.at_least_s == int(T) + 10 * 3600 + 100
    assert not now.sure


def test_central_settles_it_again() -> None:
    after = reading(T - 9999, 5.0, "b")
    mark = settled_by_central(MARK, T + 700, after)
    now = trusted_now(mark, reading(T - 9999 + 10, 15.0, "b"))
    assert (now.unix_s, now.sure) == (int(T) + 710, True)


def test_one_wrong_answer_of_central_is_not_believed() -> None:
    running = reading(T + 500, 600.0)
    wrong = settled_by_central(MARK, T + 20 * 365 * 86_400, running)
    assert wrong == MARK
    right = settled_by_central(wrong, T + 501, running)
    assert trusted_now(right, running).unix_s == int(T) + 501


def test_after_a_long_time_off_central_is_believed() -> None:
    started = reading(0.0, 5.0, "b")
    mark = settled_by_central(MARK, T + 90 * 86_400, started)
    assert trusted_now(mark, started).unix_s == int(T) + 90 * 86_400


@given(st.floats(-1e9, 1e9))
def test_central_never_moves_the_mark_back(offset_s: float) -> None:
    mark = settled_by_central(MARK, T + offset_s, reading(T, 200.0))
    assert mark.trusted_s >= MARK.trusted_s


@given(st.floats(0, 3600), st.floats(0, 3600))
def test_an_answer_that_comes_late_moves_nothing_back(elapsed_s: float, late_s: float) -> None:
    arrives = reading(T + elapsed_s, 100.0 + elapsed_s)
    before = trusted_now(MARK, arrives)
    after = trusted_now(settled_by_central(MARK, T + elapsed_s - late_s, arrives), arrives)
    assert after.sure
    assert before.unix_s - 1 - elapsed_s * 500e-6 <= after.unix_s <= before.unix_s


def test_answers_held_back_for_hours_reopen_nothing() -> None:
    mark, polls = MARK, 6 * 3600 // 25
    for poll in range(1, polls + 1):
        arrives = reading(T + 25 * poll, 100.0 + 25 * poll)
        mark = settled_by_central(mark, T + 25 * poll - 24, arrives)
    assert trusted_now(mark, arrives).unix_s >= T + 25 * polls - 12


def test_a_boot_clock_that_runs_fast_is_corrected() -> None:
    mark, days, fast = MARK, 10, 1 + 50e-6
    for minute in range(1, days * 1440 + 1):
        real_s = 60.0 * minute
        mark = settled_by_central(mark, T + real_s, reading(T + real_s, 100.0 + real_s * fast))
    assert abs(mark.trusted_s - (T + days * 86_400)) < 1


@given(st.integers(-(10**9), 10**9))
def test_a_code_may_only_raise_it(offset_s: int) -> None:
    mark = raised_by_code(MARK, int(T) + offset_s, reading(T + 50, 150.0))
    assert trusted_now(mark, reading(T + 50, 150.0)).unix_s >= int(T) + 50


def test_a_code_settles_nothing_while_unsure() -> None:
    assert raised_by_code(MARK, int(T) + 10**6, reading(T, 5.0, "b")) is MARK


# --- fresh codes bear the clock out -----------------------------------------------------------

REBOOTED = reading(T + 3600, 50.0, "b")


def seen(number: int, issued_s: float, boot_s: float = 50.0) -> Witness:
    return Witness(bytes([number]) * 16, int(issued_s), boot_s)


def test_three_fresh_codes_bear_out_the_wall_clock_after_a_reboot() -> None:
    codes = [seen(n, T + 3600 - 10 * n) for n in range(3)]
    assert settled_by_codes(MARK, codes[:2], REBOOTED) is None
    mark = settled_by_codes(MARK, codes, REBOOTED)
    now = trusted_now(mark, reading(T + 3700, 150.0, "b"))
    assert (now.unix_s, now.sure) == (int(T) + 3700, True)


def test_one_voucher_is_one_witness() -> None:
    codes = [seen(1, T + 3600), seen(1, T + 3590), seen(1, T + 3580)]
    assert settled_by_codes(MARK, codes, REBOOTED) is None


@given(st.floats(-1e7, 1e7))
def test_old_codes_do_not_bear_out_a_clock_that_is_elsewhere(off_s: float) -> None:
    codes = [seen(n, T + 3600 - off_s) for n in range(5)]
    settled = settled_by_codes(MARK, codes, REBOOTED)
    if not -17 <= off_s <= 62:
        assert settled is None
    if settled is not None:
        assert settled.trusted_s >= MARK.trusted_s


def test_a_wall_clock_behind_the_mark_is_borne_out_by_nothing() -> None:
    behind = reading(T - 5000, 50.0, "b")
    assert settled_by_codes(MARK, [seen(n, T - 5000) for n in range(5)], behind) is None


def test_after_a_jump_of_the_wall_clock_codes_bear_out_the_boot_clock() -> None:
    jumped = reading(T + 9**6, 600.0)
    mark = settled_by_codes(MARK, [seen(n, T + 490, 600.0) for n in range(3)], jumped)
    assert mark is not None
    now = trusted_now(mark, reading(T + 9**6 + 10, 610.0))
    assert (now.unix_s, now.sure) == (int(T) + 510, True)
    # … and never the jumped one.
    assert settled_by_codes(MARK, [seen(n, T + 9**6, 600.0) for n in range(3)], jumped) is None


def test_codes_seen_long_ago_speak_no_more() -> None:
    codes = [seen(n, T + 3600 - 700, 50.0 - 700) for n in range(3)]
    assert settled_by_codes(MARK, codes, REBOOTED) is None


def test_without_a_mark_codes_settle_nothing() -> None:
    assert settled_by_codes(None, [seen(n, T) for n in range(5)], BOOT) is None
