"""The migrations make exactly what the tables and guards say."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

import kiosk.ledger
from kiosk.ledger import schema
from kiosk.ledger.errors import NewerLedger
from kiosk.ledger.home import Home
from kiosk.ledger.tables import metadata
from kiosk.ledger.terminal_ledger import TerminalLedger
from kiosk.ledger.triggers import TRIGGERS
from tests.fakes import FakeClock, opened


def test_head_is_the_newest_script() -> None:
    config = Config()
    folder = Path(kiosk.ledger.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_current_head() == schema.HEAD
    assert {script.revision for script in scripts.walk_revisions()} == set(schema.KNOWN)


def test_migrated_tables_are_the_declared_ones(ledger: TerminalLedger) -> None:
    with ledger.database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_every_guard_is_there_and_is_the_declared_one(ledger: TerminalLedger) -> None:
    query = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    with ledger.database.read() as connection:
        found = {name: " ".join(sql.split()) for name, sql in connection.execute(query)}
    assert found == {name: " ".join(sql.split()) for name, sql in TRIGGERS.items()}


def test_a_newer_ledger_is_left_alone(home: Home, clock: FakeClock) -> None:
    with opened(home, clock) as ledger:
        ledger.database.write(
            lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        )
    with pytest.raises(NewerLedger, match="newer program"), opened(home, clock):
        pass


def test_it_is_wal_with_full_synchronous_and_keys_checked(ledger: TerminalLedger) -> None:
    def pragmas(connection) -> list[object]:  # type: ignore[no-untyped-def]
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    assert ledger.database.write(pragmas) == ["wal", 2, 1]
