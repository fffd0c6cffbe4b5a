"""The composition root: the only module that knows every part of a terminal."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk import __version__
from kiosk.counter.desk import Desk
from kiosk.devices.system_clock import SystemClock
from kiosk.domain.link import LinkState
from kiosk.domain.ports import Clock
from kiosk.domain.status import TerminalStatus
from kiosk.ledger.errors import HomeUnusable, LedgerError
from kiosk.ledger.home import Home, HomeLock, Registration, write_durably
from kiosk.ledger.terminal_ledger import TerminalLedger, create_ledger
from kiosk.protocol.messages import EnrollRequest
from kiosk.protocol.verifier import CodeVerifier
from kiosk.sync.client import enroll as enroll_at_central
from kiosk.sync.ports import Credentials, LedgerPorts
from kiosk.sync.service import Changed, SyncService, SyncSettings

CA_FILE = "ca.pem"
_log = structlog.get_logger(__name__)


class Terminal:
    """One running terminal: ledger, sync and desk, wired together; owns its home until closed.

    Raises LedgerError when the home cannot be used. ``start_sync`` begins to talk to central;
    without it the terminal is offline and says so.
    """

    def __init__(
        self, home: Home, *, clock: Clock | None = None, sync_settings: SyncSettings | None = None
    ) -> None:
        self.home = home
        self.clock = clock or SystemClock()
        home.registration()  # tells a missing enrolment before anything is locked or made
        self._lock = HomeLock(home)
        self._lock.__enter__()
        try:
            self.ledger = TerminalLedger(home, self.clock)
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise
        registration = self.ledger.registration
        self._store_name = registration.store_name
        self._listeners: list[Callable[[], None]] = []
        self._handover_listeners: list[Callable[[bytes], None]] = []
        self._outbox_lock = threading.Lock()
        self._outbox = self.ledger.outbox_status()
        self.ledger.outbox.recover()
        self.ledger.on_change(self._refresh)
        self.sync = SyncService(
            Credentials(
                terminal=registration.terminal,
                store=registration.store,
                central_url=registration.central_url,
                ca_file=str(home.path / CA_FILE) if registration.ca_file else None,
                key=self.ledger.identity.key,
            ),
            LedgerPorts(
                self.ledger.outbox,
                self.ledger.replica,
                self.ledger.time,
                self.ledger.status_lists,
            ),
            on_change=self._sync_changed,
            last_contact_age_s=self.ledger.time.last_contact_age_s(),
            settings=sync_settings,
            clock=self._boot_s,
        )
        self.verifier = CodeVerifier(self.ledger.trust.key_set)
        self.desk = Desk(
            verifier=self.verifier,
            store=self.ledger.store,
            central=_Nudging(self.sync, self._refresh),
            clock=self.clock,
            on_handover=self._handed_over,
        )
        self._connected = threading.Event()
        self.ledger.store.warm_up()

    def start_sync(self) -> None:
        """Start pushing, following and claiming."""
        self.sync.start()

    def wait_for_first_contact(self, timeout_s: float) -> bool:
        """Wait until central answered or was found out of reach; whether it answered."""
        self._connected.wait(timeout_s)
        return self.sync.link().state is not LinkState.OFFLINE

    def wait_until_sent(self, timeout_s: float) -> bool:
        """Wait until central has taken in what waits, or is out of reach; whether nothing waits.

        For a program that ends right after a handover: closing cuts a push that is under way.
        """
        changed = threading.Event()
        self._listeners.append(changed.set)
        until_s = self._boot_s() + timeout_s
        try:
            while self._outbox.waiting and self.sync.link().state is not LinkState.OFFLINE:
                left_s = until_s - self._boot_s()
                if left_s <= 0:
                    break
                changed.wait(left_s)
                changed.clear()
        finally:
            # Anew, not in place: another thread may be going through the list.
            self._listeners = [told for told in self._listeners if told != changed.set]
        return not self._outbox.waiting

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` (any thread) when something that a screen shows has changed."""
        self._listeners.append(listener)

    def on_handover(self, listener: Callable[[bytes], None]) -> None:
        """Call ``listener`` with the voucher of each handover, on the counter thread."""
        self._handover_listeners.append(listener)

    def status(self) -> TerminalStatus:
        """The status bar's snapshot; cheap, any thread, touches no disk."""
        link, now = self.sync.link(), self.ledger.time.now()
        offline_s = self.sync.offline_s()
        age_s = self.sync.data_age_s()
        return TerminalStatus(
            store_name=self._store_name,
            terminal=self.ledger.identity.terminal,
            link=link,
            outbox=self._outbox,
            data_age_s=self.ledger.time.last_contact_age_s() if age_s is None else age_s,
            now=now,
            offline_left_s=max(0.0, self.ledger.trust.policy().max_offline_s - offline_s)
            if link.state is LinkState.OFFLINE
            else None,
            monotonic_s=self._boot_s(),
        )

    def close(self) -> None:
        """Stop the threads, finish what was asked for, give the home back."""
        self.desk.close()
        self.sync.stop()
        self.ledger.close()
        self._lock.__exit__(None, None, None)

    def _boot_s(self) -> float:
        """The sync's clock: unlike the monotonic one it goes on while the machine sleeps."""
        return self.clock.read().boot_s

    def _handed_over(self, voucher: bytes) -> None:
        for listener in self._handover_listeners:
            listener(voucher)

    def _sync_changed(self, what: Changed) -> None:
        if what is Changed.LINK:
            self._connected.set()
        for listener in self._listeners:
            listener()

    def _refresh(self) -> None:
        try:
            # Counter and sync both do this: without the lock, the older of two answers may come
            # last and stay on screen.
            with self._outbox_lock:
                self._outbox = self.ledger.outbox_status()
        except LedgerError as error:
            # Runs after commits: what is committed must not look failed for a count's sake.
            _log.warning("outbox status unreadable", error=str(error))
        for listener in self._listeners:
            listener()


class _Nudging:
    """Central for the desk: a nudge also refreshes what the status bar shows."""

    def __init__(self, sync: SyncService, refresh: Callable[[], None]) -> None:
        self._refresh = refresh
        self.claim = sync.claim
        self.offline_s = sync.offline_s
        self._nudge = sync.nudge

    def nudge(self) -> None:
        """Push now; called on the counter thread after each commit."""
        self._nudge()
        self._refresh()


def enroll(
    home: Home,
    *,
    central_url: str,
    code: str,
    ca_file: Path | None = None,
    key_store: str = "file",
    clock: Clock | None = None,
) -> Registration:
    """Enrol a terminal: a one-time code becomes an identity, trust anchors and an empty ledger.

    Raises LedgerError or CentralError; before ``terminal.json`` is there, nothing is enrolled.
    """
    home.make()
    with HomeLock(home):
        key = _enrolling_key(home)
        if ca_file is not None:
            try:
                shutil.copyfile(ca_file, home.path / CA_FILE)
            except OSError as error:
                raise HomeUnusable(f"{ca_file}: {error.strerror}") from None
        answer = enroll_at_central(
            central_url,
            str(home.path / CA_FILE) if ca_file else None,
            EnrollRequest(code.strip(), key.public_key().public_bytes_raw(), __version__),
        )
        registration = create_ledger(
            home,
            clock or SystemClock(),
            answer,
            key=key,
            key_store_name=key_store,
            central_url=central_url,
            ca_file=CA_FILE if ca_file else None,
        )
        home.enrolling_file.unlink()
        return registration


def _enrolling_key(home: Home) -> Ed25519PrivateKey:
    """The key to enrol with; the one of an earlier try that did not end.

    Central answers the same code with the same key again, so a lost answer or a crash costs
    nothing: what such a try left behind holds no facts and is made anew.
    """
    if home.registration_file.exists():
        raise HomeUnusable(f"{home.path}: a terminal is enrolled here already")
    if not home.enrolling_file.exists():
        if home.ledger_file.exists():
            raise HomeUnusable(
                f"{home.ledger_file}: there is a ledger without terminal.json; move it away first"
            )
        write_durably(home.enrolling_file, Ed25519PrivateKey.generate().private_bytes_raw())
    for leftover in home.path.glob(home.ledger_file.name + "*"):
        leftover.unlink()
    return Ed25519PrivateKey.from_private_bytes(home.enrolling_file.read_bytes())
