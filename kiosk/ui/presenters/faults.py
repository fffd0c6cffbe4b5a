"""Tells the log what failed: the environment in a line, the program with its trace."""

from __future__ import annotations

import structlog

from kiosk.ledger.errors import LedgerError

_log = structlog.get_logger(__name__)


def report(fault: Exception, doing: str) -> None:
    """Log a fault that a page shows; ``doing``: what could not be done."""
    if isinstance(fault, LedgerError):
        _log.warning("ledger trouble", doing=doing, error=str(fault))
    else:
        _log.error("fault in the program", doing=doing, exc_info=fault)
