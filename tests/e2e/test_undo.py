"""Undo with real processes: handed over, taken back, handed over at another counter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from kiosk.central import tables
from kiosk.central.services import open_services
from kiosk.domain.policy import Policy
from tests.e2e.equality import assert_equal
from tests.e2e.processes import PINS, STORE, Central, Line, central_at, kiosk, redeeming, sync

pytestmark = pytest.mark.e2e

SKU = "CRAB-4M"
PATIENT = Policy(claim_wait_s=30.0)
"""However busy the machine is: what is tested is what central answers, not how soon."""


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    """A central of its own: its policy is changed, and all that it has recorded is compared."""
    with central_at(tmp_path / "head-office") as served:
        yield served


def redeem(home: Path, text: str) -> Line:
    with redeeming(home) as counter:
        answer = counter.ask(text)
        assert counter.finish().status == 0
    return answer


def undo(home: Path, seq: int, staff: str, *options: str, pin: str = "", status: int = 0) -> Line:
    words = ["undo", str(seq), "--staff", staff, "--reason", "顾客拿错了", *options]
    given = f"{pin or PINS.get(staff, '000000')}\n"
    return kiosk(*words, "--json", "--home", home, given=given, status=status).line


def stock(home: Path, *words: str) -> Line:
    given = f"{PINS['9001']}\n"
    return kiosk("stock", *words, "--staff", "9001", "--json", "--home", home, given=given).line


def on_hand(central: Central) -> int:
    shelf, services = tables.stock.c, open_services(central.home, None)
    try:
        with services.database.read() as connection:
            query = select(shelf.on_hand).where(shelf.store == STORE, shelf.sku == SKU)
            return int(connection.execute(query).scalar_one())
    finally:
        services.close()


def test_redeemed_undone_and_redeemed_at_another_counter(central: Central, tmp_path: Path) -> None:
    central.set_policy(PATIENT)
    first, second = (central.enroll(tmp_path / name) for name in ("first", "second"))
    before = on_hand(central)
    [code] = central.issue(1)
    handed_over = redeem(first, code.text)
    assert handed_over["verdict"] == "accepted"
    sync(second)
    assert redeem(second, code.text)["verdict"] == "already_redeemed"

    assert undo(first, 1, "1001", status=1) == {"undone": False, "reason": "not_a_supervisor"}
    assert undo(first, 1, "9001", pin="111111", status=1)["reason"] == "wrong_pin"
    assert undo(first, 7, "9001", status=1)["reason"] == "unknown_redemption"
    done = undo(first, 1, "9001")
    assert (done["undone"], done["seq"], done["voucher"]) == (True, 2, code.voucher)
    assert done["items"] == [[SKU, 1, None]]
    again = undo(first, 1, "9001", "--no-sync")
    assert (again["seq"], again["at"], again["repeated"]) == (2, done["at"], True)

    sync(second)
    assert on_hand(central) == before
    assert redeem(second, code.text)["verdict"] == "accepted"
    for home in (first, second):
        assert sync(home)["open_conflicts"] == 0
    assert redeem(first, code.text)["verdict"] == "already_redeemed"
    recorded = assert_equal(central, [first, second])
    told = [(line["kind"], line["state"]) for line in recorded if line["voucher"] == code.voucher]
    assert told == [("redemption", "applied"), ("undo", "applied"), ("redemption", "applied")]
    assert on_hand(central) == before - 1

    # The shelf is counted and one thing breaks: both counters and central come to the same.
    count = stock(second, "count", SKU, str(before - 2))
    assert (count["before"], count["after"]) == (before - 1, before - 2)
    sync(first)
    broken = stock(first, "adjust", SKU, "-1", "--reason", "摔碎了")
    assert (broken["before"], broken["after"]) == (before - 2, before - 3)
    sync(second)
    assert on_hand(central) == before - 3
    for home in (first, second):
        lines = kiosk("stock", "list", "--json", "--home", home).lines
        assert {line["sku"]: line["on_hand"] for line in lines}[SKU] == before - 3
    # Below 0 is a conflict that both sides of the till can see.
    stock(second, "adjust", SKU, str(-before), "--reason", "丢失")
    assert sync(second)["open_conflicts"] == 1
    [conflict] = kiosk("conflicts", "list", "--json", "--home", second).lines
    assert (conflict["kind"], conflict["other"]["items"]) == ("stock_negative", [[SKU, 3, None]])
    assert_equal(central, [first, second])
