"""One fuzzing process: ``python -m tests.nightly.fuzz_process TARGET FOLDER [OPTION…]``.

Atheris instruments what it imports, and libFuzzer, whose options are taken, ends the process: so
this is a process of its own. FOLDER/corpus is filled with the target's seeds; FOLDER/outcomes.json
tells now and then how often each word came back.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from pathlib import Path

EVERY = 1000
"""After so many inputs the outcomes are written down."""


def main() -> int:
    """Never returns while all is well: libFuzzer ends the process itself."""
    import atheris

    name, folder = sys.argv[1], Path(sys.argv[2])
    with atheris.instrument_imports(include=["kiosk.protocol", "kiosk.domain", "base45"]):
        from tests.nightly.fuzz_targets import TARGETS
    target, seeds = TARGETS[name]
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in seeds():
        (corpus / hashlib.sha256(seed).hexdigest()).write_bytes(seed)
    outcomes: Counter[str] = Counter()
    tried = 0

    def one(data: bytes) -> None:
        nonlocal tried
        outcomes[target(data)] += 1
        tried += 1
        if tried % EVERY == 0:
            (folder / "outcomes.json").write_text(json.dumps(outcomes), "utf-8")

    atheris.Setup([sys.argv[0], *sys.argv[3:], str(corpus)], one)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
