"""The keys that central signs with at a moment, and those whose signatures it still honours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric import ed25519

from kiosk.central.key_records import CLOCK_MARGIN_S, KeyRecord, KeyRecords, signer_of
from kiosk.domain.vouchers import CODE_TIERS
from kiosk.protocol import cose
from kiosk.protocol.cose import Algorithm, PrivateKey, PublicKey
from kiosk.protocol.keyset import CODES, KeySet, TrustedKey

ISSUER = "pickup-kiosk reference central"
FOR_EVER_S = 2**40


class CentralHomeError(Exception):
    """Central's home cannot be used; the message names the file."""


class RootAwayError(CentralHomeError):
    """The root's private key is needed and does not lie in the home."""

    def __init__(self) -> None:
        super().__init__("the root's private key is not in this home: give it with --root-key FILE")


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key and the id it is known by."""

    key: PrivateKey
    key_id: bytes

    @property
    def public(self) -> PublicKey:
        """The public half."""
        return self.key.public_key()

    def sign1(self, payload: bytes) -> bytes:
        """The payload in a COSE_Sign1."""
        return cose.sign1(payload, self.key, self.key_id)


@dataclass(frozen=True, slots=True)
class Held:
    """A key of the home; the root's private half may be elsewhere."""

    record: KeyRecord
    public: PublicKey
    private: PrivateKey | None

    @property
    def key_id(self) -> bytes:
        """The id it is known by."""
        return bytes.fromhex(self.record.key_id)

    def signer(self) -> Signer:
        """What signs with it; raises RootAwayError."""
        if self.private is None:
            raise RootAwayError
        return Signer(self.private, self.key_id)


@dataclass(frozen=True, slots=True)
class CentralKeys:
    """Everything central signs with, as of a time."""

    held: tuple[Held, ...]
    """All keys, oldest first."""
    tokens: ed25519.Ed25519PrivateKey
    at_s: int

    def at(self, at_s: int) -> CentralKeys:
        """The same keys at another time."""
        return replace(self, at_s=at_s)

    @property
    def records(self) -> KeyRecords:
        """What is remembered of the keys."""
        return KeyRecords(tuple(one.record for one in self.held))

    @property
    def roots(self) -> tuple[Held, ...]:
        """The roots, the one in force last."""
        return tuple(one for one in self.held if one.record.purpose == "root")

    @property
    def root(self) -> Signer:
        """The root in force; raises RootAwayError when its private half is elsewhere."""
        return self.roots[-1].signer()

    @property
    def root_is_here(self) -> bool:
        """Whether a key set can be signed."""
        return self.roots[-1].private is not None

    @property
    def codes(self) -> dict[Algorithm, Signer]:
        """The keys that sign codes, one for each algorithm that has one."""
        found = ((one, self._signer("codes", one.name.lower())) for one in Algorithm)
        return {algorithm: signer for algorithm, signer in found if signer is not None}

    @property
    def documents(self) -> Signer:
        """The key that signs documents."""
        return self._one_signer("documents")

    @property
    def receipts(self) -> Signer:
        """The key that signs receipts."""
        return self._one_signer("receipts")

    def _one_signer(self, purpose: str) -> Signer:
        signer = self._signer(purpose, "")
        if signer is None:
            raise CentralHomeError(f"no key for {purpose} may sign now: kiosk central keys rotate")
        return signer

    def _signer(self, purpose: str, algorithm: str) -> Signer | None:
        group = (purpose, algorithm)
        record = signer_of((one.record for one in self.held), group, self.at_s)
        return next((one.signer() for one in self.held if one.record is record), None)

    def with_roots(self, lent: Iterable[PrivateKey]) -> CentralKeys:
        """With private halves of roots that were brought along for a ceremony."""
        brought = {cose.key_id_of(key.public_key()): key for key in lent}
        held = tuple(
            replace(one, private=brought[one.key_id])
            if one.record.purpose == "root" and one.private is None and one.key_id in brought
            else one
            for one in self.held
        )
        return replace(self, held=held)

    def trusted(self, ends_s: int) -> tuple[TrustedKey, ...]:
        """The keys as they belong in a key set that ends at a time."""
        return tuple(_trusted(one, ends_s) for one in self.held if one.record.published(self.at_s))

    def evidence(self) -> KeySet:
        """Every key that ever signed codes, for what is handed in late.

        A terminal may come back weeks after a key has left the set. What it redeemed while the key
        was good was good; a revocation ends that at its moment.
        """
        codes = (one for one in self.held if one.record.purpose == CODES)
        keys = tuple(
            replace(_trusted(one, FOR_EVER_S), revoked=False, not_after_s=_good_until_s(one.record))
            for one in codes
        )
        return KeySet(1, 0, FOR_EVER_S, keys)


def _good_until_s(record: KeyRecord) -> int:
    if record.revoked_s is not None:
        return record.revoked_s
    return FOR_EVER_S if record.leaves_s is None else record.leaves_s


def _trusted(one: Held, ends_s: int) -> TrustedKey:
    record = one.record
    # A first key also signed what is older than any set; a later one did not.
    begins_s = record.published_s - CLOCK_MARGIN_S if record.published_s else 0
    leaves_s = record.leaves_s if record.revoked_s is None else None
    return TrustedKey(
        key_id=one.key_id,
        key=one.public,
        not_before_s=begins_s,
        not_after_s=ends_s if leaves_s is None else min(leaves_s, ends_s),
        tiers=CODE_TIERS if record.purpose == CODES else frozenset(),
        issuer=ISSUER,
        purposes=frozenset({record.purpose}),
        revoked=record.revoked_s is not None,
    )
