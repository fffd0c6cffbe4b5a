"""The replica: a page and its cursor together; bad documents refused alone; old rows swept."""

from __future__ import annotations

import os
from dataclasses import replace

from kiosk.domain.policy import Policy
from kiosk.domain.verdicts import Verdict
from kiosk.domain.vouchers import Item, VoucherState
from kiosk.ledger.home import Home
from kiosk.ledger.terminal_ledger import TerminalLedger
from kiosk.protocol import messages as m
from kiosk.protocol.verifier import CodeVerifier
from tests.fakes import NOW_S, FakeClock, Issuer, instant, opened
from tests.ledger.test_redeem import draft


def page(cursor: str, *changes: m.Change, more: bool = False) -> m.ChangesAnswer:
    return m.ChangesAnswer(cursor, list(changes), float(NOW_S), more=more)


def voucher(code_voucher: bytes, **fields: object) -> m.VoucherChange:
    values: dict[str, object] = {
        "voucher": code_voucher,
        "version": 1,
        "state": "active",
        "expires_s": NOW_S + 99,
        "items": [m.Line("CRAB-4L", 1), m.Line("GIFT-BOX", 1)],
        "order_no": "WX20261123001",
        "phone_masked": "138****1234",
    }
    return m.VoucherChange(**(values | fields))  # type: ignore[arg-type]  # fields by name


def test_a_voucher_is_known_reduced_and_forgotten(ledger: TerminalLedger, issuer: Issuer) -> None:
    code = issuer.code()
    ledger.replica.apply(page("1", voucher(code.voucher)))
    history = ledger.store.history(code)
    assert history.state is VoucherState.ACTIVE
    assert history.replica_items == (Item("CRAB-4L", 1), Item("GIFT-BOX", 1))
    assert ledger.store.order_details(code.voucher).phone_masked == "138****1234"
    ledger.replica.apply(page("2", voucher(code.voucher, state="revoked")))
    assert ledger.store.history(code).state is VoucherState.REVOKED
    ledger.replica.apply(page("3", m.VoucherGone(code.voucher)))
    assert ledger.store.history(code).state is None
    assert ledger.replica.cursor() == "3"


def test_the_same_page_twice_changes_nothing(ledger: TerminalLedger, issuer: Issuer) -> None:
    code = issuer.code(items=(Item("A", 3),))
    told = m.RedemptionChange(os.urandom(32), code.voucher, [m.Line("A", 1)], NOW_S, "S001", "T9")
    for _ in range(3):
        ledger.replica.apply(page("1", told))
        ledger.replica.learn([told])
    assert ledger.store.history(code).taken == (Item("A", 1),)


def test_a_restart_sweeps_what_the_snapshot_does_not_bring(ledger: TerminalLedger) -> None:
    stays, goes = os.urandom(16), os.urandom(16)
    ledger.replica.apply(page("1", voucher(stays), voucher(goes), m.StockChange("A", 5)))
    ledger.replica.restart()
    assert ledger.replica.cursor() == ""
    ledger.replica.apply(page("x1", voucher(stays), more=True))
    assert ledger.store.order_details(goes).order_no  # not before the snapshot is whole
    ledger.replica.apply(page("x2"))
    assert ledger.store.order_details(stays).order_no
    assert not ledger.store.order_details(goes).order_no
    assert ledger.store.on_hand(("A",)) == {}


def test_rotation_never_interrupts_and_rollback_is_refused(
    ledger: TerminalLedger, issuer: Issuer, home: Home, clock: FakeClock
) -> None:
    verifier = CodeVerifier(ledger.trust.key_set)
    old = issuer.text()
    newer = Issuer()
    newer.root, newer.root_id = issuer.root, issuer.root_id
    both = replace(issuer.key_set(2), keys=(*issuer.key_set().keys, newer.trusted_key()))
    ledger.replica.apply(page("1", m.DocumentChange("keys", issuer.signed_key_set(both))))
    for text in (old, newer.text()):
        assert not isinstance(verifier.verify(text, instant()), Verdict)
    assert ledger.trust.versions().key_set == 2
    rollback = m.DocumentChange("keys", issuer.signed_key_set(issuer.key_set(1)))
    forged = m.DocumentChange("keys", Issuer().signed_key_set())
    ledger.replica.apply(page("2", rollback, forged, m.StockChange("A", 1)))
    assert ledger.trust.versions().key_set == 2
    assert ledger.store.on_hand(("A",)) == {"A": 1}  # the rest of the page went on


def test_a_page_may_bring_new_keys_and_what_they_sign(
    home: Home, issuer: Issuer, clock: FakeClock
) -> None:
    """Rotating the documents key: the policy is signed by a key that the same page brings."""
    rotated = Issuer()
    rotated.root, rotated.root_id, rotated.keys = issuer.root, issuer.root_id, issuer.keys
    keys = m.DocumentChange("keys", rotated.signed_key_set(rotated.key_set(2)))
    policy = m.DocumentChange("policy", rotated.signed_policy(Policy(version=9, window_s=10)))
    with opened(home, clock) as ledger:
        ledger.replica.apply(page("1", policy, keys))
        assert ledger.store.policy().window_s == 10
    with opened(home, clock) as ledger:
        assert ledger.store.policy().window_s == 10


def test_a_retired_documents_key_locks_nobody_out(
    home: Home, issuer: Issuer, clock: FakeClock
) -> None:
    only_codes = replace(issuer.key_set(2), keys=issuer.key_set().keys[:1])
    keys = m.DocumentChange("keys", issuer.signed_key_set(only_codes))
    with opened(home, clock) as ledger:
        ledger.replica.apply(page("1", keys))
    with opened(home, clock) as ledger:
        assert ledger.store.policy().version == 1
        assert ledger.prove_chain().fault is None


def test_expired_and_older_documents_are_not_taken(ledger: TerminalLedger, issuer: Issuer) -> None:
    newer = m.DocumentChange("keys", issuer.signed_key_set(issuer.key_set(3)))
    older = m.DocumentChange("keys", issuer.signed_key_set(issuer.key_set(2)))
    ended = replace(issuer.key_set(4), expires_at_s=NOW_S)
    ledger.replica.apply(
        page("1", newer, older, m.DocumentChange("keys", issuer.signed_key_set(ended)))
    )
    assert ledger.trust.versions().key_set == 3


def test_a_policy_comes_into_force_and_survives_a_restart(
    home: Home, clock: FakeClock, issuer: Issuer
) -> None:
    signed = issuer.signed_policy(Policy(version=5, window_s=20))
    with opened(home, clock) as ledger:
        ledger.replica.apply(page("1", m.DocumentChange("policy", signed)))
        assert ledger.store.policy().window_s == 20
        older = issuer.signed_policy(Policy(version=4, window_s=50))
        ledger.replica.apply(page("2", m.DocumentChange("policy", older)))
        assert ledger.store.policy().window_s == 20
    with opened(home, clock) as ledger:
        assert ledger.store.policy() == Policy(version=5, window_s=20)


def test_staff_come_and_go(ledger: TerminalLedger) -> None:
    ledger.replica.apply(page("1", m.StaffChange("1001", "小王", "clerk", "scrypt$00$00")))
    assert [member.name for member in ledger.store.staff_list()] == ["小王"]
    gone = m.StaffChange("1001", "小王", "clerk", "scrypt$00$00", active=False)
    ledger.replica.apply(page("2", gone))
    assert ledger.store.staff_list() == ()
    assert ledger.store.staff_member("1001") is None


def test_a_fact_of_this_terminal_that_it_lost_still_counts(
    ledger: TerminalLedger, issuer: Issuer
) -> None:
    """A restored backup: central knows a redemption of ours that our ledger does not have."""
    code = issuer.code(items=(Item("A", 1),))
    told = m.RedemptionChange(
        os.urandom(32), code.voucher, [m.Line("A", 1)], NOW_S, "S001", "S001-T01"
    )
    ledger.replica.apply(page("1", told))
    last = ledger.store.history(code).last
    assert last is not None
    assert not last.here


def test_what_a_restored_central_lacks_is_sent_again(
    ledger: TerminalLedger, issuer: Issuer
) -> None:
    for _ in range(3):
        ledger.store.commit_redemption(draft(issuer.code()))
    sent = ledger.outbox.take(10, 10**6)
    ledger.outbox.settle([m.Outcome(entry.hash, "applied") for entry in sent], sent)

    def follow(cursor: str, through: int) -> None:
        change = m.StockChange("A", 9)
        ledger.replica.apply(
            m.ChangesAnswer(cursor, [change], float(NOW_S), through_epoch=1, through_seq=through)
        )

    follow("1", 2)  # asked for before the last acknowledgement: no reason to worry
    assert ledger.store.outbox().waiting == 0
    follow("2", 3)
    assert ledger.store.outbox().waiting == 0
    follow("3", 1)
    assert [line.state for line in ledger.store.recent(3)] == ["queued", "queued", "acked"]
    follow("4", 1)
    assert ledger.store.outbox().waiting == 2
