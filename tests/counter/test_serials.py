"""Typed serials at a counter, on a real ledger: check, lock, review, limits."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from kiosk.counter.confirm import confirm
from kiosk.counter.desk import Desk
from kiosk.counter.prepare import Prepared
from kiosk.counter.prepare_serial import prepare_serial
from kiosk.counter.review_serial import review_serial
from kiosk.domain.approval import Approval
from kiosk.domain.orders import OrderCard
from kiosk.domain.policy import Policy
from kiosk.domain.ports import ClaimAnswer
from kiosk.domain.serials import ReviewRefusal, hash_password
from kiosk.domain.vouchers import Item, Tier
from kiosk.ledger.errors import DiskTrouble
from kiosk.ledger.terminal_ledger import TerminalLedger
from kiosk.protocol import messages as m
from kiosk.protocol.entries import open_sealed
from kiosk.protocol.verifier import CodeVerifier
from tests.fakes import NOW_S, FakeCentral, FakeClock, Issuer, enrolled_home, opened

SERIAL, UNKNOWN, PASSWORD, WRONG = "123456789014", "223456789018", "654321", "654320"
HASH = hash_password(PASSWORD)
VOUCHER = bytes(range(16))
CARD = "card"
LOCKED = "locked:wrong_passwords"


@dataclass
class Counter:
    ledger: TerminalLedger
    central: FakeCentral
    clock: FakeClock
    issuer: Issuer

    def type(self, serial: str = SERIAL, password: str = PASSWORD) -> str:
        """The refusal, or ``card``."""
        prepared = self.prepared(serial, password)
        verdict = prepared.verdict
        return CARD if verdict is None else f"{verdict.kind}:{verdict.reason}"

    def prepared(
        self, serial: str = SERIAL, password: str = PASSWORD, approval: Approval | None = None
    ) -> Prepared:
        return prepare_serial(
            serial,
            password,
            store=self.ledger.store,
            central=self.central,
            clock=self.clock,
            approval=approval,
        )

    def card(self) -> OrderCard:
        return self.prepared().open_card()

    def hand_over(self, prepared: Prepared) -> str:
        card = prepared.open_card()
        handover = confirm(
            card,
            card.left,
            staff="1001",
            claim=prepared.claim,
            store=self.ledger.store,
            central=self.central,
            clock=self.clock,
        )
        return f"{handover.verdict.kind}:{handover.verdict.reason}"

    def review(self, staff: str = "9001", note: str = "核对") -> ReviewRefusal | None:
        return review_serial(VOUCHER, staff, note, store=self.ledger.store, central=self.central)

    def learn(self, *changes: m.Change) -> None:
        cursor = os.urandom(4).hex()
        self.ledger.replica.apply(m.ChangesAnswer(cursor, list(changes), float(NOW_S)))

    def allow(self, **policy: Any) -> None:
        signed = self.issuer.signed_policy(replace(Policy(version=9), **policy))
        self.learn(m.DocumentChange("policy", signed))

    def tries(self) -> int:
        found = self.ledger.store.serial_voucher(SERIAL)
        assert found is not None
        return found.open_tries


def change(**fields: Any) -> m.VoucherChange:
    values: dict[str, Any] = {
        "voucher": VOUCHER,
        "version": 1,
        "state": "active",
        "expires_s": NOW_S + 999,
        "items": [m.Line("CRAB-4L", 2), m.Line("BAG", 1, 3)],
        "order_no": "WX1",
        "serial": SERIAL,
        "password_hash": HASH,
    }
    return m.VoucherChange(**(values | fields))


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    issuer, clock = Issuer(), FakeClock()
    with opened(enrolled_home(tmp_path / "home", issuer, clock), clock) as ledger:
        counter = Counter(ledger, FakeCentral(ClaimAnswer(granted=True)), clock, issuer)
        counter.learn(
            change(),
            m.StaffChange("9001", "李店长", "supervisor", "scrypt$00$00"),
            m.StaffChange("1001", "王小满", "clerk", "scrypt$00$00"),
        )
        yield counter


# --- a card -----------------------------------------------------------------------------------


def test_the_right_password_opens_the_vouchers_card(counter: Counter) -> None:
    counter.learn(change(value_class=2, holder=b"pseudony", not_before_s=NOW_S - 5))
    card = counter.card()
    assert (card.code.tier, card.code.voucher, card.code.key_id) == (Tier.V0, VOUCHER, b"")
    assert card.code.presented == SERIAL.encode()
    assert card.left == (Item("CRAB-4L", 2), Item("BAG", 1, 3))
    assert (card.code.options.value_class, card.code.options.holder) == (2, b"pseudony")
    assert (card.code.expires_at_s, card.code.not_before_s) == (NOW_S + 999, NOW_S - 5)
    assert card.details.order_no == "WX1"


def test_redeemed_once_by_serial(counter: Counter) -> None:
    prepared = counter.prepared("1234 5678－9014", "６５４３２１")
    assert counter.hand_over(prepared) == "accepted:redeemed"
    assert counter.type() == "already_redeemed:nothing_left"
    [sent] = counter.ledger.outbox.take(9, 10**6)
    fact = open_sealed(sent.sealed, counter.ledger.identity.key.public_key()).redemption()
    assert (fact.voucher, fact.tier, fact.presented) == (VOUCHER, 0, SERIAL.encode())
    assert counter.ledger.prove_chain().fault is None


def test_scanned_and_typed_are_one_voucher(counter: Counter) -> None:
    text = counter.issuer.text(voucher=VOUCHER, items=(Item("CRAB-4L", 2), Item("BAG", 1, 3)))
    counter.hand_over(counter.prepared())
    verifier = CodeVerifier(counter.ledger.trust.key_set)
    desk = Desk(
        verifier=verifier, store=counter.ledger.store, central=counter.central, clock=counter.clock
    )
    try:
        again = desk.prepare(text).result()
    finally:
        desk.close()
    assert again.verdict is not None
    assert again.verdict.reason == "nothing_left"


@pytest.mark.parametrize(
    "fields, expected",
    [
        ({"expires_s": NOW_S}, "expired:expired"),
        ({"not_before_s": NOW_S + 1}, "not_yet_valid:not_before"),
        ({"state": "revoked"}, "revoked:revoked"),
        ({"state": "held"}, "needs_review:held"),
        ({"items": []}, "revoked:nothing_entitled"),
    ],
)
def test_the_voucher_is_judged_as_any_other(
    counter: Counter, fields: dict[str, Any], expected: str
) -> None:
    counter.learn(change(**fields))
    assert counter.type() == expected
    assert counter.type(password=WRONG) == "unknown_voucher:wrong_password"  # tells no more


# --- refusals that are no tries ---------------------------------------------------------------


@pytest.mark.parametrize(
    "serial, password, expected",
    [
        ("123456789015", PASSWORD, "malformed:serial_check_digit"),
        ("12345678901", PASSWORD, "malformed:serial_check_digit"),
        ("", "", "malformed:serial_check_digit"),
        (SERIAL, "", "malformed:password_form"),
        (SERIAL, "65432", "malformed:password_form"),
        (SERIAL, "65432１1", "malformed:password_form"),
        (UNKNOWN, PASSWORD, "unknown_voucher:serial_unknown"),
    ],
)
def test_slips_and_strangers_are_no_tries(
    counter: Counter, serial: str, password: str, expected: str
) -> None:
    for _ in range(4):
        assert counter.type(serial, password) == expected
    assert counter.tries() == 0
    assert counter.ledger.prove_chain().entries == 0
    assert counter.type() == CARD


def test_an_unknown_serial_costs_what_a_known_one_costs(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[object] = []
    scrypt = hashlib.scrypt

    def counted(password: bytes, **cost: Any) -> bytes:
        done.append({name: value for name, value in cost.items() if name != "salt"})
        return scrypt(password, **cost)

    monkeypatch.setattr(hashlib, "scrypt", counted)
    assert counter.type(UNKNOWN, PASSWORD) == "unknown_voucher:serial_unknown"
    assert counter.type(SERIAL, WRONG) == "unknown_voucher:wrong_password"
    assert counter.type(SERIAL, PASSWORD) == CARD
    assert len(done) == 3
    assert done[0] == done[1] == done[2]


# --- tries and reviews ------------------------------------------------------------------------


def test_three_wrong_passwords_lock_also_for_the_right_one(counter: Counter) -> None:
    wrong = [counter.type(password=WRONG) for _ in range(4)]
    assert wrong == [*["unknown_voucher:wrong_password"] * 2, LOCKED, LOCKED]
    assert counter.type() == LOCKED
    locked = counter.prepared().verdict
    assert locked is not None
    assert locked.voucher == VOUCHER
    assert counter.tries() == 3  # a locked serial is not tried any more
    assert counter.central.nudges == 3
    assert counter.ledger.prove_chain().entries == 3


def test_a_right_password_in_between_forgives_nothing(counter: Counter) -> None:
    for _ in range(2):
        counter.type(password=WRONG)
    assert counter.type() == CARD
    assert counter.type(password=WRONG) == LOCKED


def test_no_clock_opens_a_locked_serial(counter: Counter) -> None:
    for _ in range(3):
        counter.type(password=WRONG)
    for turned_s in (30 * 86_400.0, -60 * 86_400.0):
        counter.clock.wall_s += turned_s
        assert counter.type() == LOCKED
    counter.clock.reboot()
    counter.clock.wall_s = NOW_S + 500.0
    assert counter.type() == LOCKED


def test_only_a_supervisor_clears(counter: Counter) -> None:
    for _ in range(3):
        counter.type(password=WRONG)
    assert counter.review("1001") is ReviewRefusal.NOT_A_SUPERVISOR
    assert counter.review("7777") is ReviewRefusal.NOT_A_SUPERVISOR
    assert counter.review(note="x" * 501) is ReviewRefusal.NOTE_UNUSABLE
    assert counter.type() == LOCKED
    assert counter.review() is None
    assert (counter.tries(), counter.type()) == (0, CARD)
    assert counter.review() is None  # another one was quicker: nothing to do
    assert counter.ledger.prove_chain().entries == 4
    wrong = [counter.type(password=WRONG) for _ in range(3)]
    assert wrong[-1] == LOCKED


def test_a_supervisor_who_left_clears_nothing(counter: Counter) -> None:
    counter.type(password=WRONG)
    counter.learn(m.StaffChange("9001", "李店长", "supervisor", "scrypt$00$00", active=False))
    assert counter.review() is ReviewRefusal.NOT_A_SUPERVISOR


def test_a_full_disk_is_no_way_to_try_on(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be recorded is not answered, and right looks like wrong."""

    def full(_work: object) -> object:
        raise DiskTrouble("disk full")

    monkeypatch.setattr(counter.ledger.database, "write", full)
    for password in (WRONG, PASSWORD):
        with pytest.raises(DiskTrouble):
            counter.type(password=password)


def test_the_desk_tries_one_password_at_a_time(counter: Counter) -> None:
    desk = Desk(
        verifier=CodeVerifier(counter.ledger.trust.key_set),
        store=counter.ledger.store,
        central=counter.central,
        clock=counter.clock,
    )
    try:
        asked = [desk.prepare_serial(SERIAL, WRONG) for _ in range(6)]
        asked.append(desk.prepare_serial(SERIAL, PASSWORD))
        reasons = [one.result().verdict for one in asked]
        assert [verdict.reason if verdict else CARD for verdict in reasons] == [
            *["wrong_password"] * 2,
            *["wrong_passwords"] * 5,
        ]
        assert desk.review_serial(VOUCHER, "9001", "").result() is None
        assert desk.prepare_serial(SERIAL, PASSWORD).result().card is not None
    finally:
        desk.close()


# --- offline ----------------------------------------------------------------------------------


def test_offline_a_serial_is_refused_by_default(counter: Counter) -> None:
    counter.central.gone_s, counter.central.answer = 60.0, None
    assert counter.type() == "over_offline_limit:tier_needs_network"
    assert counter.type(password=WRONG) == "unknown_voucher:wrong_password"  # and counts
    assert counter.tries() == 1


@pytest.mark.parametrize(
    "value_class, expected", [(1, CARD), (2, "over_offline_limit:value_needs_network")]
)
def test_offline_by_policy_below_a_value_class(
    counter: Counter, value_class: int, expected: str
) -> None:
    counter.allow(offline_v0=True, offline_v0_max_value_class=1)
    counter.learn(change(value_class=value_class))
    counter.central.gone_s, counter.central.answer = 60.0, None
    assert counter.type() == expected
    if expected == CARD:
        assert counter.hand_over(counter.prepared()) == "accepted:redeemed"
    counter.central.gone_s = 25 * 3600.0
    counter.learn(change(voucher=bytes(16), serial=UNKNOWN))
    assert counter.type(UNKNOWN) == "over_offline_limit:offline_too_long"


def test_a_supervisor_may_let_it_pass_offline_but_not_a_lock(counter: Counter) -> None:
    counter.central.gone_s, counter.central.answer = 60.0, None
    approved = counter.prepared(approval=Approval("9001"))
    assert approved.open_card().approval == Approval("9001", ("tier_needs_network",))
    assert counter.hand_over(approved) == "accepted:redeemed"
    for _ in range(3):
        counter.type(password=WRONG)
    locked = counter.prepared(approval=Approval("9001")).verdict
    assert locked is not None
    assert locked.reason == "wrong_passwords"


def test_a_silent_central_at_confirm_is_offline(counter: Counter) -> None:
    counter.central.answer = None
    assert counter.hand_over(counter.prepared()) == "over_offline_limit:tier_needs_network"
    counter.allow(offline_v0=True)
    assert counter.hand_over(counter.prepared()) == "accepted:redeemed"
