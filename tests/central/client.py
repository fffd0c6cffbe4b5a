"""A terminal as central sees it: a key, a chain, and HTTP."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.domain.clock import Confidence, Instant
from kiosk.domain.ports import TrustVersions
from kiosk.domain.vouchers import Item
from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.codes import parse_text
from kiosk.protocol.entries import (
    NO_PREVIOUS,
    REDEMPTION,
    Entry,
    EntryHead,
    RedemptionFact,
    make_entry,
    redemption_payload,
    seal,
)
from kiosk.protocol.messages import (
    BatchAnswer,
    BatchRequest,
    Change,
    ChangesAnswer,
    ClaimReply,
    ClaimRequest,
    EnrollAnswer,
    EnrollRequest,
    Outcome,
    TokenAnswer,
)
from kiosk.protocol.sign_on import ASSERTION_TYPE, make_assertion

T = TypeVar("T")
ANY_ITEM = Item("TEA-LJ", 1)
PHONES: dict[bytes, str] = {}
"""What customers show: the code text of each voucher that tests issued."""


@dataclass
class Terminal:
    """Signs on by itself; ``redeem`` only makes an entry, ``send`` hands entries in."""

    http: httpx.Client
    identity: EnrollAnswer
    key: Ed25519PrivateKey
    epoch: int = 1
    seq: int = 0
    previous: bytes = NO_PREVIOUS
    cursor: str = ""
    token: str = ""
    seen: list[Change] = field(default_factory=list)
    made: list[bytes] = field(default_factory=list)
    """Every entry it sealed."""

    @property
    def name(self) -> str:
        return self.identity.terminal

    def post(self, path: str, message: Any, **options: Any) -> httpx.Response:
        return self.http.post(
            path, content=msgspec.json.encode(message), headers=self.headers(), **options
        )

    def headers(self) -> dict[str, str]:
        if not self.token:
            self.token = sign_on(self.http, self.name, self.key)
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}

    def claim(self, voucher: bytes, *, release: bool = False) -> ClaimReply:
        answer = self.post("/v1/claims", ClaimRequest(voucher, release))
        return read(answer, ClaimReply)

    def entry(
        self,
        payload: dict[CborKey, CborValue],
        kind: str = REDEMPTION,
        **changed: Any,
    ) -> Entry:
        """The next entry of the chain; ``changed`` replaces fields of its head."""
        self.seq += 1
        now_s = int(time.time())
        head = EntryHead(
            kind=kind,
            terminal=self.name,
            store=self.identity.store,
            epoch=self.epoch,
            seq=self.seq,
            previous=self.previous,
            now=Instant(now_s, Confidence.CARRIED),
            wall_ms=now_s * 1000,
            staff="1001",
            versions=TrustVersions(1, 0, 1),
        )
        made = make_entry(replace(head, **changed), payload)
        self.previous = made.hash
        return made

    def redeem(
        self,
        voucher: bytes,
        *items: Item,
        text: str | None = None,
        **changed: Any,
    ) -> bytes:
        """A sealed redemption, the next entry of the chain.

        Its evidence is ``text`` (empty: none), or what the customer shows.
        """
        shown = PHONES.get(voucher, "") if text is None else text
        code = parse_text(shown) if shown else None
        presented, tier = (code.presented, int(code.tier)) if code else (b"", 1)
        lines = items or (ANY_ITEM,)
        request_id = secrets.token_bytes(16)
        fact = RedemptionFact(
            voucher, lines, lines, request_id, None, presented, tier=tier, offline=False
        )
        return self.seal(self.entry(redemption_payload(fact), **changed))

    def seal(self, entry: Entry) -> bytes:
        sealed = seal(entry, self.key)
        self.made.append(sealed)
        return sealed

    def send(self, *sealed: bytes) -> list[Outcome]:
        answer = self.post("/v1/ledger:batch", BatchRequest(list(sealed)))
        return read(answer, BatchAnswer).outcomes

    def changes(self, wait: int = 0, cursor: str | None = None) -> ChangesAnswer:
        """One page; remembers the cursor and what it brought."""
        asked: dict[str, str | int] = {
            "cursor": self.cursor if cursor is None else cursor,
            "wait": wait,
        }
        response = self.http.get("/v1/changes", params=asked, headers=self.headers(), timeout=40)
        answer = read(response, ChangesAnswer)
        self.cursor = answer.cursor
        self.seen += answer.changes
        return answer

    def catch_up(self) -> Sequence[Change]:
        """Everything up to now, page by page."""
        start = len(self.seen)
        while self.changes().more:
            pass
        return self.seen[start:]


def read(response: httpx.Response, kind: type[T]) -> T:
    assert response.status_code == 200, (response.status_code, response.text)
    return msgspec.json.decode(response.content, type=kind)


def enroll(http: httpx.Client, code: str) -> Terminal:
    """A new terminal from a one-time code."""
    key = Ed25519PrivateKey.generate()
    request = EnrollRequest(code, key.public_key().public_bytes_raw(), "test")
    response = http.post("/v1/terminals/enroll", content=msgspec.json.encode(request))
    return Terminal(http, read(response, EnrollAnswer), key)


def token_form(assertion: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }


def sign_on(http: httpx.Client, terminal: str, key: Ed25519PrivateKey) -> str:
    form = token_form(make_assertion(terminal, key, int(time.time())))
    return read(http.post("/oauth2/token", data=form), TokenAnswer).access_token
