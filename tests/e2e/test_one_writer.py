"""One process owns a home; those that only read work beside it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.equality import assert_each_once
from tests.e2e.processes import Central, Done, exported, kiosk, redeeming

pytestmark = pytest.mark.e2e


def test_a_second_writer_is_refused_and_readers_are_not(central: Central, terminal: Path) -> None:
    first, second = central.issue(2)
    with redeeming(terminal) as owner:
        assert owner.ask(first.text)["verdict"] == "accepted"
        for command in (["redeem", "--json", second.text], ["sync", "--json"]):
            refused = kiosk(*command, "--home", terminal, status=1)
            assert refused.stdout == ""
            assert f"in use by process {owner.process.pid}" in refused.stderr
            assert str(terminal) in refused.stderr

        (entry,) = exported(terminal)
        assert entry["voucher"] == first.voucher
        proof = kiosk("ledger", "verify", "--json", "--home", terminal).line
        assert (proof["ok"], proof["entries"]) == (True, 1)
        judged = kiosk("verify", "--json", "--home", terminal, second.text).line
        assert (judged["verdict"], judged["voucher"]) == ("accepted", second.voucher)
        findings = {
            line["check"]: line for line in kiosk("doctor", "--json", "--home", terminal).lines
        }
        assert findings["ledger"]["detail"] == "1 entries, the chain holds"
        assert findings["central"]["state"] == "ok"

        # The owner has felt nothing of all that.
        assert owner.ask(second.text)["seq"] == 2
        assert owner.finish().status == 0
    assert [line["seq"] for line in exported(terminal)] == [1, 2]


def test_the_lock_of_a_killed_owner_is_gone_with_it(central: Central, terminal: Path) -> None:
    with redeeming(terminal) as owner:
        (code,) = central.issue(1)
        assert owner.ask(code.text)["verdict"] == "accepted"
        owner.kill()
    assert (terminal / "lock").read_text().strip() == str(owner.process.pid)
    with redeeming(terminal) as heir:
        assert heir.ask(code.text)["verdict"] == "already_redeemed"
        assert heir.finish().status == 0


def test_of_many_that_want_to_sync_one_at_a_time_does(central: Central, terminal: Path) -> None:
    codes = central.issue(40)
    with redeeming(terminal, "--no-sync") as owner:
        for code in codes:
            assert owner.ask(code.text)["verdict"] == "accepted"
        assert owner.finish().status == 0

    def sync_once(_number: int) -> Done:
        return kiosk("sync", "--json", "--home", terminal, status=None)

    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(sync_once, range(8)))
    worked = [done for done in ended if done.status == 0]
    assert worked
    for done in ended:
        assert done in worked or f"{terminal}: in use by process" in done.stderr
    # Nobody sent what another had in hand.
    assert sum(done.line["sent"] for done in worked) == len(codes)
    mine = {line["voucher"] for line in exported(terminal)}
    assert_each_once([fact for fact in central.facts() if fact["voucher"] in mine], mine)
