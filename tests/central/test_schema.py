"""The database's schema: what migrations make is what the code expects."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, inspect, select, text

from kiosk.central.database import Database, DatabaseUnusableError
from kiosk.central.home import CentralHomeError, database_url, open_keys
from kiosk.central.schema import GENERATION, current_revision, migrate, newest_revision
from kiosk.central.services import open_services
from kiosk.central.tables import documents, meta, metadata
from tests.central.conftest import together


@pytest.fixture
def url(tmp_path: Path, own_database: str | None) -> str:
    (tmp_path / "central").mkdir()
    return own_database or database_url(tmp_path)


def test_migrations_make_the_tables_of_the_code(url: str) -> None:
    database = Database(url)
    migrate(database)
    with database.read() as connection:
        assert current_revision(connection) == newest_revision()
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert set(inspect(connection).get_table_names()) == {*metadata.tables, "alembic_version"}
    database.close()


def test_many_may_migrate_at_the_same_time(url: str) -> None:
    databases = [Database(url) for _ in range(4)]
    together(*(lambda database=database: migrate(database) for database in databases))
    with databases[0].read() as connection:
        assert connection.scalar(select(func.count()).select_from(meta)) == 1
    for database in databases:
        database.close()


def test_migrating_again_keeps_the_feeds_generation(url: str) -> None:
    database = Database(url)

    def generation() -> str | None:
        migrate(database)
        with database.read() as connection:
            return connection.scalar(select(meta.c.value).where(meta.c.name == GENERATION))

    assert generation() == generation() is not None
    database.close()


def test_a_newer_database_is_refused_in_plain_words(url: str) -> None:
    database = Database(url)
    migrate(database)
    database.write(
        lambda tx: tx.connection.execute(text("update alembic_version set version_num = '9999'"))
    )
    with pytest.raises(DatabaseUnusableError, match=r"schema 9999.*newer version"):
        migrate(database)
    database.close()


def test_sqlite_is_durable(tmp_path: Path) -> None:
    (tmp_path / "central").mkdir()
    database = Database(database_url(tmp_path))
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
    database.close()


@pytest.mark.parametrize(
    "bad", ["nonsense", "mysql://x/y", "sqlite:////nowhere/at/all.db", "postgresql://127.0.0.1:1/x"]
)
def test_a_database_that_cannot_be_used_is_told(tmp_path: Path, bad: str) -> None:
    with pytest.raises(DatabaseUnusableError):
        open_services(tmp_path, bad)


def test_a_password_is_not_repeated(tmp_path: Path) -> None:
    for bad in ("secret-nonsense", "mysql://u:secret@x/y", "postgresql://u:secret@127.0.0.1:1/x"):
        with pytest.raises(DatabaseUnusableError) as caught:
            open_services(tmp_path, bad)
        assert "secret" not in str(caught.value)


# --- keys and documents -----------------------------------------------------------------------


def test_keys_are_made_once_also_by_many(tmp_path: Path) -> None:
    made = together(*[lambda: open_keys(tmp_path)] * 4)
    assert len({keys.root.key_id for keys in made}) == 1
    files = sorted((tmp_path / "central" / "keys").iterdir())
    assert len(files) == 7
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)
    assert [folder.name for folder in (tmp_path / "central").iterdir()] == ["keys"]


def test_a_damaged_key_is_named(tmp_path: Path) -> None:
    open_keys(tmp_path)
    path = tmp_path / "central" / "keys" / "receipts.pem"
    path.write_bytes(b"rubbish")
    with pytest.raises(CentralHomeError, match=r"receipts\.pem"):
        open_keys(tmp_path)
    path.unlink()
    with pytest.raises(CentralHomeError, match=r"receipts\.pem"):
        open_keys(tmp_path)


def test_another_homes_database_is_refused(tmp_path: Path, own_database: str | None) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    open_services(first, own_database).close()
    with pytest.raises(DatabaseUnusableError, match="another root key"):
        open_services(second, own_database or database_url(first))


def test_documents_are_signed_anew_in_time_with_rising_versions(tmp_path: Path) -> None:
    from kiosk.central.documents import ensure_documents
    from kiosk.protocol.signed import DocumentError
    from kiosk.protocol.trust import TrustBundle, open_bundle

    services = open_services(tmp_path)

    def bundle_after(days: int) -> TrustBundle:
        from kiosk.central.documents import trust_bundle

        now_s = start_s + days * 86_400
        services.database.write(lambda tx: ensure_documents(tx, services.keys, now_s))
        with services.database.read() as connection:
            return trust_bundle(connection, services.keys)

    with services.database.read() as connection:
        start_s = connection.scalar(select(func.max(documents.c.version))) or 0
    first, soon, later = bundle_after(0), bundle_after(20), bundle_after(40)
    assert first == soon
    old, _ = open_bundle(first)
    new, policy = open_bundle(later)
    assert new.version > old.version
    assert new.expires_at_s > old.expires_at_s
    assert policy.version == start_s + 40 * 86_400
    with pytest.raises(DocumentError):
        open_bundle(TrustBundle(first.root_key, first.key_set, b"x"))
    services.close()
