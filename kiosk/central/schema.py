"""Bring central's database to this version's schema, once, also when many start at a time."""

from __future__ import annotations

import secrets
from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import DBAPIError

from kiosk.central.database import Database, DatabaseUnusableError, Transaction
from kiosk.central.tables import meta

_LOCK_ID = 0x7069636B7570  # any constant: who migrates waits for who else migrates
GENERATION = "feed_generation"


def migrate(database: Database) -> None:
    """Create or upgrade the schema. Raises DatabaseUnusableError when it cannot."""
    try:
        database.write(_upgrade)
    except DBAPIError as error:
        raise DatabaseUnusableError(f"the database cannot be used: {error.orig}") from error


def current_revision(connection: Connection) -> str | None:
    """The schema's revision; None for an empty database."""
    return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """The revision that this software brings."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _upgrade(transaction: Transaction) -> None:
    connection = transaction.connection
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK_ID)))
    if current_revision(connection) != newest_revision():
        config = _config()
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError:
            raise DatabaseUnusableError(
                f"the database has schema {current_revision(connection)}, which this version "
                f"(newest: {newest_revision()}) does not know: it was used by a newer version"
            ) from None
    if connection.scalar(select(meta.c.value).where(meta.c.name == GENERATION)) is None:
        connection.execute(insert(meta).values(name=GENERATION, value=secrets.token_hex(4)))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("kiosk.central") / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
