"""Rotating, revoking and handing over, as terminals and other processes of central see it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import delete

from kiosk.central import tables
from kiosk.central.documents import ensure_documents, open_stored_key_set, trust_bundle
from kiosk.central.home import RECORDS_NAME, open_keys, read_key, read_records, write_records
from kiosk.central.key_changes import (
    NoSuchKeyError,
    renew,
    revoke,
    rotate,
    rotate_root,
    take_root_out,
)
from kiosk.central.key_records import KeyRecords
from kiosk.central.keys import CentralHomeError, RootAwayError
from kiosk.central.services import Services, open_services
from kiosk.central.vouchers import code_text, draft_voucher
from kiosk.domain.clock import Confidence, Instant
from kiosk.domain.verdicts import Verdict
from kiosk.domain.vouchers import PickupCode, Tier
from kiosk.protocol.cose import Algorithm
from kiosk.protocol.keyset import KeySet
from kiosk.protocol.messages import DocumentChange
from kiosk.protocol.roots import open_next_root
from kiosk.protocol.trust import open_bundle, root_key_from
from kiosk.protocol.verifier import CodeVerifier
from tests.central.client import ANY_ITEM, PHONES, Terminal
from tests.central.conftest import STORE, Shop, open_shop, together

ED25519 = Algorithm.ED25519
WEEK_S = 7 * 86_400


def now() -> int:
    return int(time.time())


def key_set(services: Services) -> KeySet:
    with services.database.read() as connection:
        return open_stored_key_set(connection, services.keys)


def verify(shop: Shop, text: str, at_s: int | None = None) -> PickupCode | Verdict:
    found = key_set(shop.services)
    instant = Instant(at_s or now(), Confidence.CARRIED)
    return CodeVerifier(lambda: found).verify(text, instant)


def documents(terminal: Terminal, kind: str) -> list[bytes]:
    changes = terminal.catch_up()
    return [c.document for c in changes if isinstance(c, DocumentChange) and c.kind == kind]


@pytest.fixture
def beside(own_shop: Shop, tmp_path: Path, own_database: str | None) -> Iterator[Services]:
    """Another process's view of the same home and database."""
    services = open_services(tmp_path, own_database)
    yield services
    services.close()


def test_a_new_key_is_published_at_once_and_signs_later(own_shop: Shop, beside: Services) -> None:
    terminal = own_shop.terminal()
    terminal.catch_up()
    before = own_shop.services.keys.codes[ED25519].key_id
    added = rotate(beside, "codes", ED25519, 600, now())
    assert len(documents(terminal, "keys")) == 1
    # The running server knows it without a restart, and signs with the old one still.
    assert own_shop.services.keys.records.find(added.key_id) == added
    assert own_shop.services.keys.codes[ED25519].key_id == before
    later = own_shop.services.keys.at(added.signs_from_s)
    assert later.codes[ED25519].key_id.hex() == added.key_id
    assert {key.key_id.hex() for key in key_set(beside).keys} >= {added.key_id, before.hex()}


def test_old_and_new_codes_verify_side_by_side_then_the_old_key_leaves(
    own_shop: Shop, beside: Services
) -> None:
    old = own_shop.issue()[0].text
    rotate(beside, "codes", ED25519, 0, now())
    new = own_shop.issue()[0].text
    codes = [verify(own_shop, text) for text in (old, new)]
    assert [type(code) for code in codes] == [PickupCode, PickupCode]
    first, second = (code.key_id for code in codes if isinstance(code, PickupCode))
    assert first != second
    late_s = now() + WEEK_S
    refused = verify(own_shop, old, late_s)
    assert isinstance(refused, Verdict)
    assert refused.reason == "key_not_in_force"
    beside.database.write(lambda tx: ensure_documents(tx, beside.keys, late_s))
    assert first not in {key.key_id for key in key_set(beside).keys}


def at(seconds_ago: int) -> Instant:
    return Instant(now() - seconds_ago, Confidence.CARRIED)


def outcome(terminal: Terminal, sealed: bytes) -> tuple[str, str]:
    [found] = terminal.send(sealed)
    return found.state, found.kind


def test_what_a_key_proved_while_it_was_good_is_proved_for_ever(own_shop: Shop) -> None:
    """A terminal comes back after weeks: its keys are in no set any more."""
    services, terminal = own_shop.services, own_shop.terminal()
    vouchers = [made_elsewhere(own_shop) for _ in range(2)]
    rotate(services, "codes", ED25519, 0, now())
    records = services.keys.records
    aged = [
        replace(key, signs_until_s=now() - 2 * WEEK_S) if key.signs_until_s else key
        for key in records.keys
    ]
    write_records(services.key_ring.folder, KeyRecords(tuple(aged)))
    good = terminal.redeem(vouchers[0], now=at(2 * WEEK_S))
    assert outcome(terminal, good) == ("applied", "")
    late = terminal.redeem(vouchers[1], now=at(WEEK_S))
    assert outcome(terminal, late) == ("conflict", "unknown_voucher")


def made_elsewhere(shop: Shop) -> bytes:
    """A voucher that central knows by its code alone."""
    draft = draft_voucher((STORE,), (ANY_ITEM,), now() + WEEK_S)
    PHONES[draft.voucher] = code_text(draft, Tier.V1, shop.services.keys, now())
    return draft.voucher


def test_a_revoked_key_is_refused_at_once_and_another_signs(
    own_shop: Shop, beside: Services
) -> None:
    terminal = own_shop.terminal()
    terminal.catch_up()
    issued = own_shop.issue()[0]
    earlier, later = made_elsewhere(own_shop), made_elsewhere(own_shop)
    key_id = own_shop.services.keys.codes[ED25519].key_id.hex()
    revoke(beside, key_id, now())
    refused = verify(own_shop, issued.text)
    assert isinstance(refused, Verdict)
    assert refused.reason == "key_revoked"
    assert len(documents(terminal, "keys")) == 1
    again = verify(own_shop, own_shop.issue()[0].text)
    assert isinstance(again, PickupCode)
    assert again.key_id.hex() != key_id
    # What was handed over before nobody knew better was handed over for a good code.
    assert outcome(terminal, terminal.redeem(earlier, now=at(60))) == ("applied", "")
    assert outcome(terminal, terminal.redeem(later, now=at(-60)))[1] == "unknown_voucher"


def test_a_revoked_documents_key_has_its_documents_signed_anew(own_shop: Shop) -> None:
    services = own_shop.services
    terminal = own_shop.terminal()
    terminal.catch_up()
    revoke(services, services.keys.documents.key_id.hex(), now())
    changes = [c.kind for c in terminal.catch_up() if isinstance(c, DocumentChange)]
    assert changes == ["keys", "policy"]
    with services.database.read() as connection:
        found, _ = open_bundle(trust_bundle(connection, services.keys))
    assert sum(key.revoked for key in found.keys) == 1
    fresh = own_shop.http.get("/v1/trust/status").content
    assert services.keys.documents.key_id in fresh[:40]


@pytest.mark.parametrize("purpose", ["documents", "receipts"])
def test_other_purposes_rotate_too(own_shop: Shop, purpose: str) -> None:
    services = own_shop.services
    added = rotate(services, purpose, Algorithm.ESP256, 0, now())  # type: ignore[arg-type]
    assert getattr(services.keys, purpose).key_id.hex() == added.key_id
    with services.database.read() as connection:
        open_bundle(trust_bundle(connection, services.keys))
    assert own_shop.terminal().send() == []


def test_a_key_that_is_not_there_or_is_a_root_is_not_revoked(own_shop: Shop) -> None:
    services = own_shop.services
    for key_id in ("00" * 8, services.keys.root.key_id.hex()):
        with pytest.raises(NoSuchKeyError):
            revoke(services, key_id, now())


def test_many_rotate_at_once_and_none_is_lost(
    tmp_path: Path, own_shop: Shop, own_database: str | None
) -> None:
    def one() -> str:
        services = open_services(tmp_path, own_database)
        try:
            return rotate(services, "codes", ED25519, 600, now()).key_id
        finally:
            services.close()

    added = together(*[one] * 4)
    assert len(set(added)) == 4
    published = {key.key_id.hex() for key in key_set(own_shop.services).keys}
    assert published >= set(added)
    records = read_records(own_shop.services.key_ring.folder)
    assert records is not None
    assert {key.key_id for key in records.keys} >= published


def test_who_breaks_off_between_file_and_database_is_made_good(own_shop: Shop) -> None:
    """The records are whole and the next look publishes what they say."""
    services = own_shop.services
    before = key_set(services)
    folder = services.key_ring.folder
    added = rotate(services, "codes", ED25519, 600, now())
    # The database goes back to before, as if its commit had failed.
    services.database.write(
        lambda tx: tx.connection.execute(
            delete(tables.documents).where(
                tables.documents.c.kind == "keys", tables.documents.c.version > before.version
            )
        )
    )
    assert added.key_id not in {key.key_id.hex() for key in key_set(services).keys}
    services.database.write(lambda tx: ensure_documents(tx, services.keys, now()))
    assert added.key_id in {key.key_id.hex() for key in key_set(services).keys}
    assert {path.suffix for path in folder.iterdir()} == {".pem", ".json"}


def test_a_damaged_records_file_is_named_and_a_running_server_goes_on(
    own_shop: Shop, tmp_path: Path
) -> None:
    services = own_shop.services
    rotate(services, "codes", ED25519, 600, now())
    known = services.keys.records
    path = services.key_ring.folder / RECORDS_NAME
    whole = path.read_bytes()
    path.write_bytes(b"{}")
    with pytest.raises(CentralHomeError, match=r"keys\.json"):
        open_keys(tmp_path)
    assert services.keys.records == known
    path.write_bytes(whole)
    os.utime(path, ns=(1, 1))
    assert services.keys.records == known


# --- roots ------------------------------------------------------------------------------------


def test_a_root_hands_over_and_new_terminals_pin_the_new_one(own_shop: Shop) -> None:
    services = own_shop.services
    terminal = own_shop.terminal()
    terminal.catch_up()
    for _ in range(2):
        rotate_root(services, None, now())
    changes = [c for c in terminal.catch_up() if isinstance(c, DocumentChange)]
    assert [change.kind for change in changes] == ["root", "root", "keys"]
    root = root_key_from(terminal.identity.root_key)
    versions = []
    for change in changes[:2]:
        link = open_next_root(change.document, root)
        versions.append(link.version)
        root = link.key
    assert versions == sorted(set(versions))
    newcomer = own_shop.terminal()
    assert newcomer.identity.root_version == versions[-1]
    assert root_key_from(newcomer.identity.root_key) == root
    assert isinstance(verify(own_shop, own_shop.issue()[0].text), PickupCode)


def test_the_root_may_lie_elsewhere(own_shop: Shop, tmp_path: Path) -> None:
    services, stick = own_shop.services, tmp_path / "stick.pem"
    root = take_root_out(services, stick, now())
    assert not services.keys.root_is_here
    assert stick.stat().st_mode & 0o077 == 0
    with pytest.raises(RootAwayError, match="--root-key"):
        rotate(services, "codes", ED25519, 0, now())
    with pytest.raises(RootAwayError, match="--root-key"):
        revoke(services, services.keys.receipts.key_id.hex(), now())
    with pytest.raises(RootAwayError, match="--root-key"):
        rotate_root(services, None, now())
    with pytest.raises(NoSuchKeyError):
        take_root_out(services, tmp_path / "again.pem", now())
    assert isinstance(verify(own_shop, own_shop.issue()[0].text), PickupCode)
    # A year passes: the key set needs the root, all else is signed anew.
    late_s = now() + 100 * 86_400
    before = key_set(services)
    services.database.write(lambda tx: ensure_documents(tx, services.keys, late_s))
    assert key_set(services) == before
    with pytest.raises(RootAwayError):
        renew(services, late_s)
    services.key_ring.lend(read_key(stick))
    assert renew(services, late_s) > before.version
    added = rotate(services, "codes", ED25519, 0, now())
    assert added.key_id in {key.key_id.hex() for key in key_set(services).keys}
    new_stick = tmp_path / "new-stick.pem"
    handed = rotate_root(services, new_stick, now())
    assert handed.key_id != root.key_id
    names = {path.name for path in services.key_ring.folder.iterdir()}
    assert not {name for name in names if name.startswith("root")}
    assert read_key(new_stick).public_key() == services.keys.roots[-1].public


def test_a_key_file_is_never_written_over(own_shop: Shop, tmp_path: Path) -> None:
    there = tmp_path / "there.pem"
    there.write_text("something of somebody's")
    with pytest.raises(CentralHomeError, match=r"there\.pem"):
        take_root_out(own_shop.services, there, now())
    with pytest.raises(CentralHomeError, match=r"there\.pem"):
        rotate_root(own_shop.services, there, now())
    assert there.read_text() == "something of somebody's"
    assert own_shop.services.keys.root_is_here


def test_a_home_without_its_database_still_leads_everybody_to_its_root(tmp_path: Path) -> None:
    with open_shop(tmp_path / "home") as shop:
        old = shop.terminal()
        rotate_root(shop.services, None, now())
    fresh = f"sqlite:///{tmp_path / 'fresh.db'}"
    with open_shop(tmp_path / "home", fresh) as shop:
        changes = [c for c in shop.terminal().catch_up() if isinstance(c, DocumentChange)]
    link = next(change for change in changes if change.kind == "root")
    assert open_next_root(link.document, root_key_from(old.identity.root_key))
