"""Options that commands share, and the home they act on."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

EXIT_OK, EXIT_FAILURE, EXIT_USAGE = 0, 1, 2


def default_home() -> Path:
    """``KIOSK_HOME``, else the platform's folder for application data."""
    if chosen := os.environ.get("KIOSK_HOME"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", "~")).expanduser() / "pickup-kiosk"
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "pickup-kiosk"


def add_home(parser: argparse.ArgumentParser, whose: str = "this terminal") -> None:
    """``--home DIR``: where a terminal (or the reference central) keeps everything."""
    parser.add_argument(
        "--home",
        type=Path,
        default=default_home(),
        metavar="DIR",
        help=f"folder of {whose} (default: $KIOSK_HOME, else %(default)s)",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """``--json``: one JSON object a line instead of text for people."""
    parser.add_argument("--json", action="store_true", help="print JSON lines for programs")
