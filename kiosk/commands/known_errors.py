"""Errors of the environment: told in one line, without a trace. Anything else is our bug."""

from __future__ import annotations


def known_errors() -> tuple[type[Exception], ...]:
    """The exception types whose message tells a person what to do."""
    from kiosk.ledger.errors import LedgerError
    from kiosk.protocol.trust import TrustFileError
    from kiosk.settings import SettingsError
    from kiosk.sync.errors import CentralError
    from kiosk.ui.errors import BadSkin, MissingResources, MissingTranslation

    broken_installation = (BadSkin, MissingResources, MissingTranslation)
    return (LedgerError, SettingsError, TrustFileError, CentralError, *broken_installation)
