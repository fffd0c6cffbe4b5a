"""What can go wrong with a ledger, each with its own way out.

LedgerError
├── NotEnrolled        this home has no terminal yet
├── HomeBusy           another process owns this home (``pid``)
├── KeyMissing         the ledger's key is not where it was pinned
├── WrongKey           a key is there, but not this ledger's
├── DamagedLedger      the key is right, the file is not readable; it is left as it is
├── NewerLedger        written by a newer program: refuse the downgrade
├── OlderLedger        written by an older program, and only to be read here
├── HomeUnusable       a file of the home cannot be read or is not what it should be
└── DiskTrouble        full, read-only or failing disk: nothing was committed
"""

from __future__ import annotations

from pathlib import Path


class LedgerError(Exception):
    """A known trouble of the environment; the message says what to do."""


class NotEnrolled(LedgerError):
    """No terminal lives in this home."""

    def __init__(self, home: Path) -> None:
        super().__init__(
            f"{home}: no terminal is enrolled here; run: kiosk enroll --home {home} --central URL"
        )


class HomeBusy(LedgerError):
    """Another process owns this home."""

    def __init__(self, home: Path, pid: int | None) -> None:
        self.pid = pid
        owner = f"process {pid}" if pid else "another process"
        super().__init__(f"{home}: in use by {owner}; close it first (reading commands still work)")


class KeyMissing(LedgerError):
    """The ledger's key is not where it was pinned at enrolment."""


class WrongKey(LedgerError):
    """The key found is not the one this ledger was made with."""


class DamagedLedger(LedgerError):
    """The key is right but the file cannot be read."""


class NewerLedger(LedgerError):
    """A newer program wrote this ledger."""


class OlderLedger(LedgerError):
    """An older program wrote this ledger; reading alone cannot bring it up to date."""


class HomeUnusable(LedgerError):
    """A file of the home is missing, unreadable or not what it should be."""


class DiskTrouble(LedgerError):
    """The disk is full, read-only or failing. The transaction did not happen."""
