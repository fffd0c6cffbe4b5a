"""What the demonstration says beside its window."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """One line on stderr: stdout belongs to the tour's answer."""
    print(f"kiosk demo: {text}", file=sys.stderr, flush=True)
