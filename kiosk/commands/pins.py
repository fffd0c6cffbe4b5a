"""PINs for commands: from standard input or a hidden prompt, never an argument."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.counter.desk import Desk
    from kiosk.domain.staff import SignInRefusal, StaffMember

_MOST_CHARS = 64


def read_pin(staff: str) -> str:
    """The PIN of one person: a hidden prompt on a terminal, else the next line of stdin."""
    if sys.stdin.isatty():
        return getpass.getpass(f"PIN of {staff}: ").strip()
    line = sys.stdin.buffer.readline(_MOST_CHARS)
    return line.decode("ascii", errors="replace").strip()


def signed_in(desk: Desk, staff: str) -> StaffMember | SignInRefusal:
    """Ask for a PIN and check it; wrong ones count as they do on the screen."""
    return desk.sign_in(staff, read_pin(staff)).result()
