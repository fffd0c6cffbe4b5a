"""``make nightly``: the long runs, one after the other, each rerunnable with its seed.

Every run writes ``out/nightly/NAME.json``: ``{"run", "seed", "commit", "started_at", "minutes",
"counts", "ok", "failure", "measured"}``. Exit status 0 when all are ok.
"""

from __future__ import annotations

import argparse
import json
import secrets
import subprocess
import sys
import time
from pathlib import Path

from tests.e2e.starting import ROOT
from tests.nightly.runs import RUNS, Order

OUT = ROOT / "out" / "nightly"


def main() -> int:
    """Do what the command line asks for."""
    arguments = _parser().parse_args()
    names = arguments.only or list(RUNS)
    seed = secrets.randbelow(2**31) if arguments.seed is None else arguments.seed
    ok = [_one(name, seed, arguments.minutes, arguments.out) for name in names]
    return 0 if all(ok) else 1


def _one(name: str, seed: int, minutes: float | None, out: Path) -> bool:
    run = RUNS[name]
    longest = run.minutes if minutes is None else minutes

    def say(words: str) -> None:
        print(f"{time.strftime('%H:%M:%S')}  {name}: {words}", flush=True)

    again = f"python -m tests.nightly --only {name} --seed {seed}"
    say(f"{run.purpose}; at most {longest:g} minutes. Again: {again}")
    commit, began = _commit(), time.time()
    outcome = run.work(Order(seed, longest, whole=minutes is None, say=say))
    result = {
        "run": name,
        "seed": seed,
        "commit": commit,
        "started_at": round(began),
        "minutes": round((time.time() - began) / 60, 2),
        "counts": outcome.counts,
        "ok": outcome.ok,
        "failure": outcome.failure,
        "measured": outcome.measured,
    }
    out.mkdir(parents=True, exist_ok=True)
    file = out / f"{name}.json"
    file.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    counts = ", ".join(f"{what} {count}" for what, count in outcome.counts.items())
    say(f"{'ok' if outcome.ok else 'FAILED'}: {counts}; see {file}")
    if outcome.failure:
        print(outcome.failure, file=sys.stderr, flush=True)
    return outcome.ok


def _commit() -> str:
    """What is tested: the commit, with a mark when the tree differs from it."""
    described = subprocess.run(
        ["git", "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    return described.stdout.strip() or "unknown"


def _parser() -> argparse.ArgumentParser:
    runs = "\n".join(
        f"  {name:<10} {run.purpose} ({run.minutes:g} min)" for name, run in RUNS.items()
    )
    parser = argparse.ArgumentParser(
        prog="python -m tests.nightly",
        description="The long runs, one after the other; each writes a JSON result.",
        epilog=f"runs, with their longest times:\n{runs}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only", action="append", choices=list(RUNS), metavar="NAME", help="this run; repeatable"
    )
    parser.add_argument("--seed", type=int, help="as an earlier run's result names it")
    parser.add_argument("--minutes", type=float, help="longest time of each run")
    parser.add_argument("--out", type=Path, default=OUT, metavar="DIR", help="(%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
