"""A showing counts once; after a handover newer codes of the same phone are echoes."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.vouchers import Tier
from kiosk.presentations import Presentations
from kiosk.scanning.sighting import Sighting
from tests.fakes import Issuer

ISSUER = Issuer()
CODE = ISSUER.code(tier=Tier.V2)
FIRST, SECOND = ISSUER.text(CODE), ISSUER.text(replace(CODE, issued_at_s=CODE.issued_at_s + 1))
STRANGER = ISSUER.text()


def sighting(text: str, at_s: float) -> Sighting:
    corners = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))
    return Sighting(text, corners, 1, at_s, (1280, 720), 1.0)


def admitted(gate: Presentations, text: str, at_s: float) -> bool:
    return bool(gate.admit([sighting(text, at_s)]))


def test_held_in_view_it_counts_once() -> None:
    gate = Presentations()
    assert [admitted(gate, FIRST, at / 10) for at in range(50)] == [True] + [False] * 49


def test_after_a_refusal_the_next_code_of_the_phone_counts() -> None:
    gate = Presentations()
    assert admitted(gate, FIRST, 0.0)  # a screenshot, say: refused as stale
    assert admitted(gate, SECOND, 1.0)


def test_after_a_handover_the_next_code_is_an_echo() -> None:
    gate = Presentations()
    assert admitted(gate, FIRST, 0.0)
    gate.served(CODE.voucher, 0.5)
    for tenths in range(6, 300):  # the phone stays in view and refreshes its code
        assert not admitted(gate, FIRST if tenths < 100 else SECOND, tenths / 10)


def test_coming_back_after_a_handover_counts() -> None:
    gate = Presentations()
    assert admitted(gate, FIRST, 0.0)
    gate.served(CODE.voucher, 0.5)
    assert not admitted(gate, FIRST, 1.0)
    assert admitted(gate, FIRST, 4.5)


def test_others_are_not_held_up() -> None:
    gate = Presentations()
    gate.served(CODE.voucher, 0.0)
    assert admitted(gate, STRANGER, 0.1)
    assert admitted(gate, "WIFI:S:shop;;", 0.2)


def test_what_is_remembered_is_bounded() -> None:
    gate = Presentations()
    for number in range(1000):
        gate.served(number.to_bytes(16, "big"), float(number))
    assert len(gate._served) == 32
