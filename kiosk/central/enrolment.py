"""Enrolment: a one-time code turns a public key into a terminal of a store."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Literal

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from kiosk.central.database import Database, Transaction
from kiosk.central.tables import enrolment_codes, stores, terminals

CODE_LIFETIME_S = 24 * 3600
_GROUP_CHARS = 4

EnrolmentRefusal = Literal["code_unknown", "code_used", "code_expired", "key_in_use"]


def new_code(transaction: Transaction, store: str, now_s: int) -> str:
    """A fresh one-time code for a store, as text to read out; only its hash is kept."""
    code = base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=")
    transaction.connection.execute(
        insert(enrolment_codes).values(
            code_hash=_hash(code), store=store, expires_s=now_s + CODE_LIFETIME_S
        )
    )
    starts = range(0, len(code), _GROUP_CHARS)
    return "-".join(code[start : start + _GROUP_CHARS] for start in starts)


def enroll(
    database: Database, code: str, public_key: bytes, software: str, now_s: int
) -> tuple[str, str] | EnrolmentRefusal:
    """The new terminal's id and store, or why not.

    The same code with the same key answers with the same terminal, so that an answer lost on
    the way does not cost a code.
    """
    shown = "".join(letter for letter in software if letter.isprintable())
    try:
        return database.write(lambda tx: _enroll(tx, _hash(code), public_key, shown, now_s))
    except IntegrityError:
        return "key_in_use"  # one key is one terminal: a clone must not become a second one


def _enroll(
    transaction: Transaction, code_hash: bytes, public_key: bytes, software: str, now_s: int
) -> tuple[str, str] | EnrolmentRefusal:
    connection = transaction.connection
    row = connection.execute(
        select(enrolment_codes).where(enrolment_codes.c.code_hash == code_hash).with_for_update()
    ).one_or_none()
    if row is None:
        return "code_unknown"
    if row.expires_s <= now_s:
        return "code_expired"
    if row.terminal is not None:
        owner = connection.scalar(
            select(terminals.c.public_key).where(terminals.c.id == row.terminal)
        )
        return (row.terminal, row.store) if owner == public_key else "code_used"
    number = connection.scalar(
        update(stores)
        .where(stores.c.id == row.store)
        .values(terminals_made=stores.c.terminals_made + 1)
        .returning(stores.c.terminals_made)
    )
    terminal = f"{row.store}-T{number:02}"
    connection.execute(
        insert(terminals).values(
            id=terminal,
            store=row.store,
            public_key=public_key,
            software=software,
            enrolled_s=now_s,
        )
    )
    connection.execute(
        update(enrolment_codes)
        .where(enrolment_codes.c.code_hash == code_hash)
        .values(terminal=terminal)
    )
    return terminal, row.store


def _hash(code: str) -> bytes:
    plain = "".join(code.upper().split()).replace("-", "")
    return hashlib.sha256(plain.encode(errors="surrogatepass")).digest()
