"""What becomes of entries: an outcome for each, and nothing handed in is ever lost."""

from __future__ import annotations

import dataclasses
import secrets
import time
from collections import Counter

import base45
import pytest
from sqlalchemy import select

from kiosk.central.judging import EXPIRY_GRACE_S
from kiosk.central.tables import conflicts, entries, quarantine
from kiosk.central.vouchers import MAX_LINES, code_text, draft_voucher, withdraw
from kiosk.domain.clock import Confidence, Instant
from kiosk.domain.vouchers import Item, PickupCode, Tier, VoucherState
from kiosk.protocol import cbor, cose
from kiosk.protocol.codes import encode_code
from kiosk.protocol.entries import RedemptionFact, redemption_payload
from kiosk.protocol.keyset import RECEIPTS, open_key_set
from kiosk.protocol.messages import (
    ConflictChange,
    Outcome,
    RedemptionChange,
    StockChange,
    VoucherChange,
)
from kiosk.protocol.trust import root_key_from
from tests.central.conftest import NEIGHBOUR, STORE, Shop, together

BOX = Item("MOON-8", 1)


def at(seconds: int) -> Instant:
    return Instant(seconds, Confidence.CARRIED)


def states(outcomes: list[Outcome]) -> list[str]:
    return [outcome.state for outcome in outcomes]


def stock_of(shop: Shop, store: str = STORE) -> dict[str, int]:
    seen = shop.terminal(store).catch_up()
    return {change.sku: change.count for change in seen if isinstance(change, StockChange)}


# --- applied and repeated ---------------------------------------------------------------------


def test_applies_in_order_and_repeats_the_same_answer(shop: Shop) -> None:
    terminal = shop.terminal()
    sealed = [terminal.redeem(shop.voucher()) for _ in range(3)]
    first = terminal.send(*sealed)
    again = terminal.send(*sealed)
    assert states(first) == ["applied"] * 3
    assert states(again) == ["duplicate"] * 3
    assert [o.entry for o in again] == [o.entry for o in first]
    assert [o.receipt for o in again] == [o.receipt for o in first]


def test_a_repetition_inside_one_batch_is_a_duplicate(shop: Shop) -> None:
    terminal = shop.terminal()
    one, two = terminal.redeem(shop.voucher()), terminal.redeem(shop.voucher())
    outcomes = terminal.send(one, one, two, one)
    assert states(outcomes) == ["applied", "duplicate", "applied", "duplicate"]
    assert outcomes[0].receipt == outcomes[1].receipt


def test_the_same_batch_twice_at_the_same_moment_counts_once(shop: Shop) -> None:
    terminal = shop.terminal()
    sealed = [terminal.redeem(shop.voucher()) for _ in range(5)]
    terminal.headers()
    answers = together(*[lambda: terminal.send(*sealed)] * 4)
    tally = Counter(outcome.state for outcomes in answers for outcome in outcomes)
    assert tally == {"applied": 5, "duplicate": 15}


def test_an_empty_batch_is_fine(shop: Shop) -> None:
    assert shop.terminal().send() == []


def test_receipts_verify_under_the_key_set(shop: Shop) -> None:
    terminal = shop.terminal()
    [outcome] = terminal.send(terminal.redeem(shop.voucher()))
    key_set = open_key_set(terminal.identity.key_set, root_key_from(terminal.identity.root_key))
    message = cose.parse_sign1(outcome.receipt)
    [key] = key_set.find(message.key_id, RECEIPTS)
    assert cose.verifies(message, key.key)
    payload = cbor.decode(message.payload)
    assert isinstance(payload, dict)
    assert (payload[1], payload[2]) == (outcome.entry, "applied")
    assert abs(int(str(payload[3])) - time.time()) < 5


def test_stock_moves_and_the_feed_says_up_to_which_entry(shop: Shop) -> None:
    terminal = shop.terminal()
    terminal.catch_up()
    before = stock_of(shop)
    voucher = shop.voucher(Item("LIP-01", 2), Item("NOT-COUNTED", 1))
    terminal.send(terminal.redeem(voucher, Item("LIP-01", 2), Item("NOT-COUNTED", 1)))
    page = terminal.changes()
    counts = {c.sku: c.count for c in page.changes if isinstance(c, StockChange)}
    assert counts == {"LIP-01": before["LIP-01"] - 2}
    assert (page.through_epoch, page.through_seq) == (terminal.epoch, terminal.seq)


def test_kinds_that_this_version_does_not_know_are_kept(shop: Shop) -> None:
    terminal = shop.terminal()
    sealed = terminal.seal(terminal.entry({1: b"\1" * 32, 2: "mistake"}, kind="later"))
    assert states(terminal.send(sealed, terminal.redeem(shop.voucher()))) == ["applied"] * 2
    with shop.services.database.read() as connection:
        kept = connection.scalar(select(entries.c.sealed).where(entries.c.kind == "later"))
    assert kept == sealed


# --- conflicts --------------------------------------------------------------------------------


def test_the_second_of_two_terminals_is_a_conflict_that_both_see(shop: Shop) -> None:
    first, second = shop.terminal(), shop.terminal()
    first.catch_up()
    second.catch_up()
    before = stock_of(shop)
    voucher = shop.voucher()
    [applied] = first.send(first.redeem(voucher))
    [conflict] = second.send(second.redeem(voucher))
    assert (conflict.state, conflict.kind) == ("conflict", "duplicate_redemption")
    assert conflict.other is not None
    assert (conflict.other.entry, conflict.other.terminal) == (applied.entry, first.name)
    assert stock_of(shop)["TEA-LJ"] == before["TEA-LJ"] - 2  # the goods are gone twice

    told = [c for c in first.catch_up() if isinstance(c, RedemptionChange | ConflictChange)]
    assert {c.entry for c in told if isinstance(c, RedemptionChange)} == {
        applied.entry,
        conflict.entry,
    }
    [here] = [c for c in told if isinstance(c, ConflictChange)]
    assert (here.entry, here.kind) == (applied.entry, "duplicate_redemption")
    assert here.other is not None
    assert (here.other.entry, here.other.terminal) == (conflict.entry, second.name)
    [there] = [c for c in second.catch_up() if isinstance(c, ConflictChange)]
    assert there == ConflictChange(conflict.entry, conflict.kind, conflict.other)

    [again] = second.send(second.made[-1])
    assert (again.state, again.kind, again.other) == ("duplicate", conflict.kind, conflict.other)


def test_partial_pickups_add_up(shop: Shop) -> None:
    first, second = shop.terminal(), shop.terminal()
    voucher = shop.voucher(Item("LIP-01", 3))
    assert states(first.send(first.redeem(voucher, Item("LIP-01", 2)))) == ["applied"]
    [over] = second.send(second.redeem(voucher, Item("LIP-01", 2)))
    assert (over.kind, over.other and over.other.terminal) == ("over_redeemed", first.name)
    [late] = first.send(first.redeem(voucher, Item("LIP-01", 1)))
    assert late.kind == "duplicate_redemption"


def test_bundles_and_loose_items_of_one_sku_are_counted_apart(shop: Shop) -> None:
    terminal = shop.terminal()
    voucher = shop.voucher(Item("CHARGER", 1), Item("CHARGER", 1, 7))
    assert states(terminal.send(terminal.redeem(voucher, Item("CHARGER", 1, 7)))) == ["applied"]
    assert states(terminal.send(terminal.redeem(voucher, Item("CHARGER", 1)))) == ["applied"]
    [more] = terminal.send(terminal.redeem(voucher, Item("CHARGER", 1)))
    assert more.kind == "duplicate_redemption"


def test_more_than_the_voucher_gives_is_over_redeemed(shop: Shop) -> None:
    terminal = shop.terminal()
    [outcome] = terminal.send(terminal.redeem(shop.voucher(), Item("TEA-LJ", 2)))
    assert (outcome.kind, outcome.other) == ("over_redeemed", None)


@pytest.mark.parametrize(
    "state, before_s, kind",
    [
        (VoucherState.REVOKED, 60, "revoked_before"),
        (VoucherState.REVOKED, -60, ""),  # handed over before it was revoked
        (VoucherState.REFUNDED, 60, "refunded_before"),
        (VoucherState.REFUNDED, -60, "refunded_before"),  # money and goods are both gone
    ],
)
def test_withdrawn_vouchers(shop: Shop, state: VoucherState, before_s: int, kind: str) -> None:
    terminal, voucher = shop.terminal(), shop.voucher()
    now_s = int(time.time())
    shop.services.database.write(lambda tx: withdraw(tx, voucher, state, now_s - before_s))
    [outcome] = terminal.send(terminal.redeem(voucher, now=at(now_s)))
    assert outcome.kind == kind
    assert outcome.state == ("conflict" if kind else "applied")


def test_expiry_leaves_time_for_an_open_card(shop: Shop) -> None:
    terminal, now_s = shop.terminal(), int(time.time())
    on_time = terminal.redeem(shop.voucher(expires_in_s=10), now=at(now_s + EXPIRY_GRACE_S))
    late = terminal.redeem(shop.voucher(expires_in_s=10), now=at(now_s + EXPIRY_GRACE_S + 15))
    assert [o.kind for o in terminal.send(on_time, late)] == ["", "expired_before"]


def test_a_voucher_of_another_store(shop: Shop) -> None:
    home, away = shop.terminal(STORE), shop.terminal(NEIGHBOUR)
    home.catch_up()
    voucher = shop.voucher()
    [outcome] = away.send(away.redeem(voucher))
    assert outcome.kind == "wrong_store"
    # Its own store must know, or it would hand over once more.
    told = [c for c in home.catch_up() if isinstance(c, RedemptionChange)]
    assert [c.terminal for c in told] == [away.name]


def test_vouchers_for_several_and_for_all_stores(shop: Shop) -> None:
    here, there = shop.terminal(STORE), shop.terminal(NEIGHBOUR)
    for stores in ((STORE, NEIGHBOUR), None):
        here.catch_up()
        there.catch_up()
        voucher = shop.voucher(stores=stores)
        assert voucher in [c.voucher for c in here.catch_up() if isinstance(c, VoucherChange)]
        assert voucher in [c.voucher for c in there.catch_up() if isinstance(c, VoucherChange)]
        assert states(there.send(there.redeem(voucher))) == ["applied"]
        told = [c for c in here.catch_up() if isinstance(c, RedemptionChange)]
        assert [c.voucher for c in told] == [voucher]
        assert here.claim(voucher).redemptions[0].terminal == there.name


def test_all_contradictions_are_recorded_the_worst_is_told(shop: Shop) -> None:
    first, second = shop.terminal(), shop.terminal(NEIGHBOUR)
    voucher = shop.voucher()
    first.send(first.redeem(voucher))
    shop.services.database.write(
        lambda tx: withdraw(tx, voucher, VoucherState.REVOKED, int(time.time()) - 60)
    )
    [outcome] = second.send(second.redeem(voucher))
    assert outcome.kind == "duplicate_redemption"
    with shop.services.database.read() as connection:
        kinds = connection.scalars(
            select(conflicts.c.kind).where(conflicts.c.entry == outcome.entry)
        ).all()
    assert set(kinds) == {"duplicate_redemption", "revoked_before", "wrong_store"}


def test_a_made_up_redemption_reduces_a_voucher_in_no_other_store(shop: Shop) -> None:
    home, away = shop.terminal(STORE), shop.terminal(NEIGHBOUR)
    home.catch_up()
    away.catch_up()
    for stores, kind in (((STORE,), "wrong_store"), ((STORE, NEIGHBOUR), "unknown_voucher")):
        home.catch_up()
        [issued, other] = shop.issue(count=2, stores=stores)
        voucher = issued.voucher.voucher
        forged = f"{issued.text[:-6]}000000"
        made_up = [away.redeem(voucher, text=text) for text in ("", forged, other.text)]
        outcomes = away.send(*made_up)
        assert all(outcome.state == "conflict" for outcome in outcomes)
        assert outcomes[0].kind == kind
        told = [c for c in home.catch_up() if isinstance(c, RedemptionChange | ConflictChange)]
        assert told == []
        assert home.claim(voucher).redemptions == []
        assert states(home.send(home.redeem(voucher))) == ["applied"]
        # Its own store goes by its own word, and sees what the customer really had.
        seen = [c for c in away.catch_up() if isinstance(c, RedemptionChange)]
        assert {c.entry for c in seen if c.terminal == away.name} == {o.entry for o in outcomes}


def test_a_made_up_redemption_accuses_nobody_elsewhere(shop: Shop) -> None:
    home, away = shop.terminal(STORE), shop.terminal(NEIGHBOUR)
    voucher = shop.voucher()
    home.send(home.redeem(voucher))
    home.catch_up()
    [outcome] = away.send(away.redeem(voucher, text=""))
    assert outcome.kind == "duplicate_redemption"
    assert not [c for c in home.catch_up() if isinstance(c, ConflictChange)]


def test_in_its_own_store_an_unproved_redemption_counts_and_is_flagged(shop: Shop) -> None:
    first, second, voucher = shop.terminal(), shop.terminal(), shop.voucher()
    [outcome] = first.send(first.redeem(voucher, text=""))
    assert (outcome.state, outcome.kind) == ("conflict", "unknown_voucher")
    assert [r.entry for r in second.claim(voucher).redemptions] == [outcome.entry]
    [again] = second.send(second.redeem(voucher))
    assert again.kind == "duplicate_redemption"


def test_facts_about_a_voucher_before_it_is_known_do_not_spoil_it(shop: Shop) -> None:
    """Who learns an id early cannot use it up for the store that the voucher is for."""
    home, away = shop.terminal(STORE), shop.terminal(NEIGHBOUR)
    draft = draft_voucher((STORE,), (BOX,), int(time.time()) + 3600)
    [early] = away.send(away.redeem(draft.voucher, BOX))
    assert early.kind == "unknown_voucher"
    text = code_text(draft, Tier.V1, shop.services.keys, int(time.time()))
    assert states(home.send(home.redeem(draft.voucher, BOX, text=text))) == ["applied"]


# --- vouchers that central does not know ------------------------------------------------------


def test_a_signed_code_makes_an_unknown_voucher_known(shop: Shop) -> None:
    first, second = shop.terminal(), shop.terminal()
    first.catch_up()
    now_s = int(time.time())
    for tier in (Tier.V1, Tier.V2):
        draft = draft_voucher((STORE,), (BOX,), now_s + 3600)
        text = code_text(draft, tier, shop.services.keys, now_s)
        assert states(first.send(first.redeem(draft.voucher, BOX, text=text))) == ["applied"]
        adopted = [c for c in first.catch_up() if isinstance(c, VoucherChange)]
        assert [(c.voucher, c.items[0].sku) for c in adopted] == [(draft.voucher, BOX.sku)]
        [again] = second.send(second.redeem(draft.voucher, BOX, text=text))
        assert again.kind == "duplicate_redemption"


def test_without_a_good_signature_it_stays_unknown(shop: Shop) -> None:
    terminal, now_s = shop.terminal(), int(time.time())
    draft, other = (draft_voucher((STORE,), (BOX,), now_s + 3600) for _ in range(2))
    text = code_text(draft, Tier.V1, shop.services.keys, now_s)
    forged = f"{text[:-6]}000000"
    entries_sent = [
        terminal.redeem(secrets.token_bytes(16), BOX),
        terminal.redeem(draft.voucher, BOX, text=forged),
        terminal.redeem(other.voucher, BOX, text=text),  # a good code, but of another voucher
    ]
    outcomes = terminal.send(*entries_sent)
    assert [o.kind for o in outcomes] == ["unknown_voucher"] * 3


# --- the chain --------------------------------------------------------------------------------


def test_a_gap_is_told_and_the_fact_counts(shop: Shop) -> None:
    terminal = shop.terminal()
    terminal.send(terminal.redeem(shop.voucher()))
    lost = terminal.redeem(shop.voucher())
    voucher = shop.voucher()
    [outcome] = terminal.send(terminal.redeem(voucher))
    assert (outcome.state, outcome.kind) == ("conflict", "chain_gap")
    assert [r.entry for r in terminal.claim(voucher).redemptions] == [outcome.entry]
    assert states(terminal.send(lost)) == ["applied"]  # it may still come


def test_a_fork_keeps_both_branches(shop: Shop) -> None:
    terminal = shop.terminal()
    terminal.send(terminal.redeem(shop.voucher()))
    clone = dataclasses.replace(terminal, made=[])
    [here] = terminal.send(terminal.redeem(shop.voucher()))
    [there] = clone.send(clone.redeem(shop.voucher()))
    assert here.state == "applied"
    assert (there.state, there.kind) == ("conflict", "chain_fork")
    assert there.other is not None
    assert there.other.entry == here.entry
    with shop.services.database.read() as connection:
        hashes = connection.scalars(
            select(entries.c.hash).where(
                entries.c.terminal == terminal.name, entries.c.seq == terminal.seq
            )
        ).all()
    assert set(hashes) == {here.entry, there.entry}


def test_a_new_epoch_follows_the_last_entry_of_the_old_one(shop: Shop) -> None:
    terminal = shop.terminal()
    terminal.send(terminal.redeem(shop.voucher()))
    restored = dataclasses.replace(terminal, made=[], epoch=2, seq=0)
    assert states(restored.send(restored.redeem(shop.voucher()))) == ["applied"]
    # From an older backup: what came after it would be lost if nobody noticed.
    terminal.epoch, terminal.seq = 3, 0
    [outcome] = terminal.send(terminal.redeem(shop.voucher()))
    assert outcome.kind == "chain_fork"


# --- quarantine -------------------------------------------------------------------------------


def test_a_bad_entry_harms_no_other(shop: Shop) -> None:
    terminal, stranger = shop.terminal(), shop.terminal()
    broken = bytearray(terminal.redeem(shop.voucher()))
    broken[-1] ^= 1
    payload = terminal.seal(terminal.entry({1: b"too short"}))
    good = terminal.redeem(shop.voucher())
    batch = [
        b"",
        b"\xff" * 40,
        bytes(broken),
        stranger.redeem(shop.voucher()),
        payload,
        terminal.seal(terminal.entry({}, kind="nul\0")),
        terminal.seal(terminal.entry({1: b"\0" * 17_000}, kind="large")),
        good,
    ]
    outcomes = terminal.send(*batch)
    assert states(outcomes) == ["quarantined"] * 7 + ["applied"]
    assert [o.why for o in outcomes[:-1]] == [
        "cbor_truncated",
        "cbor_float_or_simple",
        "entry_signature",
        "entry_signature",
        "entry_redemption",
        "entry_text",
        "entry_too_large",
    ]
    assert states(terminal.send(*batch)) == ["quarantined"] * 7 + ["duplicate"]
    with shop.services.database.read() as connection:
        kept = connection.scalars(
            select(quarantine.c.raw).where(quarantine.c.terminal == terminal.name)
        ).all()
    assert sorted(kept) == sorted(batch[:-1])


@pytest.mark.parametrize(
    "changed, why",
    [({"terminal": "S001-T01x"}, "other_terminal"), ({"store": NEIGHBOUR}, "other_store")],
)
def test_an_entry_must_be_the_senders(shop: Shop, changed: dict[str, str], why: str) -> None:
    terminal = shop.terminal()
    [outcome] = terminal.send(terminal.redeem(shop.voucher(), **changed))
    assert (outcome.state, outcome.why) == ("quarantined", why)


@pytest.mark.parametrize(
    "item",
    [
        Item("nul\0", 1),
        Item("", 1),
        Item("x" * 65, 1),
        Item("LIP-01", 1, 2**31),
        Item("LIP-01", 1, -1),
    ],
)
def test_lines_that_no_message_could_carry_are_quarantined(shop: Shop, item: Item) -> None:
    terminal = shop.terminal()
    outcomes = terminal.send(terminal.redeem(shop.voucher(), item), terminal.redeem(shop.voucher()))
    assert states(outcomes) == ["quarantined", "applied"]
    assert outcomes[0].why == "entry_item"


def test_a_redemption_of_too_many_lines_is_quarantined(shop: Shop) -> None:
    terminal = shop.terminal()
    lines = [Item(f"A{number}", 1) for number in range(MAX_LINES + 1)]
    outcomes = terminal.send(
        terminal.redeem(secrets.token_bytes(16), *lines),
        terminal.redeem(secrets.token_bytes(16), *lines[:-1]),
    )
    assert [(o.state, o.why or o.kind) for o in outcomes] == [
        ("quarantined", "entry_lines"),
        ("conflict", "unknown_voucher"),
    ]


def test_a_signed_code_of_too_many_lines_makes_nothing_known(shop: Shop) -> None:
    terminal, signer = shop.terminal(), shop.services.keys.codes[cose.Algorithm.ED25519]
    now_s = int(time.time())
    code = PickupCode(
        voucher=secrets.token_bytes(16),
        tier=Tier.V1,
        stores=(STORE,),
        issued_at_s=now_s,
        expires_at_s=now_s + 3600,
        not_before_s=None,
        items=tuple(Item(f"A{number}", 1) for number in range(MAX_LINES + 1)),
        key_id=signer.key_id,
        presented=b"",
    )
    presented = base45.b45decode(encode_code(code, signer.key).partition(":")[2])
    item = Item("A1", 1)
    fact = RedemptionFact(code.voucher, (item,), (item,), bytes(16), None, presented, 1, False)
    [outcome] = terminal.send(terminal.seal(terminal.entry(redemption_payload(fact))))
    assert (outcome.state, outcome.kind) == ("conflict", "unknown_voucher")
