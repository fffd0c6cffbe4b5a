"""A supervisor at a terminal's screen, as a process of its own.

``python -m tests.e2e.reviewing HOME VOUCHER STAFF NOTE`` does what the window does once the PIN is
checked, and prints ``done`` or why not.
"""

from __future__ import annotations

import sys
from pathlib import Path

from kiosk.bootstrap import Terminal
from kiosk.ledger.home import Home


def review(home: Path, voucher: bytes, staff: str, note: str) -> str:
    """The terminal's answer."""
    terminal = Terminal(Home(home))
    try:
        return terminal.desk.review_serial(voucher, staff, note).result() or "done"
    finally:
        terminal.close()


if __name__ == "__main__":
    _, home, voucher, staff, note = sys.argv
    print(review(Path(home), bytes.fromhex(voucher), staff, note))
