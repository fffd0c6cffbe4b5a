"""The soak: two terminals and central work for a long time; nothing grows, nothing is lost."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from kiosk.domain.vouchers import Tier
from tests.e2e.processes import Central, Redeeming, central_at, exported, redeeming, sync

ROUND = 40
"""Vouchers in one round; each is shown twice at one of the counters."""
SETTLED_ROUNDS = 5
"""Caches fill in the first rounds; growth counts from here."""
SETTLE_EVERY = 5
SETTLED_WITHIN_S = 90.0
"""Backoff after an outage is at most a minute."""
MAX_GROWTH_KB = 40_000
MAX_MORE_FILES = 10


@dataclass(slots=True)
class SoakReport:
    """What a soak has done so far."""

    rounds: int = 0
    accepted: int = 0
    refused: int = 0
    outages: int = 0
    growth_kb: int = 0
    """Largest growth of one process's private memory since the first rounds."""


def soak_run(
    folder: Path, *, seed: int, until_s: float, progress: Callable[[SoakReport], None]
) -> SoakReport:
    """Work until ``until_s`` (monotonic); AssertionError when something grows or is lost."""
    rng, report = random.Random(seed), SoakReport()
    with central_at(folder / "head-office") as central, ExitStack() as stack:
        homes = [central.enroll(folder / f"terminal-{number}") for number in (1, 2)]
        terminals = [stack.enter_context(redeeming(home)) for home in homes]
        first: dict[int, tuple[int, int]] = {}
        while report.rounds == 0 or time.monotonic() < until_s:
            _round(central, homes, terminals, rng, report)
            if report.rounds % SETTLE_EVERY == 0:
                _settle(homes)
            report.rounds += 1
            _watch_growth([t.process.pid for t in terminals], first, report)
            progress(report)
        for terminal in terminals:
            terminal.finish()
        for home in homes:
            sync(home)
        _compare(central, homes, report)
    return report


def _round(
    central: Central,
    homes: list[Path],
    terminals: list[Redeeming],
    rng: random.Random,
    report: SoakReport,
) -> None:
    codes = central.issue(ROUND, tier=rng.choice([Tier.V1, Tier.V2]))
    if outage := rng.random() < 0.2:
        central.kill()
        report.outages += 1
    for code in codes:
        # Each customer goes to one counter, twice: two that are cut off would both hand over.
        terminal = rng.choice(terminals)
        for _ in range(2):
            answer = terminal.ask(code.text)
            fresh = answer["verdict"] == "accepted" and not answer["repeated"]
            report.accepted += fresh
            report.refused += not fresh
    if outage:
        central.start()
        _settle(homes)


def _settle(homes: Iterable[Path]) -> None:
    """Wait until both are connected again and all they did is acknowledged, by themselves."""
    for home in homes:
        until_s = time.monotonic() + SETTLED_WITHIN_S
        while any(entry["state"] != "acked" for entry in exported(home)):
            assert time.monotonic() < until_s, f"{home.name}: not settled"
            time.sleep(1.0)


def _watch_growth(pids: list[int], first: dict[int, tuple[int, int]], report: SoakReport) -> None:
    for pid in pids:
        memory_kb, files = _private_kb(pid), len(list(Path(f"/proc/{pid}/fd").iterdir()))
        if report.rounds <= SETTLED_ROUNDS:
            first[pid] = (memory_kb, files)
            continue
        before_kb, before_files = first[pid]
        report.growth_kb = max(report.growth_kb, memory_kb - before_kb)
        assert memory_kb - before_kb < MAX_GROWTH_KB, f"memory grew by {memory_kb - before_kb} KB"
        assert files - before_files < MAX_MORE_FILES, f"{files - before_files} more open files"


def _private_kb(pid: int) -> int:
    fields = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in fields if line.startswith("Private_"))


def _compare(central: Central, homes: list[Path], report: SoakReport) -> None:
    entries = [entry for home in homes for entry in exported(home)]
    facts = central.facts()
    assert len(entries) == report.accepted, "answers and entries differ"
    assert sorted(e["hash"] for e in entries) == sorted(f["entry"] for f in facts)
    assert {entry["state"] for entry in entries} <= {"acked"}, "an entry is not settled"
    vouchers = [entry["voucher"] for entry in entries]
    assert len(vouchers) == len(set(vouchers)), "a voucher was handed over twice"
