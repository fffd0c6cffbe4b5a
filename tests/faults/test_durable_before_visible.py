"""Nothing green before the disk has it: shown by the system calls themselves."""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from kiosk.domain.vouchers import Tier
from tests.e2e.processes import Redeeming, redeeming
from tests.e2e.starting import KIOSK
from tests.faults.terminals import lone_terminal
from tests.faults.trace import answered, answers_before_their_commit, read_trace, strace, without

needs_strace = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("strace") is None, reason="strace is not installed"
)

# The same program over a ledger whose commits do not wait for the disk.
CARELESS = """
import sys
from kiosk.__main__ import main
from kiosk.ledger.database import Database

connect = Database._dbapi_connection

def careless(self, *, reading):
    connection = connect(self, reading=reading)
    connection.execute("PRAGMA synchronous = OFF")
    return connection

Database._dbapi_connection = careless
sys.exit(main())
"""

COUNT = 20
TOO_EARLY = "its commit was not on the disk yet"


def redeem_some(terminal: Redeeming, texts: Iterable[str]) -> None:
    for text in texts:
        assert terminal.ask(text)["verdict"] == "accepted"
    assert terminal.finish().status == 0


@needs_strace
@pytest.mark.e2e
def test_each_sync_ends_before_the_answer_begins(tmp_path: Path) -> None:
    issuer, trace = lone_terminal(tmp_path / "home"), tmp_path / "trace"
    texts = [issuer.text(tier=(Tier.V1, Tier.V2)[number % 2]) for number in range(COUNT)]
    with redeeming(tmp_path / "home", "--no-sync", command=[*strace(trace), *KIOSK]) as terminal:
        redeem_some(terminal, texts)
    lines = trace.read_text().splitlines()
    calls = read_trace(lines)
    assert answered(calls) == COUNT
    assert answers_before_their_commit(calls) == []
    # The same trace, doctored: the judge can say no.
    doctored = read_trace(without(lines, "fsync", "fdatasync"))
    wrong = [f"answer {number}: {TOO_EARLY}" for number in range(1, COUNT + 1)]
    assert answers_before_their_commit(doctored) == wrong


@needs_strace
@pytest.mark.e2e
def test_a_ledger_that_does_not_wait_for_the_disk_is_found_out(tmp_path: Path) -> None:
    issuer, trace = lone_terminal(tmp_path / "home"), tmp_path / "trace"
    command = [*strace(trace), sys.executable, "-c", CARELESS]
    with redeeming(tmp_path / "home", "--no-sync", command=command) as terminal:
        redeem_some(terminal, [issuer.text() for _ in range(3)])
    calls = read_trace(trace.read_text().splitlines())
    assert answered(calls) == 3
    assert answers_before_their_commit(calls) == [f"answer {n}: {TOO_EARLY}" for n in (1, 2, 3)]


def _hex(data: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in data)


ANSWER = b'{"verdict": "accepted", "seq": 1}'
LAST_PAGE = _hex(bytes([0, 0, 0, 1, 0, 0, 0, 7] * 3))
COMMIT = f'8 1.1 pwrite64(5</h/ledger.db-wal>, "{LAST_PAGE}", 24, 32) = 24'
WAL_IN_HEX = _hex(b"/h/ledger.db-wal")
COMMIT_IN_HEX = COMMIT.replace("/h/ledger.db-wal", WAL_IN_HEX)
PAGE = f'8 1.2 pwrite64(5</h/ledger.db-wal>, "{_hex(b"page")}"..., 4096, 56) = 4096'
NO_COMMIT = f'8 1.1 pwrite64(5</h/ledger.db-wal>, "{_hex(bytes(24))}", 24, 32) = 24'
SYNC = "8 1.3 fdatasync(5</h/ledger.db-wal>) = 0"
SYNC_IN_HEX = SYNC.replace("/h/ledger.db-wal", WAL_IN_HEX)
SYNC_BEGINS = "8 1.3 fdatasync(5</h/ledger.db-wal> <unfinished ...>"
SYNC_ENDS = "8 1.5 <... fdatasync resumed>) = 0"
SYNC_FAILS = "8 1.3 fdatasync(5</h/ledger.db-wal>) = -1 EIO (Input/output error) (INJECTED)"
OTHER_SYNC = "8 1.3 fsync(6</h/ledger.db>) = 0"
GREEN = f'7 1.4 write(1<pipe:[3]>, "{_hex(ANSWER)}", 33) = 33'
GREEN_BEGINS = f'7 1.4 write(1<pipe:[3]>, "{_hex(ANSWER)}", 33 <unfinished ...>'
GREEN_ENDS = "7 1.6 <... write resumed>) = 33"


@pytest.mark.parametrize(
    "lines",
    [
        [COMMIT, PAGE, SYNC, GREEN],
        [COMMIT_IN_HEX, PAGE, SYNC_IN_HEX, GREEN],
        [COMMIT, PAGE, SYNC_BEGINS, SYNC_ENDS, GREEN_BEGINS, GREEN_ENDS],
        [COMMIT, PAGE, SYNC_FAILS, SYNC, GREEN],
    ],
)
def test_the_judge_says_yes(lines: list[str]) -> None:
    assert answered(read_trace(lines)) == 1
    assert answers_before_their_commit(read_trace(lines)) == []


@pytest.mark.parametrize(
    "lines",
    [
        [COMMIT, PAGE, GREEN],
        [COMMIT, PAGE, GREEN, SYNC],
        [COMMIT, PAGE, SYNC_BEGINS, GREEN, SYNC_ENDS],
        [COMMIT, PAGE, SYNC_BEGINS, GREEN_BEGINS, SYNC_ENDS, GREEN_ENDS],
        [COMMIT, PAGE, SYNC_FAILS, GREEN],
        [COMMIT, PAGE, OTHER_SYNC, GREEN],
        [COMMIT, SYNC, PAGE, GREEN],
        [SYNC, COMMIT, PAGE, GREEN],
        [NO_COMMIT, PAGE, SYNC, GREEN],
        [SYNC, GREEN],
    ],
)
def test_the_judge_says_no(lines: list[str]) -> None:
    assert answered(read_trace(lines)) == 1
    assert len(answers_before_their_commit(read_trace(lines))) == 1


def test_each_answer_needs_a_commit_of_its_own() -> None:
    once = [COMMIT, PAGE, SYNC, GREEN]
    assert answers_before_their_commit(read_trace(once + once)) == []
    assert len(answers_before_their_commit(read_trace([*once, GREEN]))) == 1
