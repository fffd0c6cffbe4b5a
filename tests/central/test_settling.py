"""Settlements at central: kept as facts, told to both sides, the first one of a conflict stands."""

from __future__ import annotations

import dataclasses
import json
from io import StringIO

from sqlalchemy import select

from kiosk.central.export import recorded
from kiosk.central.tables import conflicts, settlements
from kiosk.protocol.messages import ConflictChange, Outcome, RedemptionChange
from kiosk.protocol.settlement_entries import SETTLEMENT, SettlementFact, settlement_payload
from tests.central.client import Terminal
from tests.central.conftest import Shop
from tests.central.test_undo import hash_of, told, undo

KIND = "duplicate_redemption"


def settle(terminal: Terminal, disputed: bytes, other: bytes | None, **changed: object) -> bytes:
    fact = SettlementFact(disputed, KIND, "shop_bears", "断网", ("9001", "9002"), other)
    fact = dataclasses.replace(fact, **changed)  # type: ignore[arg-type]  # the test names fields
    return terminal.seal(terminal.entry(settlement_payload(fact), kind=SETTLEMENT))


def double(shop: Shop) -> tuple[Terminal, Terminal, bytes, bytes]:
    """Two terminals that handed over one voucher; what each sealed."""
    one, two = shop.terminal(), shop.terminal()
    voucher = shop.voucher()
    first, second = one.redeem(voucher), two.redeem(voucher)
    assert told(one.send(first)) == [("applied", "")]
    assert told(two.send(second)) == [("conflict", KIND)]
    return one, two, first, second


def seen(terminal: Terminal) -> dict[bytes, ConflictChange]:
    """By entry, as it was told last."""
    terminal.catch_up()
    return {c.entry: c for c in terminal.seen if isinstance(c, ConflictChange)}


def test_settled_at_either_side_both_are_told(shop: Shop) -> None:
    for side in (0, 1):
        one, two, first, second = double(shop)
        assert seen(one)[hash_of(first)].settlement is None
        settler = (one, two)[side]
        mine, theirs = (first, second) if side == 0 else (second, first)
        assert told(settler.send(settle(settler, hash_of(mine), hash_of(theirs)))) == [
            ("applied", "")
        ]
        for terminal, sealed in ((one, first), (two, second)):
            settlement = seen(terminal)[hash_of(sealed)].settlement
            assert settlement is not None
            assert (settlement.decision, settlement.note) == ("shop_bears", "断网")
            assert settlement.supervisors == ["9001", "9002"]
            assert settlement.terminal == settler.name


def test_the_first_settlement_stands_and_both_are_kept(shop: Shop) -> None:
    one, two, first, second = double(shop)
    one.send(settle(one, hash_of(first), hash_of(second)))
    later = settle(two, hash_of(second), hash_of(first), decision="customer_error")
    assert told(two.send(later)) == [("applied", "")]
    for terminal, sealed in ((one, first), (two, second)):
        settlement = seen(terminal)[hash_of(sealed)].settlement
        assert settlement is not None
        assert (settlement.decision, settlement.terminal) == ("shop_bears", one.name)
    with shop.services.database.read() as connection:
        query = select(settlements.c.decision).where(
            settlements.c.disputed.in_([hash_of(first), hash_of(second)])
        )
        assert sorted(connection.scalars(query)) == ["customer_error", "shop_bears"]


def test_nothing_else_is_settled(shop: Shop) -> None:
    one, two, first, second = double(shop)
    third = shop.terminal()
    bad = [
        (one, settle(one, hash_of(second), hash_of(first))),  # the other side's fact
        (one, settle(one, hash_of(first), None)),
        (one, settle(one, hash_of(first), hash_of(second), kind="over_redeemed")),
        (two, settle(two, hash_of(second), hash_of(second))),
        (third, settle(third, hash_of(first), hash_of(second))),
        (third, settle(third, bytes(32), None)),
    ]
    for terminal, sealed in bad:
        assert told(terminal.send(sealed)) == [("conflict", "settlement_unknown")]
    with shop.services.database.read() as connection:
        query = select(conflicts.c.state).where(conflicts.c.entry == hash_of(second))
        assert connection.scalar(query) == "open"


def test_of_three_facts_each_pair_is_settled_alone(shop: Shop) -> None:
    _, two, first, second = double(shop)
    three = shop.terminal()
    two.catch_up()
    facts = {c.entry: c for c in two.seen if isinstance(c, RedemptionChange)}
    voucher = facts[hash_of(first)].voucher
    last = three.redeem(voucher)
    assert told(three.send(last)) == [("conflict", KIND)]
    two.send(settle(two, hash_of(second), hash_of(first)))
    with shop.services.database.read() as connection:
        query = select(conflicts.c.entry, conflicts.c.state).where(
            conflicts.c.entry.in_([hash_of(second), hash_of(last)])
        )
        assert {row.entry: row.state for row in connection.execute(query)} == {
            hash_of(second): "settled",
            hash_of(last): "open",
        }


def test_a_conflict_and_its_settlement_in_one_batch(shop: Shop) -> None:
    """As after a loss, when everything is handed in again."""
    one, two = shop.terminal(), shop.terminal()
    voucher = shop.voucher()
    first, second = one.redeem(voucher), two.redeem(voucher)
    one.send(first)
    settled = settle(two, hash_of(second), hash_of(first))
    outcomes: list[Outcome] = two.send(second, settled)
    assert told(outcomes) == [("conflict", KIND), ("applied", "")]
    assert [o.state for o in two.send(second, settled)] == ["duplicate"] * 2
    assert seen(one)[hash_of(first)].settlement is not None


def test_a_repeated_undo_is_settled_like_any_other(shop: Shop) -> None:
    terminal = shop.terminal()
    voucher = shop.voucher()
    first = terminal.redeem(voucher)
    again = undo(terminal, first, voucher)
    terminal.send(first, again, second := undo(terminal, first, voucher))
    sealed = settle(terminal, hash_of(second), hash_of(first), kind="undo_repeated")
    assert told(terminal.send(sealed)) == [("applied", "")]
    assert seen(terminal)[hash_of(second)].settlement is not None


def test_bad_settlements_are_quarantined(shop: Shop) -> None:
    one, _, first, second = double(shop)
    [outcome] = one.send(settle(one, hash_of(first), hash_of(second), note=""))
    assert (outcome.state, outcome.why) == ("quarantined", "entry_settlement")


def test_export_tells_it(shop: Shop) -> None:
    one, _, first, second = double(shop)
    one.send(settle(one, hash_of(first), hash_of(second)))
    out = StringIO()
    with shop.services.database.read() as connection:
        lines = list(recorded(connection))
    json.dump(lines, out)
    [line] = [x for x in lines if x.get("settles") == hash_of(first).hex()]
    assert (line["kind"], line["settled_kind"], line["decision"]) == (
        "settlement", KIND, "shop_bears",
    )  # fmt: skip
    assert (line["note"], line["supervisors"]) == ("断网", ["9001", "9002"])
