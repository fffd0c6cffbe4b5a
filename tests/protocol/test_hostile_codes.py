"""Hostile codes of every structure: one verdict each, and nothing is accepted that must not be."""

from __future__ import annotations

import json
from functools import cache

from hypothesis import event, given, settings
from hypothesis import strategies as st

from kiosk.domain.clock import Confidence, Instant
from kiosk.domain.policy import Policy
from kiosk.domain.verdicts import Verdict
from kiosk.domain.verification import Situation, judge
from kiosk.protocol.codes import unverified_voucher
from kiosk.protocol.keyset import KeySet
from kiosk.protocol.trust import open_bundle
from kiosk.protocol.verifier import CodeVerifier
from tests.data.vectors import make
from tests.data.vectors.shop import NOW_S, STORE, trust
from tests.protocol import hostile
from tests.protocol.reference import accepted_voucher

NOW = Instant(NOW_S, Confidence.CARRIED)
HERE = Situation(STORE, NOW, Policy(max_status_age_s=0))


@cache
def key_set() -> KeySet:
    return open_bundle(trust())[0]


VERIFIER = CodeVerifier(key_set)


def answer(text: str) -> bytes | Verdict:
    """The accepted voucher, or the refusal."""
    code = VERIFIER.verify(text, NOW)
    if isinstance(code, Verdict):
        return code
    return judge(code, HERE) or code.voucher


@settings(max_examples=max(300, settings().max_examples))
@given(hostile.codes())
def test_what_is_accepted_is_what_a_second_reader_accepts(text: str) -> None:
    told = answer(text)
    expected = accepted_voucher(text, key_set().keys, STORE, NOW_S)
    event(told.kind.value if isinstance(told, Verdict) else "accepted")
    if isinstance(told, Verdict):
        assert expected is None, f"refused: {told}"
        assert told.reason
    else:
        assert told == expected


@given(hostile.codes(), st.data())
def test_what_a_camera_compares_never_raises(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    claimed = unverified_voucher(text[:at])
    assert claimed is None or isinstance(claimed, bytes)


def test_the_second_reader_knows_the_vectors() -> None:
    for name in make.FILES:
        for case in json.loads((make.FOLDER / f"{name}.json").read_bytes())["cases"]:
            voucher = accepted_voucher(case["text"], key_set().keys, STORE, NOW_S)
            accepted = case["verdict"] == "accepted"
            assert (voucher is not None) == accepted, f"{name}: {case['name']}"
