"""Undo at a counter, on a real ledger: who may, until when, and what may be handed over again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.counter.desk import Desk
from kiosk.counter.undo import UndoRequest, undo
from kiosk.domain.undo import Undone, UndoRefusal
from kiosk.domain.vouchers import CodeOptions, Item, Tier
from kiosk.protocol import messages as m
from kiosk.protocol.entries import open_sealed
from kiosk.protocol.undo_entries import UndoFact, undo_fact
from kiosk.protocol.verifier import CodeVerifier
from tests.counter.conftest import Counter
from tests.fakes import NOW_S

ONE = (Item("A", 1),)


@pytest.fixture
def counter(counter: Counter) -> Counter:
    counter.learn(
        m.StaffChange("9001", "李店长", "supervisor", "scrypt$00$00"),
        m.StaffChange("1001", "王小满", "clerk", "scrypt$00$00"),
        m.StockChange("A", 9),
    )
    return counter


def take_back(
    counter: Counter,
    seq: int = 1,
    reason: str = "拿错了",
    supervisor: str = "9001",
    **more: int | str,
) -> Undone | UndoRefusal:
    request = UndoRequest(seq, supervisor, reason, **more)  # type: ignore[arg-type]
    return undo(request, store=counter.ledger.store, central=counter.central)


def done(result: Undone | UndoRefusal) -> Undone:
    assert isinstance(result, Undone), result
    return result


def redeemed(counter: Counter, text: str, *items: Item) -> int:
    handover = counter.hand_over(counter.scan(text), *items)
    assert handover.seq is not None, handover.verdict
    return handover.seq


def on_hand(counter: Counter) -> int:
    return counter.ledger.store.on_hand(("A",))["A"]


def test_a_voucher_may_be_redeemed_again(counter: Counter) -> None:
    text = counter.issuer.text(items=ONE)
    redeemed(counter, text)
    assert counter.refusal(text) == "already_redeemed:nothing_left"
    assert on_hand(counter) == 8
    nudges = counter.central.nudges
    result = done(take_back(counter))
    assert (result.seq, result.at_s, result.supervisor) == (2, NOW_S, "9001")
    assert not result.repeated
    assert counter.central.nudges == nudges + 1
    assert on_hand(counter) == 9
    assert redeemed(counter, text) == 3
    assert on_hand(counter) == 8
    assert counter.refusal(text) == "already_redeemed:nothing_left"
    assert counter.ledger.prove_chain().fault is None


def test_the_entry_says_who_what_and_why(counter: Counter) -> None:
    code = counter.issuer.code(items=(Item("A", 2), Item("B", 1, 4)))
    redeemed(counter, counter.issuer.text(code))
    take_back(counter, reason="  顾客\n拿错了 ", staff="1001")
    first, second = counter.ledger.outbox.take(9, 10**6)
    entry = open_sealed(second.sealed, counter.ledger.identity.key.public_key())
    assert entry.head.staff == "1001"
    assert undo_fact(entry) == UndoFact(
        first.hash, code.voucher, (Item("A", 2), Item("B", 1, 4)), "顾客 拿错了", "9001"
    )


def test_a_second_time_is_the_same_fact_however_late(counter: Counter) -> None:
    redeemed(counter, counter.issuer.text(items=ONE))
    first = done(take_back(counter))
    counter.clock.pass_s(9999)
    again = done(take_back(counter, reason="noch einmal"))
    assert again.repeated
    assert (again.seq, again.at_s) == (first.seq, first.at_s)
    assert counter.ledger.prove_chain().entries == 2
    assert on_hand(counter) == 9


def test_of_two_partial_pickups_one_is_undone(counter: Counter) -> None:
    text = counter.issuer.text(items=(Item("A", 3),))
    redeemed(counter, text, Item("A", 2))
    counter.clock.pass_s(1)
    redeemed(counter, text, Item("A", 1))
    assert counter.refusal(text) == "already_redeemed:nothing_left"
    take_back(counter, 1)
    card = counter.scan(text).open_card()
    assert card.left == (Item("A", 2),)
    assert card.earlier is not None
    assert card.earlier.at_s == NOW_S + 1
    take_back(counter, 2)
    card = counter.scan(text).open_card()
    assert (card.left, card.earlier) == ((Item("A", 3),), None)
    assert [row.undone for row in counter.ledger.store.recent(9)] == [True, True]


# --- who and when -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked, refusal",
    [
        ({"supervisor": "1001"}, UndoRefusal.NOT_A_SUPERVISOR),
        ({"supervisor": "nobody"}, UndoRefusal.NOT_A_SUPERVISOR),
        ({"reason": " "}, UndoRefusal.REASON_UNUSABLE),
        ({"reason": "x" * 501}, UndoRefusal.REASON_UNUSABLE),
        ({"reason": "a\x00b"}, UndoRefusal.REASON_UNUSABLE),
        ({"seq": 2}, UndoRefusal.UNKNOWN_REDEMPTION),
        ({"seq": 0}, UndoRefusal.UNKNOWN_REDEMPTION),
        ({"epoch": 2}, UndoRefusal.UNKNOWN_REDEMPTION),
    ],
)
def test_refusals_write_nothing(
    counter: Counter, asked: dict[str, int | str], refusal: UndoRefusal
) -> None:
    redeemed(counter, counter.issuer.text(items=ONE))
    assert take_back(counter, **asked) is refusal  # type: ignore[arg-type]
    assert counter.ledger.prove_chain().entries == 1
    assert isinstance(take_back(counter, epoch=1), Undone)


def test_a_supervisor_who_left_may_no_more(counter: Counter) -> None:
    redeemed(counter, counter.issuer.text(items=ONE))
    counter.learn(m.StaffChange("9001", "李店长", "supervisor", "scrypt$00$00", active=False))
    assert take_back(counter) is UndoRefusal.NOT_A_SUPERVISOR


def test_an_undo_cannot_be_undone(counter: Counter) -> None:
    redeemed(counter, counter.issuer.text(items=ONE))
    take_back(counter)
    assert take_back(counter, 2) is UndoRefusal.UNKNOWN_REDEMPTION


def test_the_policy_sets_the_time(counter: Counter) -> None:
    counter.govern(undo_within_s=600)
    redeemed(counter, counter.issuer.text(items=ONE))
    redeemed(counter, counter.issuer.text(items=ONE))
    counter.clock.pass_s(600)
    assert isinstance(take_back(counter, 1), Undone)
    counter.clock.pass_s(1)
    assert take_back(counter, 2) is UndoRefusal.TOO_LATE


def test_a_clock_turned_back_opens_nothing(counter: Counter) -> None:
    redeemed(counter, counter.issuer.text(items=ONE))
    counter.clock.pass_s(4000)
    counter.ledger.time.settle(float(NOW_S + 4000))
    counter.clock.wall_s -= 4000
    assert take_back(counter) is UndoRefusal.TOO_LATE
    counter.clock.reboot()
    assert take_back(counter) is UndoRefusal.TOO_LATE


def test_nobody_knows_how_long_the_terminal_was_off(counter: Counter) -> None:
    redeemed(counter, counter.issuer.text(items=ONE))
    counter.clock.reboot()
    assert take_back(counter) is UndoRefusal.CLOCK_UNTRUSTED
    counter.ledger.time.settle(float(NOW_S + 60))
    assert isinstance(take_back(counter), Undone)


# --- showings ---------------------------------------------------------------------------------


def showings(counter: Counter) -> tuple[Callable[[], str], Callable[[], str]]:
    """What a V2 and a V3 phone show now, one voucher each."""
    v2 = counter.issuer.code(tier=Tier.V2, items=ONE)
    phone, inner = Ed25519PrivateKey.generate(), counter.issuer.code(tier=Tier.V3, items=ONE)

    def fresh() -> str:
        counter.issuer.now_s = int(counter.clock.wall_s)
        return counter.issuer.text(tier=Tier.V2, voucher=v2.voucher, items=ONE)

    def signed() -> str:
        now_s = int(counter.clock.wall_s)
        return counter.issuer.showing(phone, now_s, voucher=inner.voucher, items=ONE)

    return fresh, signed


@pytest.mark.parametrize("which", [0, 1], ids=["V2", "V3"])
def test_a_used_showing_stays_used_and_a_fresh_one_is_redeemed(
    counter: Counter, which: int
) -> None:
    show = showings(counter)[which]
    text = show()
    prepared = counter.scan(text)
    counter.hand_over(prepared)
    take_back(counter)
    assert counter.refusal(text) == "stale:showing_undone"
    # A card that is still open, or its retry, is the same showing.
    late = counter.hand_over(prepared)
    assert (late.seq, late.verdict.reason) == (None, "showing_undone")
    counter.clock.pass_s(30)
    assert redeemed(counter, show()) == 3


def test_an_open_card_of_a_static_code_is_not_confirmed_again(counter: Counter) -> None:
    prepared = counter.scan(counter.issuer.text(items=ONE))
    counter.hand_over(prepared)
    take_back(counter)
    late = counter.hand_over(prepared)
    assert (late.seq, late.verdict.reason) == (None, "showing_undone")


def test_it_does_not_count_for_its_holder(counter: Counter) -> None:
    counter.govern(holder_max_redemptions=1)
    options = CodeOptions(holder=b"pseudony")
    redeemed(counter, counter.issuer.text(items=ONE, options=options))
    other = counter.issuer.text(items=ONE, options=options)
    assert counter.refusal(other) == "needs_review:holder_velocity"
    take_back(counter)
    assert redeemed(counter, other) == 3


def test_the_desk_undoes_on_its_own_thread(counter: Counter) -> None:
    redeemed(counter, counter.issuer.text(items=ONE))
    desk = Desk(
        verifier=CodeVerifier(counter.ledger.trust.key_set),
        store=counter.ledger.store,
        central=counter.central,
        clock=counter.clock,
    )
    try:
        refused = desk.undo(UndoRequest(1, "1001", "拿错了")).result()
        result = desk.undo(UndoRequest(1, "9001", "拿错了")).result()
    finally:
        desk.close()
    assert refused is UndoRefusal.NOT_A_SUPERVISOR
    assert isinstance(result, Undone)
