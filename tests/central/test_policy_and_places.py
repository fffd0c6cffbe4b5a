"""Policy and places: signed, published, kept over a renewal."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from kiosk.central.documents import (
    PolicyTooLargeError,
    ensure_documents,
    open_stored_key_set,
    policy_in_force,
    publish_place,
    publish_policy,
)
from kiosk.central.key_changes import rotate
from kiosk.central.places import set_place
from kiosk.domain.policy import Policy, StorePlace
from kiosk.domain.vouchers import Place
from kiosk.protocol.cose import Algorithm
from kiosk.protocol.messages import DocumentChange
from kiosk.protocol.places import open_place
from kiosk.protocol.policies import open_policy
from tests.central.client import Terminal
from tests.central.conftest import NEIGHBOUR, STORE, Shop

PLACE = StorePlace(Place(312_304_000, 1_214_737_000), 250)


def now() -> int:
    return int(time.time())


def documents(terminal: Terminal, kind: str) -> list[bytes]:
    changes = terminal.catch_up()
    return [c.document for c in changes if isinstance(c, DocumentChange) and c.kind == kind]


def put(shop: Shop, policy: Policy) -> Policy:
    services = shop.services
    return services.database.write(lambda tx: publish_policy(tx, services.keys, policy, now()))


def place(shop: Shop, store: str, found: StorePlace) -> None:
    services = shop.services

    def work(tx: object) -> None:
        assert set_place(tx.connection, store, found)  # type: ignore[attr-defined]
        publish_place(tx, services.keys, store, now())  # type: ignore[arg-type]

    services.database.write(work)


def renew(shop: Shop, at_s: int) -> None:
    services = shop.services
    services.database.write(lambda tx: ensure_documents(tx, services.keys, at_s))


def in_force(shop: Shop) -> Policy:
    with shop.services.database.read() as connection:
        return policy_in_force(connection)


def test_a_new_policy_reaches_terminals_and_outlives_renewals(own_shop: Shop) -> None:
    terminal = own_shop.terminal()
    terminal.catch_up()
    first = put(own_shop, Policy(window_s=20))
    second = put(own_shop, replace(first, card_valid_s=90))
    assert second.version > first.version
    (document,) = documents(terminal, "policy")
    with own_shop.services.database.read() as connection:
        key_set = open_stored_key_set(connection, own_shop.services.keys)
    assert open_policy(document, key_set, now()) == second
    renew(own_shop, now() + 40 * 86_400)
    rotate(own_shop.services, "documents", Algorithm.ED25519, 0, now())
    kept = in_force(own_shop)
    assert kept.version > second.version
    assert replace(kept, version=0) == replace(second, version=0)


def test_a_policy_that_no_terminal_could_read_is_not_published(own_shop: Shop) -> None:
    before = in_force(own_shop)
    many = frozenset(number.to_bytes(16, "big") for number in range(16_000))
    with pytest.raises(PolicyTooLargeError):
        put(own_shop, Policy(blocked_vouchers=many))
    assert in_force(own_shop) == before
    assert len(in_force(own_shop).blocked_vouchers) == 0
    fits = put(own_shop, Policy(blocked_vouchers=frozenset(sorted(many)[:15_000])))
    assert len(fits.blocked_vouchers) == 15_000


def test_a_place_is_told_to_its_own_store_alone(own_shop: Shop) -> None:
    here, there = own_shop.terminal(), own_shop.terminal(NEIGHBOUR)
    for terminal in (here, there):
        assert documents(terminal, "store") == []
    place(own_shop, STORE, PLACE)
    place(own_shop, STORE, PLACE)
    (document,) = documents(here, "store")
    assert documents(there, "store") == []
    with own_shop.services.database.read() as connection:
        key_set = open_stored_key_set(connection, own_shop.services.keys)
    found = open_place(document, key_set, now())
    assert (found.store, found.place) == (STORE, PLACE)
    assert documents(own_shop.terminal(), "store") == [document]
    moved = replace(PLACE, radius_m=400)
    place(own_shop, STORE, moved)
    (document,) = documents(here, "store")
    later = open_place(document, key_set, now())
    assert later.place == moved
    assert later.version > found.version


def test_a_place_is_signed_anew_with_the_documents_key(own_shop: Shop) -> None:
    place(own_shop, STORE, PLACE)
    terminal = own_shop.terminal()
    (before,) = documents(terminal, "store")
    renew(own_shop, now())
    assert documents(terminal, "store") == []
    rotate(own_shop.services, "documents", Algorithm.ED25519, 0, now())
    (after,) = documents(terminal, "store")
    assert after != before
