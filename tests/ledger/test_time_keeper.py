"""The mark survives a restart; a clock that was set never widens anything."""

from __future__ import annotations

from kiosk.ledger.home import Home
from tests.fakes import NOW_S, FakeClock, Issuer, opened
from tests.ledger.test_redeem import draft


def test_time_goes_on_over_a_restart_of_the_program(home: Home, clock: FakeClock) -> None:
    clock.pass_s(100)
    with opened(home, clock) as ledger:
        assert ledger.time.now().unix_s == NOW_S + 100
        assert ledger.time.now().sure


def test_a_commit_carries_the_mark_over_a_reboot(
    home: Home, clock: FakeClock, issuer: Issuer
) -> None:
    with opened(home, clock) as ledger:
        clock.pass_s(5000)
        ledger.store.commit_redemption(draft(issuer.code()))
    clock.reboot()
    clock.wall_s = 0.0  # a dead battery
    with opened(home, clock) as ledger:
        now = ledger.time.now()
        assert now.unix_s >= NOW_S + 5000
        assert now.reason == "wall_clock_behind"
        ledger.time.settle(NOW_S + 6000.0)
        assert ledger.time.now().sure
        assert ledger.time.now().unix_s == NOW_S + 6000


def test_a_wall_clock_far_ahead_does_not_lock_the_terminal_out(
    home: Home, clock: FakeClock, issuer: Issuer
) -> None:
    clock.reboot()
    clock.wall_s = NOW_S + 10.0**9
    with opened(home, clock) as ledger:
        ledger.store.commit_redemption(draft(issuer.code()))
        ledger.time.settle(NOW_S + 60.0)
        assert ledger.time.now().unix_s == NOW_S + 60


def test_a_jump_while_running_is_seen_and_central_settles_it(home: Home, clock: FakeClock) -> None:
    with opened(home, clock) as ledger:
        clock.wall_s -= 3600
        assert ledger.time.now().reason == "wall_clock_changed"
        assert ledger.time.now().unix_s == NOW_S
        ledger.time.settle(NOW_S + 1.0)
        assert ledger.time.now().sure
