"""The ledger's schema version, and bringing a ledger up to it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from kiosk.ledger.errors import DamagedLedger, NewerLedger, OlderLedger

HEAD = "0003"
"""The newest migration; a test holds it equal to the scripts."""

KNOWN = ("0001", "0002", "0003")


def version_of(connection: Connection) -> str | None:
    """The migration a ledger is at; None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def check_known(version: str | None, path: Path) -> None:
    """Whether this program knows a ledger's schema; raises DamagedLedger or NewerLedger."""
    if version is None:
        raise DamagedLedger(f"{path}: no ledger in this file")
    if version not in KNOWN:
        raise NewerLedger(
            f"{path}: written by a newer program (schema {version}, this one knows {HEAD});"
            " install that version again, the ledger is untouched"
        )


def check_current(version: str | None, path: Path) -> None:
    """Whether a ledger can be read as it is; raises DamagedLedger, NewerLedger or OlderLedger."""
    check_known(version, path)
    if version != HEAD:
        raise OlderLedger(
            f"{path}: written by an older program (schema {version}, this one reads {HEAD}); start"
            " the terminal once (kiosk run, or kiosk sync), it brings the ledger up to date"
        )


def migrate(connection: Connection) -> None:
    """Bring an empty or known ledger to HEAD; part of the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
