"""`kiosk ledger verify`: whatever is changed behind the program's back is named."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from kiosk.ledger.terminal_ledger import TerminalLedger
from tests.fakes import Issuer
from tests.ledger.test_redeem import draft

TAMPERINGS = {
    "changed": ("UPDATE entries SET sealed = x'00' WHERE seq = 3", (3, "cose_not_sign1")),
    "swapped": (
        "UPDATE entries SET sealed = (SELECT sealed FROM entries WHERE seq = 2) WHERE seq = 3",
        (3, "hash_differs"),
    ),
    "undelivered": ("DELETE FROM outbox WHERE seq = 3", (3, "outbox_row_missing")),
    "unredeemed": (
        "DELETE FROM redemption_lines WHERE entry = (SELECT hash FROM entries WHERE seq = 3)",
        (3, "redemption_lines_differ"),
    ),
    "removed": ("DELETE FROM entries WHERE seq = 3", (4, "sequence_gap")),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_named(ledger: TerminalLedger, issuer: Issuer, name: str) -> None:
    for _ in range(5):
        ledger.store.commit_redemption(draft(issuer.code()))
    assert ledger.prove_chain().fault is None
    statement, (seq, reason) = TAMPERINGS[name]
    unguarded = [
        "entries_never_update",
        "entries_never_delete",
        "outbox_never_deleted",
        "redemption_lines_never_delete",
    ]

    def tamper(connection) -> None:  # type: ignore[no-untyped-def]
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        for trigger in unguarded:
            connection.execute(text(f"DROP TRIGGER {trigger}"))
        if name == "removed":
            for table in ("outbox", "movements"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_never_delete"))
            connection.execute(text("DELETE FROM outbox WHERE seq = 3"))
            connection.execute(text("DELETE FROM movements WHERE seq = 3"))
            connection.execute(text("DROP TRIGGER redemptions_never_delete"))
            for table in ("redemption_lines", "redemptions"):
                connection.execute(
                    text(
                        f"DELETE FROM {table} WHERE entry = (SELECT hash FROM entries WHERE seq=3)"
                    )
                )
        connection.execute(text(statement))

    ledger.database.write(tamper)
    fault = ledger.prove_chain().fault
    assert fault is not None
    assert fault.seq == seq
    assert fault.reason == reason
