"""${message}"""

from __future__ import annotations

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Re-create every trigger of a table that batch mode rebuilds."""


def downgrade() -> None:
    """Refused: a ledger goes forward only."""
    raise NotImplementedError
