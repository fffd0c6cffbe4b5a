"""One terminal's ledger, opened: the parts that others are handed, wired together."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from kiosk.domain.ports import Clock, OutboxStatus
from kiosk.ledger.chain import ChainReport, prove
from kiosk.ledger.database import Database
from kiosk.ledger.errors import HomeUnusable
from kiosk.ledger.home import Home, Registration
from kiosk.ledger.identity import Identity, read_identity, write_identity
from kiosk.ledger.key_stores import key_check, key_store, load_key
from kiosk.ledger.outbox import LedgerOutbox
from kiosk.ledger.replica import LedgerReplica
from kiosk.ledger.status_lists import LedgerStatusLists, store_status
from kiosk.ledger.store import LedgerStore
from kiosk.ledger.swapping import finish_swap
from kiosk.ledger.time_keeper import LedgerTimeKeeper
from kiosk.ledger.triggers import check_guards
from kiosk.ledger.trust import TrustStore, store_document
from kiosk.protocol.keyset import KIND as KEYS
from kiosk.protocol.keyset import KeySet, open_key_set
from kiosk.protocol.messages import EnrollAnswer
from kiosk.protocol.policies import KIND as POLICY
from kiosk.protocol.policies import open_policy
from kiosk.protocol.signed import DocumentError
from kiosk.protocol.status_list import StatusList, open_status, taken
from kiosk.protocol.trust import root_key_from


class TerminalLedger:
    """Opens the ledger of a home. Close it when done; raises LedgerError (kiosk.ledger.errors).

    With ``read_only`` it works beside the process that owns the home: nothing is written,
    migrated or locked. Otherwise the caller holds the home's lock.
    """

    def __init__(self, home: Home, clock: Clock, *, read_only: bool = False) -> None:
        self.registration = home.registration()
        if not read_only:
            finish_swap(home)
        stored = key_store(self.registration.key_store, home)
        key = load_key(stored, self.registration.key_check)
        self.database = Database(home.ledger_file, key, read_only=read_only)
        self.database.open()
        try:
            with self.database.read() as connection:
                check_guards(connection, home.ledger_file)
                self.identity: Identity = read_identity(connection)
                self.time = LedgerTimeKeeper(self.database, clock)
                self.trust = TrustStore(connection, self.identity)
        except BaseException:
            self.database.close()
            raise
        self._listeners: list[Callable[[], None]] = []
        self.store = LedgerStore(self.database, self.identity, self.trust, self.time, clock)
        self.outbox = LedgerOutbox(self.database, self.time, self._changed)
        self.replica = LedgerReplica(self.database, self.trust, self.time, self._changed)
        self.status_lists = LedgerStatusLists(self.database, self.trust, self.time, self._changed)

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after outbox or replica changed, on the thread that changed them."""
        self._listeners.append(listener)

    def prove_chain(self) -> ChainReport:
        """Walk and verify every entry."""
        with self.database.read() as connection:
            return prove(connection, self.identity)

    def outbox_status(self) -> OutboxStatus:
        """What waits for central."""
        return self.store.outbox()

    def close(self) -> None:
        """Close every connection; what was asked for is finished first."""
        self.database.close()

    def _changed(self) -> None:
        for listener in self._listeners:
            listener()


def create_ledger(
    home: Home,
    clock: Clock,
    answer: EnrollAnswer,
    *,
    key: Ed25519PrivateKey,
    key_store_name: str,
    central_url: str,
    ca_file: str | None,
) -> Registration:
    """Make the ledger of a newly enrolled terminal; the caller holds the home's lock.

    ``terminal.json`` is written last: before it exists, nothing is enrolled and the whole can
    be tried again. Raises HomeUnusable when a terminal lives here already or central's
    documents do not verify.
    """
    if home.registration_file.exists():
        raise HomeUnusable(f"{home.path}: a terminal is enrolled here already")
    if home.ledger_file.exists():
        raise HomeUnusable(
            f"{home.ledger_file}: there is a ledger without terminal.json; move it away first"
        )
    try:
        key_set = open_key_set(answer.key_set, root_key_from(answer.root_key))
        policy = open_policy(answer.policy, key_set, int(answer.time_s))
        status = _status_list(answer, key_set)
    except DocumentError as error:
        raise HomeUnusable(f"central's trust documents do not verify: {error}") from None
    secret = key_store(key_store_name, home).create()
    database = Database(home.ledger_file, secret, create=True)
    database.open()
    try:
        keeper = LedgerTimeKeeper(database, clock)

        def work(connection: Connection) -> None:
            write_identity(
                connection,
                terminal=answer.terminal,
                store=answer.store,
                key=key,
                root=answer.root_key,
                root_version=answer.root_version,
            )
            store_document(connection, KEYS, key_set.version, answer.key_set)
            store_document(connection, POLICY, policy.version, answer.policy)
            if status is not None:
                store_status(connection, status)

        database.write(work)
        keeper.settle(answer.time_s)
    finally:
        database.close()
    registration = Registration(
        terminal=answer.terminal,
        store=answer.store,
        store_name=answer.store_name,
        central_url=central_url,
        key_store=key_store_name,
        key_check=key_check(secret),
        ca_file=ca_file,
    )
    home.write_registration(registration)
    return registration


def _status_list(answer: EnrollAnswer, key_set: KeySet) -> StatusList | None:
    """The list that came with the enrolment; a central without one is no reason to refuse it."""
    if not answer.status:
        return None
    at_s = int(answer.time_s)
    return taken(None, open_status(answer.status, key_set, at_s), at_s)
