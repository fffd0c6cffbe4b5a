"""A terminal that needs no central: enrolled here, at the real time, by an issuer of the tests."""

from __future__ import annotations

import time
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.devices.system_clock import SystemClock
from kiosk.ledger.home import Home, HomeLock
from kiosk.ledger.terminal_ledger import create_ledger
from tests.fakes import Issuer

NOWHERE = "http://127.0.0.1:9"


def lone_terminal(path: Path) -> Issuer:
    """Make ``path`` a terminal's home; gives who issues codes for it."""
    path.mkdir(parents=True, exist_ok=True)
    issuer = Issuer(now_s=int(time.time()))
    home = Home(path)
    with HomeLock(home):
        create_ledger(
            home,
            SystemClock(),
            issuer.enroll_answer(),
            key=Ed25519PrivateKey.generate(),
            key_store_name="file",
            central_url=NOWHERE,
            ca_file=None,
        )
    return issuer
