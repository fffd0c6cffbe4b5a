"""Real processes for tests: central, enrolled terminals, a terminal that redeems line by line.

Everything listens on 127.0.0.1. Whoever starts a process gets it as a context manager, which
ends it by its own process id whatever happens inside.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from kiosk.central.documents import publish_policy
from kiosk.central.enrolment import new_code
from kiosk.central.issuing import IssueOrder, issue
from kiosk.central.seeding import SeedOrder, seed
from kiosk.central.services import Services, open_services
from kiosk.domain.policy import Policy
from kiosk.domain.vouchers import Item, Tier
from tests.e2e.starting import KIOSK, Process, start, start_cold

STORE = "S001"
PINS = {"1001": "135790", "9001": "246802"}
ONE = (Item("CRAB-4M", 1),)
PATIENCE_S = 60.0
"""How long anything may take before a test gives up; nothing here takes a tenth of it."""

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended."""

    status: int
    stdout: str
    stderr: str

    @property
    def lines(self) -> list[Line]:
        """The JSON lines it printed."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def line(self) -> Line:
        """The only JSON line it printed."""
        (only,) = self.lines
        return only


def kiosk(
    *arguments: str | Path, given: str | bytes = "", status: int | None = 0, cold: bool = False
) -> Done:
    """Run one command to its end; ``status`` is the exit status it must have (None: any).

    ``cold``: start it as its users do, with all the loading.
    """
    words = [*map(str, arguments)]
    # Files, not pipes: whatever it reads or writes first, nobody waits for the other.
    with (
        tempfile.TemporaryFile() as stdin,
        tempfile.TemporaryFile() as stdout,
        tempfile.TemporaryFile() as stderr,
    ):
        stdin.write(given if isinstance(given, bytes) else given.encode())
        stdin.seek(0)
        files = (stdin, stdout, stderr)
        process = start_cold([*KIOSK, *words], *files) if cold else start(words, *files)
        ended = _ended(process)
        stdout.seek(0)
        stderr.seek(0)
        done = Done(ended, stdout.read().decode(), stderr.read().decode())
    if status is not None and done.status != status:
        raise AssertionError(f"kiosk {' '.join(words[:2])} ended with {ended}: {done.stderr}")
    return done


@dataclass(frozen=True, slots=True)
class Code:
    """A voucher (its id in hex) and the text of its code."""

    voucher: str
    text: str


class Central:
    """``kiosk central serve`` over one home; its port stays the same over restarts."""

    def __init__(
        self,
        home: Path,
        database: str | None = None,
        *,
        tls: tuple[Path, Path] | None = None,
        cold: bool = False,
    ) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.log = home / "serve.log"
        self.url = ""
        self._url = database
        self._database = ("--database", database) if database else ()
        self._tls = ("--tls-cert", str(tls[0]), "--tls-key", str(tls[1])) if tls else ()
        self._cold = cold
        self._port = 0
        self._process: Process | None = None

    def start(self) -> None:
        """Start it; returns when it accepts connections."""
        assert self._process is None, "central runs already"
        command = ["central", "serve", "--home", str(self.home), "--port", str(self._port)]
        command += [*self._database, *self._tls]
        said, says = _pipe()
        with self.log.open("ab") as log, says:
            if self._cold:
                process = start_cold([*KIOSK, *command], subprocess.DEVNULL, says, log)
            else:
                with Path(os.devnull).open("rb") as nothing:
                    process = start(command, nothing, says, log)
        self._process = process
        with said:
            _, found, self.url = read_line(process, said).partition("listening on ")
        if not found:
            self.kill()
            raise AssertionError(f"central did not start: {self.log.read_text()}")
        self._port = int(self.url.rpartition(":")[2])

    def stop(self) -> int:
        """SIGTERM; its exit status."""
        process = self._gone()
        process.terminate()
        return _ended(process)

    def kill(self) -> None:
        """SIGKILL: as when the power goes."""
        process = self._gone()
        process.kill()
        _ended(process)

    @property
    def running(self) -> bool:
        """Whether it was started and not stopped."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    def seed(self) -> None:
        """Make sure that the shop exists."""
        with self._services() as services:
            seed(services, SeedOrder(STORE, PINS))

    def enroll_code(self) -> str:
        """A one-time code for a new terminal."""
        with self._services() as services:
            return services.database.write(lambda tx: new_code(tx, STORE, int(time.time())))

    def enroll(self, home: Path, *options: str | Path) -> Path:
        """Make ``home`` a terminal of the store; gives it back."""
        kiosk("enroll", "--central", self.url, "--home", home, *options, given=self.enroll_code())
        return home

    def issue(self, count: int, *, tier: Tier = Tier.V1, items: Sequence[Item] = ONE) -> list[Code]:
        """New vouchers and a code for each."""
        order = IssueOrder(stores=(STORE,), items=tuple(items), tier=tier, count=count)
        with self._services() as services:
            return [Code(made.voucher.voucher.hex(), made.text) for made in issue(services, order)]

    def set_policy(self, policy: Policy) -> None:
        """Put a policy in force."""
        with self._services() as services:
            services.database.write(
                lambda tx: publish_policy(tx, services.keys, policy, int(time.time()))
            )

    def issue_serial(self, *options: str) -> Line:
        """A new voucher that may be typed, as ``kiosk central issue`` prints it."""
        words = ["central", "issue", "--item", "CRAB-4M:1", "--serial", "--json", *options]
        return kiosk(*words, "--home", self.home, *self._database).line

    def facts(self) -> list[Line]:
        """Everything it has recorded."""
        return kiosk("central", "export", "--json", "--home", self.home, *self._database).lines

    @contextmanager
    def _services(self) -> Iterator[Services]:
        """The database beside the server: setting a shop up needs no process of its own."""
        services = open_services(self.home, self._url)
        try:
            yield services
        finally:
            services.close()

    def _gone(self) -> Process:
        process, self._process = self._process, None
        assert process is not None, "central does not run"
        return process


@contextmanager
def central_at(
    home: Path,
    database: str | None = None,
    *,
    tls: tuple[Path, Path] | None = None,
    cold: bool = False,
) -> Iterator[Central]:
    """A seeded central that serves; ended with the block."""
    central = Central(home, database, tls=tls, cold=cold)
    central.seed()
    try:
        central.start()
        yield central
    finally:
        if central.running:
            central.kill()


class Redeeming:
    """A running ``kiosk redeem --stdin --json``."""

    def __init__(self, home: Path, *options: str, command: Sequence[str] | None = None) -> None:
        """``command``: what to start instead of the program, which gets its arguments."""
        arguments = ["redeem", "--stdin", "--json", "--home", str(home), *options]
        reads, self._stdin = _pipe()
        self._stdout, writes = _pipe()
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed in _close
        with reads, writes:
            files = (reads, writes, self._stderr)
            self.process = (
                start(arguments, *files)
                if command is None
                else start_cold([*command, *arguments], *files)
            )
        self.ended = False

    def send(self, *texts: str) -> None:
        """Write lines without waiting for answers; a process that is dead does not mind."""
        with suppress(BrokenPipeError):
            self._stdin.write("".join(f"{text}\n" for text in texts).encode())

    def answer(self) -> Line:
        """The next answer."""
        line = read_line(self.process, self._stdout)
        if not line:
            raise AssertionError(f"redeem has ended: {self._close().stderr}")
        answer: Line = json.loads(line)
        return answer

    def ask(self, text: str) -> Line:
        """One code, one answer."""
        self.send(text)
        return self.answer()

    def kill(self) -> list[Line]:
        """SIGKILL; the answers that were out already and not read yet."""
        self.process.kill()
        rest = self._stdout.read()
        self._close()
        # A last line without its end was never an answer.
        return [json.loads(line) for line in rest.splitlines(keepends=True) if line.endswith(b"\n")]

    def finish(self) -> Done:
        """End its input and wait until it has ended."""
        self._stdin.close()
        rest = []
        while line := read_line(self.process, self._stdout):
            rest.append(f"{line}\n")
        done = self._close()
        return Done(done.status, "".join(rest), done.stderr)

    def _close(self) -> Done:
        status = _ended(self.process)
        self.ended = True
        self._stderr.seek(0)
        done = Done(status, "", self._stderr.read().decode())
        for file in (self._stdin, self._stdout, self._stderr):
            file.close()
        return done


@contextmanager
def redeeming(
    home: Path, *options: str, command: Sequence[str] | None = None
) -> Iterator[Redeeming]:
    """A terminal that redeems; ended with the block if it has not ended by itself."""
    terminal = Redeeming(home, *options, command=command)
    try:
        yield terminal
    finally:
        if not terminal.ended:
            terminal.kill()


def exported(home: Path) -> list[Line]:
    """``kiosk ledger export`` of a terminal."""
    return kiosk("ledger", "export", "--json", "--home", home).lines


def sync(home: Path, status: int | None = 0) -> Line:
    """``kiosk sync --until-empty`` of a terminal; ``status`` as for :func:`kiosk`."""
    return kiosk("sync", "--until-empty", "--json", "--home", home, status=status).line


def read_line(process: Process, stream: IO[bytes]) -> str:
    """The next line of a process's output; empty when it has ended, or was silent too long."""
    alarm = threading.Timer(PATIENCE_S, process.kill)
    alarm.start()
    try:
        return stream.readline().decode().rstrip("\n")
    finally:
        alarm.cancel()
        alarm.join()


def command_line(pid: int) -> str:
    """What everybody on this machine can see of a process (Linux)."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def is_root() -> bool:
    """Whether this test may mount."""
    return sys.platform != "win32" and os.geteuid() == 0


def _pipe() -> tuple[IO[bytes], IO[bytes]]:
    """A pipe's reading and writing end; what is written is there at once."""
    reads, writes = os.pipe()
    return os.fdopen(reads, "rb"), os.fdopen(writes, "wb", buffering=0)


def _ended(process: Process) -> int:
    try:
        return process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
