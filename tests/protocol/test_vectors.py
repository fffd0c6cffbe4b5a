"""The test vectors that other implementations use: ours gives each its verdict."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kiosk.domain.clock import Confidence, Instant
from kiosk.domain.verdicts import Verdict
from kiosk.domain.verification import Situation, judge
from kiosk.protocol.codes import MAX_TEXT_CHARS
from kiosk.protocol.cose import Algorithm
from kiosk.protocol.trust import open_bundle, read_trust_file
from kiosk.protocol.verifier import CodeVerifier
from tests.data.vectors import make
from tests.e2e.processes import kiosk

FOLDER = make.FOLDER
FILES = sorted(path for path in FOLDER.glob("*.json") if not path.name.startswith("trust"))
NO_LEDGER = {
    "accepted",
    "expired",
    "not_yet_valid",
    "stale",
    "wrong_store",
    "unknown_key",
    "bad_signature",
    "malformed",
}

Vectors = dict[str, Any]


@cache
def read(path: Path) -> Vectors:
    vectors: Vectors = json.loads(path.read_bytes())
    return vectors


@pytest.fixture(params=FILES, ids=[path.stem for path in FILES])
def vectors(request: pytest.FixtureRequest) -> Vectors:
    return read(request.param)


def test_every_text_has_its_verdict(vectors: Vectors) -> None:
    key_set, policy = open_bundle(read_trust_file(FOLDER / vectors["trust"]))
    policy = replace(policy, max_status_age_s=0)  # the trust files bring no status list
    now = Instant(vectors["now"], Confidence.CARRIED)
    verifier, situation = CodeVerifier(lambda: key_set), Situation(vectors["store"], now, policy)

    def verdict(text: str) -> str:
        code = verifier.verify(text, now)
        refusal = code if isinstance(code, Verdict) else judge(code, situation)
        return refusal.kind.value if refusal else "accepted"

    expected = {case["name"]: case["verdict"] for case in vectors["cases"]}
    assert {case["name"]: verdict(case["text"]) for case in vectors["cases"]} == expected
    assert len(expected) == len(vectors["cases"]), "a name is there twice"


def test_the_command_says_the_same(vectors: Vectors) -> None:
    cases = vectors["cases"]
    done = kiosk(
        *("verify", "--stdin", "--json", "--trust", FOLDER / vectors["trust"]),
        *("--store", vectors["store"], "--now", str(vectors["now"])),
        given="\n".join(case["text"] for case in cases) + "\n",
    )
    told = {case["name"]: line["verdict"] for case, line in zip(cases, done.lines, strict=True)}
    assert told == {case["name"]: case["verdict"] for case in cases}


def test_they_are_made_again_the_same() -> None:
    for name, content in make.documents().items():
        assert (FOLDER / name).read_bytes() == content, f"{name}: run tests.data.vectors.make"


def test_every_tier_algorithm_and_verdict_is_there() -> None:
    cases = [case for path in FILES for case in read(path)["cases"]]
    assert {case["verdict"] for case in cases} == NO_LEDGER
    for tier in (1, 2, 3):
        for verdict in NO_LEDGER - ({"stale"} if tier == 1 else set()):
            starts = [
                f"V{tier} {a.name}" if verdict != "malformed" else f"V{tier}" for a in Algorithm
            ]
            for start in starts:
                assert any(
                    c["name"].startswith(start) and c["verdict"] == verdict for c in cases
                ), f"{start}: no {verdict}"


def test_only_texts_that_are_refused_for_it_are_too_long() -> None:
    for path in FILES:
        for case in read(path)["cases"]:
            assert len(case["text"]) <= MAX_TEXT_CHARS or "characters" in case["name"], case["name"]
