"""A counter on a real ledger, with a central that answers as the test says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from kiosk.counter.confirm import confirm
from kiosk.counter.prepare import Prepared, prepare
from kiosk.domain.approval import Approval
from kiosk.domain.orders import Handover
from kiosk.domain.policy import Policy
from kiosk.domain.vouchers import Item
from kiosk.ledger.terminal_ledger import TerminalLedger
from kiosk.protocol import messages as m
from kiosk.protocol.verifier import CodeVerifier
from tests.fakes import NOW_S, FakeCentral, FakeClock, Issuer, enrolled_home, opened


@dataclass
class Counter:
    ledger: TerminalLedger
    central: FakeCentral
    clock: FakeClock
    issuer: Issuer

    challenge: str | None = None
    """The digits that the terminal shows."""

    def scan(self, text: str, approval: Approval | None = None) -> Prepared:
        verifier = CodeVerifier(self.ledger.trust.key_set)
        return prepare(
            text,
            verifier=verifier,
            store=self.ledger.store,
            central=self.central,
            clock=self.clock,
            challenge=self.challenge,
            approval=approval,
        )

    def hand_over(self, prepared: Prepared, *items: Item) -> Handover:
        assert prepared.card is not None
        return confirm(
            prepared.card,
            items or prepared.card.left,
            staff="1001",
            claim=prepared.claim,
            store=self.ledger.store,
            central=self.central,
            clock=self.clock,
        )

    def refusal(self, text: str) -> str:
        prepared = self.scan(text)
        assert prepared.verdict is not None
        return f"{prepared.verdict.kind}:{prepared.verdict.reason}"

    def govern(self, **changes: object) -> None:
        """A new policy comes from head office."""
        version = self.ledger.store.policy().version + 1
        policy = replace(Policy(version=version), **changes)  # type: ignore[arg-type]
        self.learn(m.DocumentChange("policy", self.issuer.signed_policy(policy)))

    def learn(self, *changes: m.Change) -> None:
        cursor = os.urandom(4).hex()
        self.ledger.replica.apply(m.ChangesAnswer(cursor, list(changes), float(NOW_S)))


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    issuer, clock = Issuer(), FakeClock()
    with opened(enrolled_home(tmp_path / "home", issuer, clock), clock) as ledger:
        yield Counter(ledger, FakeCentral(), clock, issuer)
