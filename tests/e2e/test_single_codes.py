"""A gate that starts the program anew for each code: central hears of each before it has ended."""

from pathlib import Path

import pytest

from tests.e2e.processes import Central, central_at, exported, kiosk, sync

pytestmark = pytest.mark.e2e


def test_central_has_the_handover_when_the_program_has_ended(
    central: Central, tmp_path: Path
) -> None:
    first, second = (central.enroll(tmp_path / name) for name in ("first", "second"))
    (code,) = central.issue(1)
    answer = kiosk("redeem", "--json", "--home", first, code.text).line
    assert answer["verdict"] == "accepted"
    assert [line["state"] for line in exported(first)] == ["acked"]
    # So the next counter is told who was first, not that a claim is open somewhere.
    sync(second)
    refusal = kiosk("redeem", "--json", "--home", second, code.text).line
    assert (refusal["verdict"], refusal["at"]) == ("already_redeemed", answer["at"])


def test_without_central_it_ends_all_the_same(tmp_path: Path) -> None:
    with central_at(tmp_path / "head-office") as central:
        home = central.enroll(tmp_path / "terminal")
        (code,) = central.issue(1)
    assert kiosk("redeem", "--json", "--home", home, code.text).line["verdict"] == "accepted"
    (entry,) = exported(home)
    assert entry["state"] in {"queued", "in_flight"}
