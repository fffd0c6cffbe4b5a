"""The long runs: each takes a seed and a time, does its work and says what it found."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.e2e.starting import ROOT
from tests.faults.chaos_run import ChaosReport, chaos_run
from tests.faults.crash import CrashReport, crash_run
from tests.faults.crowd import crowd_run
from tests.nightly.fuzzing import fuzz_run
from tests.nightly.soak import SoakReport, soak_run
from tests.scanning.restarts import FAILURES, LIMITS_S, Restart, restart_run

KILLS = 1000
REDEMPTIONS = 10_000
CROWD, UNCONNECTED, CROWD_VOUCHERS = 20, 4, 1000
FAILURES_OF_EACH_KIND = 100
_PROGRESS_EVERY = 25
_FUZZ = (
    *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
    *("--timeout=0", "--hypothesis-show-statistics"),
)
_FUZZED = ("tests/protocol", "tests/domain")
_LONG = (*(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"), "-m", "nightly")
_COUNTS = re.compile(r"(\d+) (passed|failed|error|skipped)")
_EXAMPLES = re.compile(r"- (\d+) passing, (\d+) failing")

Counts = dict[str, int]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What one run is asked for."""

    seed: int
    minutes: float
    """Longest time; a run that has done its work ends earlier."""
    whole: bool
    """Whether running out of time is a failure: not when somebody asked for so little."""
    say: Say


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run did; ``ok`` when it found nothing wrong and did what it is for."""

    ok: bool
    counts: Counts
    failure: str = ""
    measured: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Times in seconds, where they are what the run is for."""


@dataclass(frozen=True, slots=True)
class Run:
    """A long run that can be started alone."""

    purpose: str
    minutes: float
    work: Callable[[Order], Outcome]


def crash(order: Order) -> Outcome:
    """At least a thousand SIGKILLs of a redeeming terminal, and of central now and then."""
    last = CrashReport(order.seed)

    def progress(report: CrashReport) -> None:
        nonlocal last
        last = report
        if report.kills % _PROGRESS_EVERY == 0:
            order.say(f"{report.kills} kills, {report.redeemed} redeemed, nothing lost")

    failure = ""
    folder = Path(tempfile.mkdtemp(prefix="kiosk-crash-"))
    try:
        until_s = time.monotonic() + order.minutes * 60
        last = crash_run(folder, seed=order.seed, kills=KILLS, until_s=until_s, progress=progress)
    except AssertionError as error:
        failure = f"{error} (everything is kept in {folder})"
    else:
        shutil.rmtree(folder)
    counts: Counts = {name: n for name, n in asdict(last).items() if name != "seed"}
    if not failure and order.whole and last.kills < KILLS:
        failure = f"only {last.kills} of {KILLS} kills in {order.minutes:g} minutes"
    return Outcome(ok=not failure, counts=counts, failure=failure)


def chaos(order: Order) -> Outcome:
    """Ten thousand redemptions over a network that spoils three calls in ten."""
    last = ChaosReport(order.seed)

    def progress(report: ChaosReport) -> None:
        nonlocal last
        last = report
        order.say(f"{report.redeemed} redeemed, {sum(report.spoilt.values())} calls spoilt")

    failure = ""
    folder = Path(tempfile.mkdtemp(prefix="kiosk-chaos-"))
    try:
        until_s = time.monotonic() + order.minutes * 60
        last = chaos_run(
            folder, seed=order.seed, redemptions=REDEMPTIONS, until_s=until_s, progress=progress
        )
    except AssertionError as error:
        failure = f"{error} (everything is kept in {folder})"
    else:
        shutil.rmtree(folder)
    if not failure and order.whole and last.redeemed < REDEMPTIONS:
        failure = f"only {last.redeemed} of {REDEMPTIONS} in {order.minutes:g} minutes"
    counts: Counts = {
        "redeemed": last.redeemed,
        "came_again": last.came_again,
        **{f"calls {path}": number for path, number in sorted(last.calls.items())},
        **{f"spoilt {fault}": number for fault, number in sorted(last.spoilt.items())},
    }
    took = {"redeeming": round(last.redeeming_s, 1), "settling": round(last.settling_s, 1)}
    return Outcome(ok=not failure, counts=counts, failure=failure, measured={"took": took})


def crowd(order: Order) -> Outcome:
    """Twenty terminals and the same thousand vouchers at once: all connected, then some not."""
    counts: Counts = {}
    took: dict[str, float] = {}
    failure = ""
    for offline, vouchers in ((0, CROWD_VOUCHERS), (UNCONNECTED, CROWD_VOUCHERS // 5)):
        name = f"{offline} of {CROWD} unconnected"
        folder = Path(tempfile.mkdtemp(prefix="kiosk-crowd-"))
        try:
            report = crowd_run(
                folder, seed=order.seed, terminals=CROWD, offline=offline, vouchers=vouchers
            )
        except AssertionError as error:
            failure = f"{name}: {error} (everything is kept in {folder})"
            break
        shutil.rmtree(folder)
        if not offline and report.doubles:
            failure = f"{name}: {report.doubles} doubles, {report.unclaimed} claims unanswered"
        found = {k: n for k, n in asdict(report).items() if k not in {"seed", "seconds"}}
        counts |= {f"{name}: {what}": number for what, number in found.items()}
        took[name] = round(report.seconds, 1)
        order.say(f"{name}: {report.handed_over} handed over, {report.doubles} doubles, all shown")
    return Outcome(ok=not failure, counts=counts, failure=failure, measured={"took": took})


def fuzz(order: Order) -> Outcome:
    """Hypothesis with its large profile over everything that reads what strangers present."""
    rounds, totals, examples = 0, Counts(), 0
    until_s = time.monotonic() + order.minutes * 60
    while rounds == 0 or time.monotonic() < until_s:
        seed = order.seed + rounds
        done = subprocess.run(
            [*_FUZZ, f"--hypothesis-seed={seed}", *_FUZZED],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            env=os.environ | {"HYPOTHESIS_PROFILE": "nightly"},
        )
        rounds += 1
        for count, what in _COUNTS.findall(done.stdout.splitlines()[-1] if done.stdout else ""):
            totals[what] = totals.get(what, 0) + int(count)
        examples += sum(int(good) + int(bad) for good, bad in _EXAMPLES.findall(done.stdout))
        counts = {"rounds": rounds, "examples": examples, **totals}
        if done.returncode:
            failure = "\n".join((done.stdout + done.stderr).splitlines()[-60:])
            return Outcome(ok=False, counts=counts, failure=f"hypothesis seed {seed}:\n{failure}")
        order.say(f"round {rounds} (seed {seed}): {examples} examples, nothing found")
    return Outcome(ok=examples > 0, counts=counts, failure="" if examples else "nothing was tried")


def long_tests(order: Order) -> Outcome:
    """Tests that are too long for the suite: every change of every code, many valid codes."""
    done = subprocess.run(
        [*_LONG, "tests/protocol"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    lines = done.stdout.splitlines() or [""]
    counts: Counts = {what: int(count) for count, what in _COUNTS.findall(lines[-1])}
    failure = "\n".join((done.stdout + done.stderr).splitlines()[-60:]) if done.returncode else ""
    return Outcome(ok=not failure and counts.get("passed", 0) > 0, counts=counts, failure=failure)


def fuzz_target(target: str) -> Callable[[Order], Outcome]:
    """Coverage-guided fuzzing of one target: crashes and false accepts end it."""

    def work(order: Order) -> Outcome:
        report = fuzz_run(target, seed=order.seed, minutes=order.minutes)
        counts: Counts = {
            "executions": report.executions,
            "crashes": report.crashes,
            "covered": report.covered,
            **report.outcomes,
        }
        return Outcome(ok=not report.failure, counts=counts, failure=report.failure)

    return work


def soak(order: Order) -> Outcome:
    """Two terminals and central for a long time, with outages."""
    last = SoakReport()

    def progress(report: SoakReport) -> None:
        nonlocal last
        last = report
        if report.rounds % 10 == 0:
            order.say(f"{report.rounds} rounds, {report.accepted} accepted, nothing lost")

    failure = ""
    folder = Path(tempfile.mkdtemp(prefix="kiosk-soak-"))
    try:
        until_s = time.monotonic() + order.minutes * 60
        last = soak_run(folder, seed=order.seed, until_s=until_s, progress=progress)
    except AssertionError as error:
        failure = f"{error} (everything is kept in {folder})"
    else:
        shutil.rmtree(folder)
    return Outcome(ok=not failure, counts=asdict(last), failure=failure)


def scanner(order: Order) -> Outcome:
    """The scanning process crashed and hung in each way, and how long it takes to scan again."""
    last = list[Restart]()

    def progress(restarts: list[Restart]) -> None:
        if len(restarts) % _PROGRESS_EVERY == 0:
            order.say(f"{len(restarts)} restarts, longest {max(r.back_s for r in restarts):.2f} s")

    failure = ""
    rounds = dict.fromkeys(FAILURES, FAILURES_OF_EACH_KIND)
    until_s = time.monotonic() + order.minutes * 60
    with tempfile.TemporaryDirectory(prefix="kiosk-restarts-") as folder:
        scene = Path(folder) / "scene.json"
        # Modules that are compiled, as they are where the product is installed.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "bytecode")
        try:
            last = restart_run(scene, rounds, seed=order.seed, until_s=until_s, progress=progress)
        except AssertionError as error:
            failure = str(error)
    times = {name: sorted(r.back_s for r in last if r.failure == name) for name in FAILURES}
    late = [restart for restart in last if restart.back_s > LIMITS_S[restart.failure]]
    if late and not failure:
        failure = f"{len(late)} took too long, the longest {max(late, key=lambda r: r.back_s)}"
    if not failure and order.whole and len(last) < sum(rounds.values()):
        failure = f"only {len(last)} restarts in {order.minutes:g} minutes"
    counts = {name: len(seconds) for name, seconds in times.items()} | {"late": len(late)}
    measured = {name: _spread(seconds) for name, seconds in times.items() if seconds}
    measured["waited for a processor"] = _spread(sorted(r.waited_s for r in last) or [0.0])
    return Outcome(ok=not failure, counts=counts, failure=failure, measured=measured)


def _spread(seconds: list[float]) -> dict[str, float]:
    """Of sorted times."""
    ranks = {"shortest": 0.0, "p50": 0.5, "p90": 0.9, "p99": 0.99, "longest": 1.0}
    last = len(seconds) - 1
    return {name: round(seconds[round(rank * last)], 3) for name, rank in ranks.items()}


RUNS: Mapping[str, Run] = {
    "crash": Run(f"{KILLS} SIGKILLs of a redeeming terminal and of central", 90, crash),
    "chaos": Run(f"{REDEMPTIONS} redemptions over a network that spoils 30 % of calls", 60, chaos),
    "crowd": Run(f"{CROWD} terminals and the same {CROWD_VOUCHERS} vouchers at once", 60, crowd),
    "fuzz": Run("hypothesis with its large profile over codes, documents and rules", 20, fuzz),
    "long": Run("every change of every code, and many valid codes", 15, long_tests),
    "codes": Run("Atheris: texts and what is signed in them → verdicts", 10, fuzz_target("codes")),
    "documents": Run(
        "Atheris: key sets, policies, trust files → what they say", 10, fuzz_target("documents")
    ),
    "scanner": Run("the scanning process crashes and hangs; how soon it is back", 30, scanner),
    "soak": Run("two terminals and central at work; nothing grows, nothing is lost", 30, soak),
}
