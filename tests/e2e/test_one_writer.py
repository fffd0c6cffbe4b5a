"""One process owns a home; those that only read work beside it."""

from pathlib import Path

import pytest

from tests.e2e.processes import Central, exported, kiosk, redeeming

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
