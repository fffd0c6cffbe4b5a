"""Coverage-guided fuzzing with Atheris, each target in a process of its own.

Atheris has wheels for some systems and versions of Python only, so it is no dependency: ``make
nightly`` installs it where it can, and a run without it fails and says so.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.starting import ROOT

LONGEST_INPUT = 4096
"""Enough for the longest code and a key set of some keys."""
_EXECUTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_COVERED = re.compile(r"cov: (\d+)")
GRACE_S = 120.0


@dataclass(frozen=True, slots=True)
class FuzzReport:
    """What a run did; ``failure`` is empty when nothing was found."""

    executions: int = 0
    crashes: int = 0
    covered: int = 0
    """Places in the code that were reached, as libFuzzer counts."""
    outcomes: dict[str, int] = field(default_factory=dict)
    failure: str = ""


def fuzz_run(target: str, *, seed: int, minutes: float) -> FuzzReport:
    """Fuzz one target for a time. What made it fail is kept, and named in the failure."""
    if importlib.util.find_spec("atheris") is None:
        return FuzzReport(failure="Atheris is not installed here: make nightly does that")
    folder = Path(tempfile.mkdtemp(prefix=f"kiosk-fuzz-{target}-"))
    command = [
        *(sys.executable, "-m", "tests.nightly.fuzz_process", target, str(folder)),
        f"-max_total_time={max(1, round(minutes * 60))}",
        f"-seed={seed % 2**32 or 1}",  # 0 would mean: any
        f"-max_len={LONGEST_INPUT}",
        f"-artifact_prefix={folder}/",
        "-print_final_stats=1",
        "-timeout=10",
        "-rss_limit_mb=1024",
        "-verbosity=1",
    ]
    began_s = time.monotonic()
    with (folder / "log").open("wb") as log:
        ended = subprocess.run(
            command,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
            cwd=ROOT,
            timeout=minutes * 60 + GRACE_S,
        )
    report = _report(folder, ended.returncode, time.monotonic() - began_s)
    if not report.failure:
        shutil.rmtree(folder)
    return report


def _report(folder: Path, status: int, took_s: float) -> FuzzReport:
    log = (folder / "log").read_text("utf-8", errors="replace")
    executed, covered = _EXECUTED.findall(log), _COVERED.findall(log)
    outcomes = folder / "outcomes.json"
    found = [path for path in folder.iterdir() if re.match(r"(crash|oom|timeout|leak)-", path.name)]
    failure = ""
    if status or found:
        inputs = "\n".join(f"{p.name}: {base64.b64encode(p.read_bytes()).decode()}" for p in found)
        end = "\n".join(log.splitlines()[-40:])
        failure = f"status {status} after {took_s:.0f} s, kept in {folder}\n{inputs}\n{end}"
    elif not executed or int(executed[-1]) == 0:
        failure = f"nothing was executed, see {folder}/log"
    return FuzzReport(
        executions=int(executed[-1]) if executed else 0,
        crashes=len(found),
        covered=int(covered[-1]) if covered else 0,
        outcomes=json.loads(outcomes.read_bytes()) if outcomes.exists() else {},
        failure=failure,
    )
