"""What anybody can hold before a scanner: one answer a line, in bounded memory."""

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.e2e.processes import Line, kiosk
from tests.e2e.starting import KIOSK, ROOT
from tests.fakes import STORE, Issuer

LONG_LINE_BYTES = 10_000_000
MORE_MEMORY_KB = 4096
"""What 10 MB in one line may cost beyond what the program takes anyway."""


MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(peak // (1024 if sys.platform == "darwin" else 1), file=sys.stderr)
"""


@pytest.fixture
def trust(issuer: Issuer, tmp_path: Path) -> Path:
    file = tmp_path / "trust.json"
    file.write_bytes(msgspec.json.encode(issuer.bundle()))
    return file


def hostile_lines() -> list[bytes]:
    chance = random.Random(7)
    lines = [
        b"",
        b" ",
        b"\0",
        b"\0" * 100,
        b"P1:",
        b"P1:%%%",
        b"\xff\xfe\xfd",
        b"'; DROP TABLE",
        b"\r",
    ]
    lines += [
        "核销码".encode(),
        "\u202e\u0000\ud7ff".encode(),
        b"[" * 5000,
        b"A" * 8191,
        b"A" * 8192,
    ]
    lines += [b"A" * 8193, b"A" * 16384, b"A" * 20000]
    lines += [chance.randbytes(chance.randrange(1, 3000)).replace(b"\n", b"") for _ in range(200)]
    return lines


def test_one_answer_a_line(issuer: Issuer, trust: Path) -> None:
    lines = hostile_lines()
    good = issuer.text().encode()
    given = b"\n".join([*lines, good])  # and no end of line after the last one
    done = kiosk("verify", "--stdin", "--json", "--trust", trust, "--store", STORE, given=given)
    assert len(done.lines) == len(lines) + 1
    assert done.lines[-1]["verdict"] == "accepted"
    for answer in done.lines[:-1]:
        assert answer["verdict"] == "malformed", answer
        assert answer["voucher"] is None
        assert answer["reason"]
    assert done.stderr == ""


def test_the_terminal_takes_the_same(home: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(home, tmp_path / "home")
    lines = hostile_lines()
    given = b"\n".join(lines) + b"\n"
    done = kiosk("redeem", "--stdin", "--json", "--no-sync", "--home", copy, given=given)
    assert [answer["verdict"] for answer in done.lines] == ["malformed"] * len(lines)
    assert kiosk("ledger", "export", "--json", "--home", copy).lines == []


def test_every_single_changed_letter_is_refused(issuer: Issuer, trust: Path) -> None:
    good = issuer.text()
    changed = [
        good[:place] + ("A" if letter != "A" else "B") + good[place + 1 :]
        for place, letter in enumerate(good)
    ]
    done = kiosk(
        *("verify", "--stdin", "--json", "--trust", trust, "--store", STORE),
        given="\n".join([*changed, good]),
    )
    verdicts = [answer["verdict"] for answer in done.lines]
    assert verdicts[-1] == "accepted"
    assert "accepted" not in verdicts[:-1]
    assert len(verdicts) == len(good) + 1


@pytest.mark.skipif(sys.platform == "win32", reason="resource usage of a child is POSIX")
def test_a_line_of_ten_megabytes_takes_no_memory(issuer: Issuer, trust: Path) -> None:
    command = [*KIOSK, "verify", "--stdin", "--json", "--trust", str(trust), "--store", STORE]
    good = issuer.text().encode()
    usual_kb, usual = _memory_kb(command, good + b"\n")
    long = b"P" * LONG_LINE_BYTES
    peak_kb, answers = _memory_kb(command, long + b"\n" + good + b"\n" + long)
    assert [answer["verdict"] for answer in usual] == ["accepted"]
    assert [answer["verdict"] for answer in answers] == ["malformed", "accepted", "malformed"]
    assert peak_kb - usual_kb < MORE_MEMORY_KB


def _memory_kb(command: list[str], given: bytes) -> tuple[int, list[Line]]:
    """The most memory that a command's process had, and the lines it printed."""
    # A process inherits its parent's peak, so a small one stands between it and this one.
    measured = subprocess.run(
        [sys.executable, "-I", "-S", "-c", MEASURE, *command],
        input=given,
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    lines = [json.loads(line) for line in measured.stdout.splitlines()]
    return int(measured.stderr), lines
