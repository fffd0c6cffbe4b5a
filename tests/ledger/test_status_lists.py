"""Status lists in the ledger: kept over a restart, changed only by what comes after."""

from __future__ import annotations

import pytest

from kiosk.domain.revocation import NOT_LISTED, StatusAnswer
from kiosk.ledger.home import Home
from kiosk.ledger.terminal_ledger import TerminalLedger
from kiosk.protocol.signed import DocumentError
from kiosk.protocol.status_list import StatusDelta, StatusList, sign_delta, sign_status
from tests.fakes import NOW_S, FakeClock, Issuer, opened
from tests.ledger.test_redeem import draft

DAY_S = 86_400


def whole(issuer: Issuer, version: int, *revoked: int, **changed: int) -> bytes:
    bits = bytearray(128)
    for index in revoked:
        bits[index >> 3] |= 1 << (index & 7)
    fields = {"list_id": 0, "issued_at_s": NOW_S, "expires_at_s": NOW_S + 9 * DAY_S} | changed
    found = StatusList(version=version, entries=1024, bits=bytes(bits), **fields)
    return sign_status(found, issuer.documents, b"document")


def delta(issuer: Issuer, base: int, version: int, *revoked: int) -> bytes:
    found = StatusDelta(0, base, version, NOW_S, NOW_S + 9 * DAY_S, revoked, ())
    return sign_delta(found, issuer.documents, b"document")


def test_a_list_is_looked_into_and_survives_a_restart(
    home: Home, issuer: Issuer, clock: FakeClock
) -> None:
    with opened(home, clock) as ledger:
        assert ledger.store.status(0, 3) == NOT_LISTED
        ledger.status_lists.take(0, whole(issuer, 5, 3))
        assert ledger.trust.versions().status == 5
    with opened(home, clock) as ledger:
        assert ledger.store.status(0, 3) == StatusAnswer(revoked=True, issued_at_s=NOW_S)
        assert ledger.store.status(0, 4) == StatusAnswer(revoked=False, issued_at_s=NOW_S)
        assert ledger.store.status(0, 1024) == StatusAnswer(revoked=None, issued_at_s=NOW_S)
        assert ledger.store.status(1, 3) == NOT_LISTED
        ledger.status_lists.take(0, delta(issuer, 5, 6, 4, 5000))
    with opened(home, clock) as ledger:
        assert ledger.status_lists.versions() == {0: 6}
        assert [ledger.store.status(0, index).revoked for index in (3, 4, 5, 5000)] == [
            *(True, True, False, True)
        ]
    beside = TerminalLedger(home, clock, read_only=True)
    try:
        assert beside.store.status(0, 4).revoked
    finally:
        beside.close()


@pytest.mark.parametrize(
    "hostile, reason",
    [
        (lambda issuer: whole(issuer, 4), "status_rollback"),
        (lambda issuer: whole(issuer, 5), "status_fork"),
        (lambda issuer: whole(issuer, 6, list_id=1), "status_other_list"),
        (lambda issuer: whole(issuer, 6, expires_at_s=NOW_S + 1, issued_at_s=NOW_S - 9), None),
        (lambda issuer: whole(issuer, 6, expires_at_s=NOW_S, issued_at_s=1), "status_expired"),
        (lambda issuer: whole(Issuer(), 6), "document_signature"),
        (lambda issuer: delta(issuer, 4, 6, 1), "status_delta_base"),
        (lambda issuer: issuer.signed_policy(), "document_payload"),
        (lambda issuer: b"", "cbor_truncated"),
    ],
)
def test_hostile_news_change_nothing(
    ledger: TerminalLedger, issuer: Issuer, hostile: object, reason: str | None
) -> None:
    assert callable(hostile)
    ledger.status_lists.take(0, whole(issuer, 5, 3))
    before = ledger.trust.status_lists[0]
    if reason is None:
        ledger.status_lists.take(0, hostile(issuer))
        assert ledger.trust.status_lists[0].version == 6
        return
    with pytest.raises(DocumentError, match=reason):
        ledger.status_lists.take(0, hostile(issuer))
    assert ledger.trust.status_lists == {0: before}


def test_a_list_that_has_ended_only_revokes(
    ledger: TerminalLedger, issuer: Issuer, clock: FakeClock
) -> None:
    ledger.status_lists.take(0, whole(issuer, 5, 3, expires_at_s=NOW_S + 60))
    clock.pass_s(61)
    assert ledger.store.status(0, 3).revoked is True
    assert ledger.store.status(0, 4).revoked is None


def test_an_entry_says_which_list_it_was_judged_by(ledger: TerminalLedger, issuer: Issuer) -> None:
    ledger.status_lists.take(0, whole(issuer, 5))
    ledger.store.commit_redemption(draft(issuer.code()))
    (outgoing,) = ledger.outbox.take(1, 10**6)
    from kiosk.protocol.entries import read_entry, sealed_body

    assert read_entry(sealed_body(outgoing.sealed)).head.versions.status == 5
