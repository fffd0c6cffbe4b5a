"""Programs of the benchmark, and what the kernel tells about processes. Standard library only.

The process that starts the others loads nothing large: pages that it shared with the kiosk would
make the kiosk look smaller than it is.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[2]
ANSWER_WITHIN_S = 240.0
END_WITHIN_S = 20.0
PROC = Path("/proc")


class ProgramFailed(Exception):
    """A program of the benchmark ended before its answer; its own words are on stderr."""


class Program:
    """`python -m tests.bench.programs.NAME`: says JSON objects, one a line, and may wait for us."""

    def __init__(self, name: str, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"tests.bench.programs.{name}", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=ROOT,
            env=os.environ | dict(env or {}),
        )
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._process.terminate()
        if self._process.stdin:
            self._process.stdin.close()  # a program that waits for us goes on to its end
        try:
            self._process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def hear(self) -> dict[str, Any]:
        """The next object it says. Raises ProgramFailed."""
        alarm = threading.Timer(ANSWER_WITHIN_S, self._process.kill)
        alarm.start()
        try:
            line = self._process.stdout.readline() if self._process.stdout else ""
        finally:
            alarm.cancel()
        if not line:
            raise ProgramFailed(f"{self.name} ended with {self._process.wait(END_WITHIN_S)}")
        said: dict[str, Any] = json.loads(line)
        return said

    def go_on(self) -> None:
        """Let a program that waits do its next part."""
        if self._process.stdin:
            self._process.stdin.write("\n")
            self._process.stdin.flush()


def answer_of(name: str, *arguments: str, env: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run a program to its end; the one object it says. Raises ProgramFailed."""
    with Program(name, *arguments, env=env) as program:
        return program.hear()


# ------------------------------------------------------------ memory and processor time


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of some processes in bytes, by pid."""

    pss: dict[int, int]
    """Proportional set size: shared pages divided among all who share them."""
    alone: float
    """The sum, were nobody else on the machine: pages shared with strangers count in full."""


def memory_of(pids: list[int]) -> Memory:
    """Memory of processes that belong together. Linux only."""
    pss: dict[int, int] = {}
    own = 0
    shared: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for pid in pids:
        rollup = (PROC / str(pid) / "smaps_rollup").read_text()
        found = re.search(r"^Pss: +(\d+) kB", rollup, re.MULTILINE)
        pss[pid] = int(found[1]) * 1024 if found else 0
        mapping = ""
        for line in (PROC / str(pid) / "smaps").read_text().splitlines():
            name, _, value = line.partition(":")
            if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                mapping = " ".join(line.split()[2:])  # offset, device, inode, path
            elif name.startswith("Private_"):
                own += int(value.split()[0]) * 1024
            elif name in {"Shared_Clean", "Shared_Dirty"}:
                shared[mapping][pid] += int(value.split()[0]) * 1024
    among_us = sum(
        sum(parts.values()) / sum(size > 0 for size in parts.values())
        for parts in shared.values()
        if any(parts.values())
    )
    return Memory(pss, own + among_us)


def processor_s(pid: int) -> float:
    """Processor time that a process has used, user and system, in seconds. Linux only."""
    fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process and all that descend from it. Linux only."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    for stat in PROC.glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:  # ended meanwhile
            continue
        children[parent].append(int(stat.parent.name))
    found = [pid]
    for each in found:
        found += children[each]
    return found
