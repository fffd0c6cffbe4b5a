"""Typed serials at central: issued once, tried, reviewed, and proof of a redemption."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from kiosk.central.issuing import Issued
from kiosk.central.tables import entries, serial_reviews, serial_tries, vouchers
from kiosk.central.tokens import Bearer
from kiosk.central.vouchers import create_vouchers, draft_voucher, free_serials
from kiosk.domain.serials import check_digit, read_password, read_serial
from kiosk.domain.staff import pin_matches
from kiosk.domain.vouchers import Item
from kiosk.protocol.entries import RedemptionFact, redemption_payload
from kiosk.protocol.messages import (
    ConflictChange,
    RedemptionChange,
    SerialReview,
    SerialTry,
    VoucherChange,
)
from kiosk.protocol.serial_entries import (
    SERIAL_REVIEW,
    SERIAL_TRY,
    SerialReviewFact,
    SerialTryFact,
    review_payload,
    try_payload,
)
from tests.central.client import ANY_ITEM, Terminal
from tests.central.conftest import NEIGHBOUR, STORE, Shop
from tests.central.test_batch import states
from tests.central.test_batch_load import statements_of


def tried(terminal: Terminal, voucher: bytes) -> bytes:
    """A sealed wrong try, the next entry of the chain."""
    payload = try_payload(SerialTryFact(voucher))
    return terminal.seal(terminal.entry(payload, kind=SERIAL_TRY, staff=None))


def reviewed(terminal: Terminal, voucher: bytes, *cleared: bytes, note: str = "核对") -> bytes:
    payload = review_payload(SerialReviewFact(voucher, cleared, note))
    return terminal.seal(terminal.entry(payload, kind=SERIAL_REVIEW, staff="9001"))


def typed(terminal: Terminal, issued: Issued, **changed: Any) -> bytes:
    """A sealed redemption by serial."""
    voucher = issued.voucher
    assert voucher.serial is not None
    fact = RedemptionFact(
        voucher=voucher.voucher,
        items=(ANY_ITEM,),
        entitlement=(ANY_ITEM,),
        request_id=secrets.token_bytes(16),
        instance=None,
        presented=voucher.serial.encode(),
        tier=0,
        offline=False,
    )
    return terminal.seal(terminal.entry(redemption_payload(replace(fact, **changed))))


def about_serials(terminal: Terminal) -> list[SerialTry | SerialReview]:
    seen = terminal.catch_up()
    return [change for change in seen if isinstance(change, SerialTry | SerialReview)]


# --- issuing ----------------------------------------------------------------------------------


def test_a_voucher_with_a_serial_reaches_its_store(shop: Shop) -> None:
    here = shop.terminal()
    here.catch_up()
    [one, two] = shop.issue(count=2, serials=True, value_class=2)
    [plain] = shop.issue()
    told = {c.voucher: c for c in here.catch_up() if isinstance(c, VoucherChange)}
    for issued in (one, two):
        change = told[issued.voucher.voucher]
        assert read_serial(change.serial) == change.serial == issued.voucher.serial
        assert read_password(issued.password) == issued.password
        assert pin_matches(issued.password, change.password_hash)
        assert issued.password not in change.password_hash
        assert issued.password not in repr(issued)
        assert change.value_class == 2
    assert one.voucher.password_hash != two.voucher.password_hash
    change = told[plain.voucher.voucher]
    assert (change.serial, change.password_hash, plain.password) == ("", "", "")


def test_the_password_is_in_no_row(shop: Shop) -> None:
    [issued] = shop.issue(serials=True)
    query = select(vouchers).where(vouchers.c.id == issued.voucher.voucher)
    with shop.services.database.read() as connection:
        row = connection.execute(query).one()
    stored = {name: value for name, value in row._mapping.items() if name != "password_hash"}
    assert all(value != issued.password for value in stored.values())
    assert issued.password not in row.password_hash.split("$")


def test_a_serial_is_given_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    [issued] = shop.issue(serials=True)
    used = issued.voucher.serial
    assert used is not None
    digits = f"{int(used[:-1]) ^ 1:011}"
    other = digits + check_digit(digits)
    drawn = iter([used, used, other])
    monkeypatch.setattr("kiosk.central.vouchers.new_serial", lambda: next(drawn))
    with shop.services.database.read() as connection:
        assert free_serials(connection, 1) == [other]
        assert next(drawn, None) is None
        monkeypatch.undo()
        assert len(set(free_serials(connection, 50))) == 50


def test_a_serial_in_use_is_refused_not_skipped(shop: Shop) -> None:
    [issued] = shop.issue(serials=True)
    draft = replace(draft_voucher((STORE,), (ANY_ITEM,), 2**31), serial=issued.voucher.serial)
    with pytest.raises(IntegrityError):
        shop.services.database.write(lambda tx: create_vouchers(tx, [draft], 1))
    with pytest.raises(ValueError, match="check digit"):
        replace(draft, serial="123456789015")


# --- tries and reviews ------------------------------------------------------------------------


def test_tries_and_reviews_reach_the_stores_terminals_and_no_others(shop: Shop) -> None:
    first, second, away = shop.terminal(), shop.terminal(), shop.terminal(NEIGHBOUR)
    for terminal in (first, second, away):
        terminal.catch_up()
    [issued] = shop.issue(serials=True, stores=(STORE, NEIGHBOUR))
    voucher = issued.voucher.voucher
    wrong = first.send(*(tried(first, voucher) for _ in range(3)))
    assert states(wrong) == ["applied"] * 3
    hashes = [outcome.entry for outcome in wrong]
    told = about_serials(second)
    assert [one.entry for one in told] == hashes
    assert all(
        isinstance(one, SerialTry) and (one.voucher, one.terminal) == (voucher, first.name)
        for one in told
    )
    [review] = second.send(reviewed(second, voucher, *hashes))
    assert review.state == "applied"
    assert about_serials(second) == [SerialReview(review.entry, voucher, hashes)]
    # Its own come back too: a terminal that lost its ledger's tail has them again.
    assert {one.entry for one in about_serials(first)} == {*hashes, review.entry}
    assert about_serials(away) == []


def test_they_are_recorded_once(shop: Shop) -> None:
    terminal = shop.terminal()
    voucher = secrets.token_bytes(16)  # also of a voucher that central does not know
    wrong = tried(terminal, voucher)
    [outcome] = terminal.send(wrong)
    review = reviewed(terminal, voucher, outcome.entry, note="证件已核对")
    for _ in range(2):
        terminal.send(wrong, review, wrong)
    assert states(terminal.send(wrong, review)) == ["duplicate"] * 2
    with shop.services.database.read() as connection:
        [row] = connection.execute(select(serial_tries).where(serial_tries.c.voucher == voucher))
        [kept] = connection.execute(
            select(serial_reviews).where(serial_reviews.c.voucher == voucher)
        )
        of_voucher = connection.scalars(select(entries.c.kind).where(entries.c.voucher == voucher))
        assert Counter(of_voucher) == {SERIAL_TRY: 1, SERIAL_REVIEW: 1}
    assert (row.entry, row.store, row.terminal) == (outcome.entry, STORE, terminal.name)
    assert (kept.staff, kept.note, kept.cleared) == ("9001", "证件已核对", outcome.entry)
    assert kept.terminal == terminal.name


def test_from_nothing_a_terminal_gets_all_of_them(shop: Shop) -> None:
    old = shop.terminal()
    voucher = secrets.token_bytes(16)
    [outcome] = old.send(tried(old, voucher))
    [review] = old.send(reviewed(old, voucher, outcome.entry))
    mine = [one for one in about_serials(shop.terminal()) if one.voucher == voucher]
    assert [one.entry for one in mine] == [outcome.entry, review.entry]


def test_malformed_ones_are_quarantined_alone(shop: Shop) -> None:
    terminal = shop.terminal()
    voucher, digest = secrets.token_bytes(16), bytes(32)
    batch = [
        terminal.seal(terminal.entry({1: b"short"}, kind=SERIAL_TRY)),
        terminal.seal(terminal.entry({1: voucher}, kind=SERIAL_REVIEW)),
        terminal.seal(terminal.entry({1: voucher, 2: [digest], 3: "nul\0"}, kind=SERIAL_REVIEW)),
        terminal.seal(
            terminal.entry({1: voucher, 2: [digest], 3: ""}, kind=SERIAL_REVIEW, staff=None)
        ),
        tried(terminal, voucher),
    ]
    outcomes = terminal.send(*batch)
    assert [(o.state, o.why) for o in outcomes] == [
        ("quarantined", "entry_serial_try"),
        *[("quarantined", "entry_serial_review")] * 3,
        ("applied", ""),
    ]


def test_a_try_out_of_its_chain_counts_and_is_flagged(shop: Shop) -> None:
    first, second = shop.terminal(), shop.terminal()
    second.catch_up()
    voucher = secrets.token_bytes(16)
    lost = tried(first, voucher)
    [outcome] = first.send(tried(first, voucher))
    assert (outcome.state, outcome.kind) == ("conflict", "chain_gap")
    assert [one.entry for one in about_serials(second)] == [outcome.entry]
    assert states(first.send(lost)) == ["applied"]


def test_a_batch_of_them_is_set_based(shop: Shop) -> None:
    counts = {}
    for size in (10, 498):
        terminal, voucher = shop.terminal(), secrets.token_bytes(16)
        batch = [tried(terminal, voucher) for _ in range(size // 2)]
        batch += [
            reviewed(terminal, voucher, number.to_bytes(32, "big")) for number in range(size // 2)
        ]
        with statements_of(shop) as statements:
            answer = shop.services.ingest.take(Bearer(terminal.name, STORE), batch)
        assert {outcome.state for outcome in answer.outcomes} == {"applied"}
        counts[size] = len(statements)
    assert counts[10] == counts[498] <= 25


# --- proof ------------------------------------------------------------------------------------


def test_the_serial_proves_a_redemption(shop: Shop) -> None:
    here, there = shop.terminal(), shop.terminal(NEIGHBOUR)
    there.catch_up()
    [issued] = shop.issue(serials=True, stores=(STORE, NEIGHBOUR))
    [outcome] = here.send(typed(here, issued))
    assert (outcome.state, outcome.kind) == ("applied", "")
    # Proved: it counts and is told in every store that the voucher is for.
    told = [c for c in there.catch_up() if isinstance(c, RedemptionChange)]
    assert [c.entry for c in told] == [outcome.entry]
    [again] = there.send(typed(there, issued))
    assert again.kind == "duplicate_redemption"
    [scanned] = here.send(here.redeem(issued.voucher.voucher))
    assert scanned.kind == "duplicate_redemption"


def test_what_is_not_its_serial_proves_nothing(shop: Shop) -> None:
    here, away = shop.terminal(), shop.terminal(NEIGHBOUR)
    [issued, other] = shop.issue(serials=True, count=2, stores=(STORE, NEIGHBOUR))
    [plain] = shop.issue()
    assert other.voucher.serial is not None
    away.catch_up()
    here.catch_up()
    outcomes = here.send(
        typed(here, issued, presented=other.voucher.serial.encode()),
        typed(here, issued, presented=b""),
        typed(here, issued, tier=1),
        typed(here, issued, voucher=plain.voucher.voucher),
        typed(here, issued, voucher=secrets.token_bytes(16)),
    )
    assert outcomes[0].kind == "unknown_voucher"
    assert {o.state for o in outcomes} == {"conflict"}
    # They count in the store that said so, and nowhere else.
    [elsewhere] = away.send(typed(away, issued))
    assert elsewhere.state == "applied"
    told = [c for c in away.catch_up() if isinstance(c, RedemptionChange | ConflictChange)]
    assert {c.entry for c in told} == {elsewhere.entry}


def test_at_a_store_that_it_is_not_for_a_serial_proves_nothing(shop: Shop) -> None:
    here, away = shop.terminal(), shop.terminal(NEIGHBOUR)
    here.catch_up()
    [issued] = shop.issue(serials=True)
    [outcome] = away.send(typed(away, issued))
    assert outcome.kind == "wrong_store"
    assert not [c for c in here.catch_up() if isinstance(c, RedemptionChange)]
    assert states(here.send(typed(here, issued))) == ["applied"]


def test_anywhere_is_also_here(shop: Shop) -> None:
    away = shop.terminal(NEIGHBOUR)
    [issued] = shop.issue(Item("TEA-LJ", 1), serials=True, stores=None)
    assert states(away.send(typed(away, issued))) == ["applied"]
