"""Roots, key sets, policies and places in force: only forwards, only under what is pinned."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from kiosk.domain.policy import Policy, StorePlace
from kiosk.domain.verdicts import Verdict
from kiosk.domain.vouchers import Place
from kiosk.ledger.home import Home
from kiosk.ledger.terminal_ledger import TerminalLedger
from kiosk.protocol import cose
from kiosk.protocol import messages as m
from kiosk.protocol.cose import Algorithm
from kiosk.protocol.places import PlaceDocument, place_document
from kiosk.protocol.roots import NextRoot, sign_next_root
from kiosk.protocol.signed import sign_document
from kiosk.protocol.verifier import CodeVerifier
from tests.fakes import NOW_S, STORE, FakeClock, Issuer, instant, opened
from tests.ledger.test_replica import page

YEAR_S = 365 * 86_400


def following(old: Issuer, new: Issuer, version: int, **changed: int) -> m.DocumentChange:
    """The document with which one root hands over to another."""
    fields = {"issued_at_s": NOW_S, "expires_at_s": NOW_S + YEAR_S} | changed
    document = NextRoot(version=version, key=new.root.public_key(), **fields)
    return m.DocumentChange("root", sign_next_root(document, old.root, old.root_id))


def with_new_root(issuer: Issuer) -> Issuer:
    """The same keys under another root."""
    found = copy.copy(issuer)
    found.root, found.root_id = cose.generate_key(Algorithm.ED25519), b"new root"
    return found


def keys(issuer: Issuer, version: int) -> m.DocumentChange:
    return m.DocumentChange("keys", issuer.signed_key_set(issuer.key_set(version)))


def pinned(ledger: TerminalLedger) -> tuple[bytes, int]:
    trust = ledger.trust.current
    return trust.root_key(), trust.root_version


def test_a_chain_of_roots_is_followed_by_a_terminal_that_was_away(
    home: Home, issuer: Issuer, clock: FakeClock
) -> None:
    second = with_new_root(issuer)
    third = with_new_root(second)
    news = (following(issuer, second, 10), following(second, third, 20), keys(third, 21))
    with opened(home, clock) as ledger:
        ledger.replica.apply(page("1", *news))
        assert pinned(ledger) == (third.root_key(), 20)
        assert ledger.trust.versions().key_set == 21
    with opened(home, clock) as ledger:
        assert pinned(ledger) == (third.root_key(), 20)
        verifier = CodeVerifier(ledger.trust.key_set)
        assert not isinstance(verifier.verify(issuer.text(), instant()), Verdict)
        ledger.replica.apply(page("2", keys(issuer, 30), keys(second, 31)))
        assert ledger.trust.versions().key_set == 21


def test_between_root_and_key_set_the_shop_goes_on_also_over_a_restart(
    home: Home, issuer: Issuer, clock: FakeClock
) -> None:
    second = with_new_root(issuer)
    with opened(home, clock) as ledger:
        ledger.replica.apply(page("1", following(issuer, second, 10), more=True))
    with opened(home, clock) as ledger:
        verifier = CodeVerifier(ledger.trust.key_set)
        assert not isinstance(verifier.verify(issuer.text(), instant()), Verdict)
        ledger.replica.apply(page("2", keys(second, 2)))
        assert ledger.trust.versions().key_set == 2


def test_roots_are_taken_before_the_keys_of_their_page(
    ledger: TerminalLedger, issuer: Issuer
) -> None:
    second = with_new_root(issuer)
    ledger.replica.apply(page("1", keys(second, 2), following(issuer, second, 10)))
    assert ledger.trust.versions().key_set == 2


def test_old_forked_foreign_and_ended_roots_are_refused(
    ledger: TerminalLedger, issuer: Issuer
) -> None:
    second, thief = with_new_root(issuer), with_new_root(issuer)
    first_link = following(issuer, second, 10)
    ledger.replica.apply(page("1", following(issuer, thief, 10, expires_at_s=NOW_S)))
    ledger.replica.apply(page("2", following(thief, thief, 11)))
    assert pinned(ledger) == (issuer.root_key(), 0)
    ledger.replica.apply(page("3", first_link))
    for number, hostile in enumerate(
        (
            following(issuer, thief, 10),  # a fork of the link that was followed
            following(issuer, thief, 99),  # by the root that has handed over
            following(second, thief, 10),  # no newer than the link that was followed
            following(second, thief, 9),
        )
    ):
        ledger.replica.apply(page(f"x{number}", hostile))
        assert pinned(ledger) == (second.root_key(), 10)
    back = following(second, issuer, 20)
    ledger.replica.apply(page("4", back))
    ledger.replica.apply(page("5", first_link))  # its root is pinned again, but it is the past
    assert pinned(ledger) == (issuer.root_key(), 20)


def test_a_bad_document_beside_a_root_is_refused_alone(
    ledger: TerminalLedger, issuer: Issuer
) -> None:
    second = with_new_root(issuer)
    broken = m.DocumentChange("root", b"rubbish")
    ledger.replica.apply(
        page("1", broken, following(issuer, second, 10), broken, m.StockChange("A", 1))
    )
    assert pinned(ledger) == (second.root_key(), 10)
    assert ledger.store.on_hand(("A",)) == {"A": 1}


def test_a_second_document_of_one_version_is_a_fork(ledger: TerminalLedger, issuer: Issuer) -> None:
    ledger.replica.apply(page("1", keys(issuer, 5)))
    other = replace(issuer.key_set(5), keys=issuer.key_set().keys[:1])
    ledger.replica.apply(page("2", m.DocumentChange("keys", issuer.signed_key_set(other))))
    assert ledger.trust.key_set() == issuer.key_set(5)
    policies = [Policy(version=7, window_s=window_s) for window_s in (20, 50)]
    for number, policy in enumerate(policies):
        change = m.DocumentChange("policy", issuer.signed_policy(policy))
        ledger.replica.apply(page(f"p{number}", change))
    assert ledger.store.policy().window_s == 20


def test_a_fork_is_known_after_a_restart_and_a_repetition_is_none(
    home: Home, issuer: Issuer, clock: FakeClock
) -> None:
    with opened(home, clock) as ledger:
        ledger.replica.apply(page("1", keys(issuer, 5)))
    with opened(home, clock) as ledger:
        shorter = replace(issuer.key_set(5), keys=issuer.key_set().keys[:1])
        ledger.replica.apply(page("2", m.DocumentChange("keys", issuer.signed_key_set(shorter))))
        assert ledger.trust.key_set() == issuer.key_set(5)
        ledger.replica.apply(page("3", keys(issuer, 5)))
        assert ledger.trust.key_set() == issuer.key_set(5)


def placed(issuer: Issuer, version: int, radius_m: int, store: str = STORE) -> m.DocumentChange:
    place = StorePlace(Place(312_304_000, 1_214_737_000), radius_m)
    document = place_document(PlaceDocument(version, store, place), NOW_S, NOW_S + YEAR_S)
    return m.DocumentChange("store", sign_document(document, issuer.documents, b"document"))


def test_a_place_is_taken_for_the_own_store_alone(
    home: Home, issuer: Issuer, clock: FakeClock
) -> None:
    with opened(home, clock) as ledger:
        ledger.replica.apply(page("1", placed(issuer, 1, 100, "S002")))
        assert ledger.store.place() is None
        ledger.replica.apply(page("2", placed(issuer, 5, 200)))
        ledger.replica.apply(page("3", placed(issuer, 4, 300), placed(issuer, 5, 400)))
    with opened(home, clock) as ledger:
        place = ledger.store.place()
        assert place is not None
        assert place.radius_m == 200
        ledger.replica.apply(page("4", placed(Issuer(), 9, 100), placed(issuer, 6, 500)))
        place = ledger.store.place()
        assert place is not None
        assert place.radius_m == 500


def test_what_a_revoked_key_signs_is_refused(ledger: TerminalLedger, issuer: Issuer) -> None:
    codes, documents = issuer.key_set().keys
    bad = replace(issuer.key_set(2), keys=(codes, replace(documents, revoked=True)))
    ledger.replica.apply(page("1", m.DocumentChange("keys", issuer.signed_key_set(bad))))
    policy = issuer.signed_policy(Policy(version=9, window_s=10))
    ledger.replica.apply(page("2", m.DocumentChange("policy", policy), placed(issuer, 5, 200)))
    assert ledger.store.policy().version == 1
    assert ledger.store.place() is None


@pytest.mark.parametrize("name", ["keys", "policy", "store", "root"])
def test_a_kind_is_not_taken_for_another(ledger: TerminalLedger, issuer: Issuer, name: str) -> None:
    before = ledger.trust.current
    news = {
        "keys": issuer.signed_policy(Policy(version=9)),
        "policy": placed(issuer, 9, 9).document,
        "store": issuer.signed_policy(Policy(version=9)),
        "root": issuer.signed_key_set(issuer.key_set(9)),
    }
    change = m.DocumentChange(name, news[name])  # type: ignore[arg-type]  # one of the four
    ledger.replica.apply(page("1", change))
    assert ledger.trust.current == before
