"""Fakes shared by the tests: clocks, a network that is not there, an issuer, a terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.domain.clock import ClockReading, Confidence, Instant
from kiosk.domain.policy import Policy
from kiosk.domain.ports import ClaimAnswer
from kiosk.domain.vouchers import CODE_TIERS, CodeOptions, Item, PickupCode, Tier
from kiosk.ledger.home import Home, HomeLock
from kiosk.ledger.terminal_ledger import TerminalLedger, create_ledger
from kiosk.protocol import cbor, cose, keyset, policies, signed
from kiosk.protocol.codes import encode_bound, encode_code, encode_showing
from kiosk.protocol.cose import Algorithm, PrivateKey, PublicKey
from kiosk.protocol.keyset import CODES, DOCUMENTS, RECEIPTS, KeySet, TrustedKey
from kiosk.protocol.messages import EnrollAnswer
from kiosk.protocol.trust import TrustBundle

NOW_S = 1_800_000_000
STORE = "S001"
TERMINAL = "S001-T01"


@dataclass
class FakeClock:
    """A clock that the test turns."""

    wall_s: float = float(NOW_S)
    boot_s: float = 1000.0
    boot_id: str = "boot-1"
    asleep_s: float = 0.0

    def read(self) -> ClockReading:
        return ClockReading(self.wall_s, self.boot_s, self.boot_id)

    def monotonic_s(self) -> float:
        return self.boot_s - self.asleep_s

    def pass_s(self, seconds: float) -> None:
        """Time passes as it should."""
        self.wall_s += seconds
        self.boot_s += seconds

    def sleep_s(self, seconds: float) -> None:
        """The machine is suspended: the monotonic clock stands still."""
        self.pass_s(seconds)
        self.asleep_s += seconds

    def reboot(self) -> None:
        self.boot_id += "'"
        self.boot_s, self.asleep_s = 5.0, 0.0


@dataclass
class FakeTicket:
    """A claim whose answer is known at once; None means that central is silent."""

    answer: ClaimAnswer | None = None
    released: bool = False
    waited_s: list[float] = field(default_factory=list)

    def wait(self, timeout_s: float) -> ClaimAnswer | None:
        self.waited_s.append(timeout_s)
        return self.answer

    def release(self) -> None:
        self.released = True


@dataclass
class FakeCentral:
    """The network as the use cases see it."""

    answer: ClaimAnswer | None = None
    gone_s: float = 0.0
    nudges: int = 0
    tickets: list[FakeTicket] = field(default_factory=list)

    def claim(self, voucher: bytes) -> FakeTicket:
        ticket = FakeTicket(self.answer)
        self.tickets.append(ticket)
        return ticket

    def offline_s(self) -> float:
        return self.gone_s

    def nudge(self) -> None:
        self.nudges += 1


def instant(at_s: int = NOW_S, confidence: Confidence = Confidence.CARRIED) -> Instant:
    return Instant(at_s, confidence, "" if confidence else "rebooted")


class Issuer:
    """Makes signed key sets, policies and codes, as head office would."""

    def __init__(self, *algorithms: Algorithm, now_s: int = NOW_S) -> None:
        self.now_s = now_s
        self.root = cose.generate_key(Algorithm.ED25519)
        self.root_id = os.urandom(8)
        self.documents = cose.generate_key(Algorithm.ED25519)
        self.keys: dict[Algorithm, tuple[bytes, PrivateKey]] = {
            algorithm: (os.urandom(8), cose.generate_key(algorithm))
            for algorithm in (algorithms or (Algorithm.ED25519,))
        }

    def trusted_key(self, algorithm: Algorithm = Algorithm.ED25519) -> TrustedKey:
        key_id, key = self.keys[algorithm]
        return TrustedKey(
            key_id=key_id,
            key=key.public_key(),
            not_before_s=self.now_s - 1000,
            not_after_s=self.now_s + 10_000_000,
            tiers=CODE_TIERS,
            issuer="test",
            purposes=frozenset({CODES}),
        )

    def key_set(self, version: int = 1) -> KeySet:
        documents = replace(
            self.trusted_key(next(iter(self.keys))),
            key_id=b"document",
            key=self.documents.public_key(),
            tiers=frozenset(),
            purposes=frozenset({DOCUMENTS, RECEIPTS}),
        )
        keys = tuple(self.trusted_key(algorithm) for algorithm in self.keys)
        return KeySet(version, self.now_s - 100, self.now_s + 1_000_000, (*keys, documents))

    def signed_key_set(self, key_set: KeySet | None = None) -> bytes:
        return keyset.sign_key_set(key_set or self.key_set(), self.root, self.root_id)

    def signed_policy(self, policy: Policy | None = None) -> bytes:
        document = policies.policy_document(
            policy or Policy(version=1), self.now_s - 100, self.now_s + 1_000_000
        )
        return signed.sign_document(document, self.documents, b"document")

    def root_key(self) -> bytes:
        return cbor.encode(cose.public_key_map(self.root.public_key()))

    def bundle(self) -> TrustBundle:
        return TrustBundle(self.root_key(), self.signed_key_set(), self.signed_policy())

    def enroll_answer(self, terminal: str = TERMINAL) -> EnrollAnswer:
        return EnrollAnswer(
            terminal=terminal,
            store=STORE,
            store_name="示范门店",
            root_key=self.root_key(),
            key_set=self.signed_key_set(),
            policy=self.signed_policy(),
            time_s=float(self.now_s),
        )

    def code(self, algorithm: Algorithm | None = None, **changes: object) -> PickupCode:
        """A valid V1 code with two items, not yet signed."""
        key_id, _ = self.keys[algorithm or next(iter(self.keys))]
        code = PickupCode(
            voucher=os.urandom(16),
            tier=Tier.V1,
            stores=(STORE,),
            issued_at_s=self.now_s - 5,
            expires_at_s=self.now_s + 86_400,
            not_before_s=None,
            items=(Item("CRAB-4L", 2), Item("GIFT-BOX", 1)),
            key_id=key_id,
            presented=b"",
            options=CodeOptions(),
        )
        return replace(code, **changes)  # type: ignore[arg-type]  # the test names fields

    def bound(self, holder: PublicKey, **changes: object) -> bytes:
        """The inner half of a V3 code: a voucher bound to a phone's key."""
        code = replace(self.code(None, tier=Tier.V3), **changes)  # type: ignore[arg-type]
        return encode_bound(code, self._key_of(code), holder)

    def showing(self, phone: PrivateKey, signed_at_s: int | None = None, **changes: object) -> str:
        """What a phone shows of a new V3 voucher that is bound to it."""
        inner = self.bound(phone.public_key(), **changes)
        return encode_showing(inner, phone, self.now_s if signed_at_s is None else signed_at_s)

    def _key_of(self, code: PickupCode) -> PrivateKey:
        return next(key for key_id, key in self.keys.values() if key_id == code.key_id)

    def text(self, code: PickupCode | None = None, **changes: object) -> str:
        code = self.code(None, **changes) if code is None else code
        return encode_code(code, self._key_of(code))


def enrolled_home(path: Path, issuer: Issuer, clock: FakeClock) -> Home:
    """A home with a freshly made ledger."""
    home = Home(path)
    home.make()
    with HomeLock(home):
        create_ledger(
            home,
            clock,
            issuer.enroll_answer(),
            key=Ed25519PrivateKey.generate(),
            key_store_name="file",
            central_url="http://127.0.0.1:9",
            ca_file=None,
        )
    return home


@contextmanager
def opened(home: Home, clock: FakeClock) -> Iterator[TerminalLedger]:
    """The ledger of a home, open for writing."""
    with HomeLock(home):
        ledger = TerminalLedger(home, clock)
        try:
            yield ledger
        finally:
            ledger.close()
