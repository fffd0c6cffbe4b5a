"""A terminal's home: one folder with everything it owns, and the lock that gives it one writer."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

from kiosk.ledger.errors import HomeBusy, HomeUnusable, NotEnrolled


class Registration(msgspec.Struct, frozen=True):
    """``terminal.json``: what was fixed at enrolment. Nothing in it is secret."""

    terminal: str
    store: str
    store_name: str
    central_url: str
    key_store: str
    """Where the ledger's key lives (:mod:`kiosk.ledger.key_stores`); pinned."""
    key_check: str
    """Tells a wrong key from a damaged file."""
    ca_file: str | None = None


class Home:
    """Paths of one terminal's home."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.registration_file = path / "terminal.json"
        self.ledger_file = path / "ledger.db"
        self.key_file = path / "ledger.key"
        self.lock_file = path / "lock"
        self.enrolling_file = path / "enrolling.key"
        """The terminal's key while it enrols; there only until ``terminal.json`` is."""
        self.fresh_file = path / "ledger.db.fresh"
        """A ledger that is being made to take the place of the present one."""
        self.swap_file = path / "ledger.db.swap"
        """There while ``fresh_file`` is complete and not yet in its place."""
        self.log_dir = path / "logs"

    def make(self) -> None:
        """Make the folder, for its owner alone; raises HomeUnusable."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            if sys.platform != "win32":
                self.path.chmod(0o700)
        except OSError as error:
            raise HomeUnusable(f"{self.path}: {error.strerror}") from None

    def registration(self) -> Registration:
        """Who lives here; raises NotEnrolled or HomeUnusable."""
        try:
            raw = self.registration_file.read_bytes()
        except FileNotFoundError:
            raise NotEnrolled(self.path) from None
        except OSError as error:
            raise HomeUnusable(f"{self.registration_file}: {error.strerror}") from None
        try:
            return msgspec.json.decode(raw, type=Registration)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise HomeUnusable(f"{self.registration_file}: {error}") from None

    def write_registration(self, registration: Registration) -> None:
        """Write ``terminal.json``: the last step of an enrolment, atomic and durable."""
        write_durably(
            self.registration_file, msgspec.json.format(msgspec.json.encode(registration))
        )


def write_durably(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Replace a file so that after a crash it has the old or the new content, never half."""
    draft = path.with_name(path.name + ".new")
    with suppress(FileNotFoundError):
        draft.unlink()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    if sys.platform != "win32":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class HomeLock:
    """Held by the one process that may write to a home; the system drops it when that dies."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        """Take the lock; raises HomeBusy with the owner's process id."""
        path = self._home.lock_file
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            file = os.fdopen(descriptor, "r+", encoding="ascii")
        except OSError as error:
            raise HomeUnusable(f"{path}: {error.strerror}") from None
        if not _try_lock(file):
            file.seek(0)
            owner = file.read(32).strip()
            file.close()
            raise HomeBusy(self._home.path, int(owner) if owner.isdigit() else None)
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the lock back."""
        if self._file is not None:
            self._file.close()
            self._file = None


if sys.platform == "win32":
    import msvcrt

    _LOCKED_BYTE = 1024  # past the process id, which others must be able to read

    def _try_lock(file: IO[str]) -> bool:
        file.seek(_LOCKED_BYTE)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
