"""The migrations make exactly what the tables and guards say."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

import kiosk.ledger
from kiosk.ledger import schema
from kiosk.ledger.errors import NewerLedger, OlderLedger
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


def test_a_ledger_of_the_first_schema_keeps_its_facts_and_guards() -> None:
    config = Config()
    config.set_main_option(
        "script_location", str(Path(kiosk.ledger.__file__).parent / "migrations")
    )
    with create_engine("sqlite://").connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        place = {"e": b"entry", "v": b"voucher"}
        connection.execute(
            text("INSERT INTO entries VALUES (1, 1, :e, :e, 'redemption', 9, :e)"), place
        )
        connection.execute(
            text("INSERT INTO redemptions VALUES (:e, :v, :e, NULL, 9, '1001', 1, 1)"), place
        )
        connection.execute(text("INSERT INTO meta VALUES ('cursor', :e), ('epoch', :e)"), place)
        told = {"e": b"entry", "o": b'{"entry":"b3RoZXI=","store":"S001"}', "n": b"null"}
        for kind, other in (("over_redeemed", ":o"), ("chain_gap", ":n")):
            connection.execute(
                text(f"INSERT INTO conflicts VALUES (:e, '{kind}', {other}, 'open', 9)"), told
            )
        command.upgrade(config, "head")
        kept = text("SELECT kind, other_entry, other, state, noted_at_s FROM conflicts ORDER BY 1")
        assert connection.execute(kept).all() == [
            ("chain_gap", b"", b"null", "open", 9),
            ("over_redeemed", b"other", told["o"], "open", 9),
        ]
        assert connection.scalars(text("SELECT name FROM meta")).all() == ["epoch"]
        query = text("SELECT voucher, staff, holder FROM redemptions")
        assert connection.execute(query).all() == [(b"voucher", "1001", None)]
        guards = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        found = {name: " ".join(sql.split()) for name, sql in connection.execute(guards)}
        assert found == {name: " ".join(sql.split()) for name, sql in TRIGGERS.items()}
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_reading_alone_does_not_migrate_an_older_ledger(home: Home, clock: FakeClock) -> None:
    with opened(home, clock) as ledger:
        ledger.database.write(
            lambda c: c.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        )
    with pytest.raises(OlderLedger, match="older program"):
        TerminalLedger(home, clock, read_only=True)


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
