"""Run by Alembic: migrates the connection that :func:`kiosk.central.schema.migrate` hands in."""

from __future__ import annotations

from alembic import context

from kiosk.central.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
