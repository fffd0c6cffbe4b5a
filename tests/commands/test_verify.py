"""``kiosk verify --explain``: what each check looked at and what it found."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.__main__ import main
from kiosk.devices.system_clock import SystemClock
from kiosk.domain.verification import CHECKS
from kiosk.ledger.home import Home, HomeLock
from kiosk.ledger.terminal_ledger import TerminalLedger
from kiosk.protocol import messages as m
from tests.fakes import Issuer


def explained(capsys: pytest.CaptureFixture[str], home: Path, text: str) -> dict[str, object]:
    arguments = ["verify", "--home", str(home), "--explain", "--json", text]
    assert main(arguments) == 0
    answer: dict[str, object] = json.loads(capsys.readouterr().out)
    return answer


def test_every_check_of_a_good_code_is_told(
    home: Path, issuer: Issuer, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = explained(capsys, home, issuer.text())
    checks = answer["checks"]
    assert isinstance(checks, list)
    names = [check["check"] for check in checks]
    assert names == [
        "form",
        "key",
        "issuer signature",
        "claims",
        *(c.name for c in CHECKS),
        "ledger",
    ]
    assert {check["result"] for check in checks} == {"ok"}
    assert checks[4]["inputs"] == {"code for": ["S001"], "here": "S001"}


@pytest.mark.parametrize(
    "store, ends_in_s, last, result",
    [
        ("S009", 60, "store", "wrong_store: audience"),
        ("S001", 0, "dates", "expired: expired"),
    ],
)
def test_it_ends_with_the_check_that_refused(
    home: Path,
    issuer: Issuer,
    capsys: pytest.CaptureFixture[str],
    store: str,
    ends_in_s: int,
    last: str,
    result: str,
) -> None:
    answer = explained(
        capsys, home, issuer.text(stores=(store,), expires_at_s=issuer.now_s + ends_in_s)
    )
    checks = answer["checks"]
    assert isinstance(checks, list)
    assert (checks[-1]["check"], checks[-1]["result"]) == (last, result)


def test_a_forged_code_is_explained_as_far_as_it_was_believed(
    home: Path, issuer: Issuer, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger = Issuer()
    _, key = next(iter(stranger.keys.values()))
    own_id, _ = next(iter(issuer.keys.values()))
    stranger.keys = dict.fromkeys(stranger.keys, (own_id, key))
    answer = explained(capsys, home, stranger.text())
    checks = answer["checks"]
    assert isinstance(checks, list)
    assert checks[-1]["result"] == "bad_signature: issuer_signature"
    assert answer["voucher"] is None


def test_it_knows_what_the_terminal_knows(
    home: Path, issuer: Issuer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "home"
    shutil.copytree(home, own)
    withdrawn, redeemed = issuer.code(), issuer.code()
    with HomeLock(Home(own)), closing(TerminalLedger(Home(own), SystemClock())) as ledger:
        lines = [m.Line(item.sku, item.quantity) for item in withdrawn.items]
        change = m.VoucherChange(withdrawn.voucher, 2, "revoked", issuer.now_s + 99, lines)
        ledger.replica.apply(m.ChangesAnswer("cursor", [change], float(issuer.now_s)))
        gone = [m.Line(item.sku, item.quantity) for item in redeemed.items]
        ledger.replica.learn(
            [m.RedemptionChange(bytes(32), redeemed.voucher, gone, 1, "S001", "S001-T02")]
        )
    assert explained(capsys, own, issuer.text(withdrawn))["verdict"] == "revoked"
    assert explained(capsys, own, issuer.text(redeemed))["verdict"] == "already_redeemed"


def test_people_get_a_line_a_check(
    home: Path, issuer: Issuer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "--home", str(home), "--explain", "x"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0].startswith("malformed (charset)")
    assert "form" in out.splitlines()[1]
