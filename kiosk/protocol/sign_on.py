"""private_key_jwt (RFC 7523 §2.2): how a terminal proves who it is to the token endpoint."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN_AUDIENCE = "pickup-kiosk/oauth2/token"  # noqa: S105 - a name, not a secret
LIFETIME_S = 60


class SignOnError(ValueError):
    """A client assertion that proves nothing; ``str()`` is the reason."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """A verified client assertion."""

    terminal: str
    assertion_id: str
    """``jti``: may be used once."""
    expires_at_s: int


def make_assertion(terminal: str, key: Ed25519PrivateKey, now_s: int) -> str:
    """A one-minute assertion signed by the terminal's key."""
    claims = {
        "iss": terminal,
        "sub": terminal,
        "aud": TOKEN_AUDIENCE,
        "iat": now_s,
        "exp": now_s + LIFETIME_S,
        "jti": secrets.token_urlsafe(16),
    }
    return jwt.encode(claims, key, algorithm="EdDSA")


def claimed_terminal(assertion: str) -> str:
    """The terminal an assertion claims to be from, unverified, to look up its key by."""
    try:
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise SignOnError("assertion_unreadable") from None
    terminal = claims.get("iss")
    if not isinstance(terminal, str):
        raise SignOnError("assertion_unreadable")
    return terminal


def check_assertion(assertion: str, key: Ed25519PublicKey, now_s: float) -> Assertion:
    """Verify an assertion at a given time; raises SignOnError with the reason.

    ``assertion_time`` means the terminal's clock is off: the answer's Date header tells it.
    """
    options = {"verify_exp": False, "verify_iat": False, "require": ["exp", "iat", "jti", "sub"]}
    try:
        claims = jwt.decode(
            assertion,
            key,
            algorithms=["EdDSA"],
            audience=TOKEN_AUDIENCE,
            options=options,  # type: ignore[arg-type]  # a plain dict is what PyJWT documents
        )
    except jwt.PyJWTError:
        raise SignOnError("assertion_refused") from None
    issued, expires, jti = claims["iat"], claims["exp"], claims["jti"]
    if not (isinstance(issued, int) and isinstance(expires, int) and isinstance(jti, str)):
        raise SignOnError("assertion_refused")
    if claims["sub"] != claims.get("iss") or len(jti) > 64:
        raise SignOnError("assertion_refused")
    if not (issued - LIFETIME_S <= now_s < expires <= issued + 5 * LIFETIME_S):
        raise SignOnError("assertion_time")
    return Assertion(claims["sub"], jti, expires)
