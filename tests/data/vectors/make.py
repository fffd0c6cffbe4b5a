"""Makes the test vectors: ``python -m tests.data.vectors.make`` writes the JSON beside it.

The same bytes come out every time (see ``signers.py``), and a test compares them with what is
committed: a change here is a change of what other implementations test against.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from tests.data.vectors import (
    hostile_bound,
    hostile_cbor,
    hostile_claims,
    hostile_cose,
    hostile_signed,
    hostile_text,
    valid,
)
from tests.data.vectors.shop import NOW_S, STORE, Case, code, trust

FOLDER = Path(__file__).parent
LONGEST_CODE = 1000

FILES: Mapping[str, Callable[[], Iterator[Case]]] = {
    "accepted": valid.accepted,
    "time-and-store": valid.time_and_store,
    "text": hostile_text.texts,
    "cbor": hostile_cbor.cbors,
    "cose": hostile_cose.coses,
    "keys": hostile_signed.keys,
    "signatures": hostile_signed.signatures,
    "claims": hostile_claims.claims,
    "bound": hostile_bound.halves,
}


def expired_keys() -> Iterator[Case]:
    """Good codes under a key set that has ended: nobody vouches for its keys any more."""
    for tier in (1, 2, 3):
        name = f"V{tier}: under an expired key set"
        yield Case(name, code(name, tier), "unknown_key")


def documents() -> dict[str, bytes]:
    """Every file: its name and its content."""
    made = {
        "trust.json": msgspec.json.encode(trust()) + b"\n",
        "trust-expired.json": msgspec.json.encode(trust(expires_at_s=NOW_S)) + b"\n",
        "expired-keys.json": _cases("trust-expired.json", expired_keys()),
    }
    return made | {f"{name}.json": _cases("trust.json", make()) for name, make in FILES.items()}


def _cases(trust_file: str, cases: Iterator[Case]) -> bytes:
    lines = [
        json.dumps(
            {"name": case.name, "text": case.text, "verdict": case.verdict}, ensure_ascii=False
        )
        for case in cases
        # RSA makes a few of the longest codes longer than a code may be.
        if case.verdict != "accepted" or len(case.text) <= LONGEST_CODE
    ]
    head = json.dumps({"trust": trust_file, "store": STORE, "now": NOW_S})
    together = ",\n".join(lines)
    return f'{head[:-1]}, "cases": [\n{together}\n]}}\n'.encode()


def main() -> int:
    """Write all files."""
    for name, content in documents().items():
        (FOLDER / name).write_bytes(content)
        print(f"{name}: {len(content)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
