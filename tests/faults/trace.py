"""What a trace of system calls proves: no answer leaves before its commit is on the disk.

SQLite's write-ahead log shows its commits even when its pages are encrypted: each page has a
24-byte header in the clear, and only a commit's last page has a database size in it
(https://www.sqlite.org/fileformat2.html#the_write_ahead_log).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

SYNCS = frozenset({"fsync", "fdatasync"})
FRAME_HEADER_BYTES = 24
HANDED_OVER = frozenset({"accepted", "partially_redeemed"})

_BEGINS = re.compile(r'^(\d+)\s+[\d.]+ (\w+)\((\d+)<([^>]*)>(?:, "((?:\\x[0-9a-f]{2})*)")?')
_GOES_ON = re.compile(r"^(\d+)\s+[\d.]+ <\.\.\. (\w+) resumed>")
_RESULT = re.compile(r"\) = (-?\d+)(?: [A-Z]+ \(.*\))?(?: \(INJECTED\))?$")
_NEVER = 10**12


def strace(output: Path, *more: str) -> tuple[str, ...]:
    """The command that traces another one, all its threads, for :func:`read_trace`."""
    calls = "trace=fsync,fdatasync,write,pwrite64"
    return ("strace", "-f", "-y", "-ttt", "-xx", "-s", "400", "-e", calls, *more, "-o", str(output))


@dataclass(slots=True)
class Call:
    """A system call on a file; ``began`` and ``ended`` count the trace's lines."""

    name: str
    descriptor: int
    path: str
    data: bytes
    began: int
    ended: int = _NEVER
    worked: bool = False

    @property
    def is_commit(self) -> bool:
        """Whether it writes the header of a commit's last page into a write-ahead log."""
        return (
            self.path.endswith("-wal")
            and len(self.data) == FRAME_HEADER_BYTES
            and any(self.data[4:8])
        )


def read_trace(lines: Iterable[str]) -> list[Call]:
    """The calls of strace's output, in the order in which they began."""
    calls: list[Call] = []
    running: dict[tuple[str, str], Call] = {}
    for number, line in enumerate(lines):
        if found := _BEGINS.match(line):
            process, name, descriptor, path, data = found.groups()
            call = Call(name, int(descriptor), _path(path), _bytes(data or ""), number)
            calls.append(call)
            running[process, name] = call
        elif found := _GOES_ON.match(line):
            process, name = found.groups()
        else:
            continue  # signals and ends of threads
        if result := _RESULT.search(line):
            call = running.pop((process, name))
            call.ended, call.worked = number, int(result[1]) >= 0
    return calls


def answers_before_their_commit(calls: Iterable[Call]) -> list[str]:
    """What is wrong with a trace of ``kiosk redeem --stdin --json``; empty when nothing is.

    For a terminal that does nothing but redeem, one code after the other: between two answers
    there is a commit in the write-ahead log, and after the last byte of it a sync of that file
    both begins and ends before the later answer begins to be written.
    """
    wrong: list[str] = []
    log: list[Call] = []
    for call in calls:
        if call.path.endswith("-wal"):
            log.append(call)
        elif seq := _handed_over(call):
            if fault := _not_durable(log, call):
                wrong.append(f"answer {seq}: {fault}")
            log = [late for late in log if late.ended > call.began]
    return wrong


def answered(calls: Iterable[Call]) -> int:
    """How many answers of a handover the trace shows."""
    return sum(1 for call in calls if _handed_over(call))


def _not_durable(log: list[Call], answer: Call) -> str | None:
    writes = [call for call in log if call.name not in SYNCS]
    if not any(call.is_commit for call in writes):
        return "nothing was committed for it"
    written = max(call.ended for call in writes)
    for call in log:
        if (
            call.name in SYNCS
            and call.worked
            and written < call.began
            and call.ended < answer.began
        ):
            return None
    return "its commit was not on the disk yet"


def _handed_over(call: Call) -> int | None:
    if call.descriptor != 1 or call.name != "write" or not call.data.startswith(b"{"):
        return None
    answer = json.loads(call.data)
    return int(answer["seq"]) if answer["verdict"] in HANDED_OVER else None


def _path(shown: str) -> str:
    """-xx spells paths in hex too, but not pipes and sockets."""
    return _bytes(shown).decode() if shown.startswith("\\x") else shown


def _bytes(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


def without(lines: Iterable[str], *names: str) -> Iterator[str]:
    """A trace as it would be if these calls were never made."""
    pattern = re.compile(rf"(?:\d ({'|'.join(names)})\()|(?:<\.\.\. ({'|'.join(names)}) )")
    return (line for line in lines if not pattern.search(line))
