"""Sign-on: a terminal's signed assertion is exchanged for a 15-minute bearer token."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import delete, select

from kiosk.central.database import Database, Transaction, upsert
from kiosk.central.tables import assertions, terminals
from kiosk.protocol.sign_on import Assertion, SignOnError, check_assertion, claimed_terminal

TOKEN_LIFETIME_S = 900
_AUDIENCE = "pickup-kiosk/api"
_ISSUER = "pickup-kiosk/central"


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who asks: a terminal and the store it was enrolled for."""

    terminal: str
    store: str


class TokenDesk:
    """Issues and checks bearer tokens. Any thread; signing on blocks on the database."""

    def __init__(self, database: Database, key: Ed25519PrivateKey) -> None:
        self._database = database
        self._key = key
        self._public = key.public_key()

    def sign_on(self, assertion: str, now_s: float) -> str:
        """The token for an assertion; raises SignOnError with the reason."""
        name = claimed_terminal(assertion)
        if not name.isprintable():
            raise SignOnError("terminal_unknown")
        with self._database.read() as connection:
            terminal = connection.execute(
                select(terminals).where(terminals.c.id == name)
            ).one_or_none()
        if terminal is None:
            raise SignOnError("terminal_unknown")
        public_key = Ed25519PublicKey.from_public_bytes(terminal.public_key)
        checked = check_assertion(assertion, public_key, now_s)
        if checked.terminal != terminal.id:
            raise SignOnError("assertion_refused")
        if terminal.disabled:
            raise SignOnError("terminal_disabled")
        if not self._database.write(lambda transaction: _use_once(transaction, checked, now_s)):
            raise SignOnError("assertion_replayed")
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": terminal.id,
            "store": terminal.store,
            "iat": int(now_s),
            "exp": int(now_s) + TOKEN_LIFETIME_S,
        }
        return jwt.encode(claims, self._key, algorithm="EdDSA")

    def bearer(self, token: str) -> Bearer | None:
        """Whom a token names; None when it is not ours or has expired."""
        try:
            claims = jwt.decode(
                token,
                self._public,
                algorithms=["EdDSA"],
                audience=_AUDIENCE,
                issuer=_ISSUER,
                options={"require": ["exp", "sub"]},
            )
        except jwt.PyJWTError:
            return None
        return Bearer(str(claims["sub"]), str(claims.get("store", "")))


def _use_once(transaction: Transaction, assertion: Assertion, now_s: float) -> bool:
    connection = transaction.connection
    connection.execute(delete(assertions).where(assertions.c.expires_s <= int(now_s)))
    name = f"{assertion.terminal}\n{assertion.assertion_id}".encode(errors="surrogatepass")
    used = connection.execute(
        upsert(connection.dialect.name, assertions)
        .values(id_hash=hashlib.sha256(name).digest(), expires_s=assertion.expires_at_s)
        .on_conflict_do_nothing()
        .returning(assertions.c.id_hash)
    )
    return used.one_or_none() is not None
