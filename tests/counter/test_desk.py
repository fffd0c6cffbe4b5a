"""The desk's own state: the challenge that it shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.counter.desk import Desk
from kiosk.domain.policy import Policy
from kiosk.domain.vouchers import CodeOptions
from kiosk.ledger.terminal_ledger import TerminalLedger
from kiosk.protocol import cose
from kiosk.protocol.codes import encode_showing
from kiosk.protocol.cose import Algorithm
from kiosk.protocol.verifier import CodeVerifier
from tests.counter.conftest import Counter
from tests.fakes import NOW_S

PHONE = cose.generate_key(Algorithm.ED25519)


@pytest.fixture
def desk(counter: Counter) -> Iterator[Desk]:
    counter.govern(challenge_value_class=2)
    ledger: TerminalLedger = counter.ledger
    desk = Desk(
        verifier=CodeVerifier(ledger.trust.key_set),
        store=ledger.store,
        central=counter.central,
        clock=counter.clock,
    )
    yield desk
    desk.close()


def test_the_digits_stay_while_they_are_valid(desk: Desk, counter: Counter) -> None:
    shown = desk.challenge()
    assert len(shown.digits) == 8
    assert desk.challenge() == shown
    counter.clock.pass_s(Policy().challenge_valid_s + 1)
    assert desk.challenge().digits != shown.digits


def test_digits_prove_one_handover(desk: Desk, counter: Counter, tmp_path: Path) -> None:
    digits = desk.challenge().digits
    dear = CodeOptions(value_class=2)
    texts = [
        encode_showing(
            counter.issuer.bound(PHONE.public_key(), options=dear), PHONE, NOW_S, challenge=digits
        )
        for _ in range(2)
    ]
    prepared = desk.prepare(texts[0]).result()
    assert prepared.card is not None
    assert desk.confirm(prepared, prepared.card.left, "1001").result().seq == 1
    refused = desk.prepare(texts[1]).result().verdict
    assert refused is not None
    assert refused.reason == "challenge_wrong"


def test_digits_that_nobody_asked_for_prove_nothing(desk: Desk, counter: Counter) -> None:
    inner = counter.issuer.bound(PHONE.public_key(), options=CodeOptions(value_class=2))
    text = encode_showing(inner, PHONE, NOW_S, challenge="12345678")
    refused = desk.prepare(text).result().verdict
    assert refused is not None
    assert refused.reason == "challenge_wrong"
