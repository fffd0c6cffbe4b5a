"""Real processes for tests: central, enrolled terminals, a terminal that redeems line by line.

Everything listens on 127.0.0.1. Whoever starts a process gets it as a context manager, which
ends it by its own process id whatever happens inside.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from kiosk.central.enrolment import new_code
from kiosk.central.issuing import IssueOrder, issue
from kiosk.central.seeding import SeedOrder, seed
from kiosk.central.services import Services, open_services
from kiosk.domain.vouchers import Item, Tier

ROOT = Path(__file__).parents[2]
KIOSK = (sys.executable, "-m", "kiosk")
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


def kiosk(*arguments: str | Path, given: str | bytes = "", status: int | None = 0) -> Done:
    """Run one command to its end; ``status`` is the exit status it must have (None: any)."""
    ended = subprocess.run(
        [*KIOSK, *map(str, arguments)],
        input=given if isinstance(given, bytes) else given.encode(),
        capture_output=True,
        check=False,
        cwd=ROOT,
        timeout=PATIENCE_S,
    )
    done = Done(ended.returncode, ended.stdout.decode(), ended.stderr.decode())
    if status is not None and done.status != status:
        command = " ".join(map(str, arguments[:2]))
        raise AssertionError(f"kiosk {command} ended with {done.status}: {done.stderr}")
    return done


@dataclass(frozen=True, slots=True)
class Code:
    """A voucher (its id in hex) and the text of its code."""

    voucher: str
    text: str


class Central:
    """``kiosk central serve`` over one home; its port stays the same over restarts."""

    def __init__(
        self, home: Path, database: str | None = None, *, tls: tuple[Path, Path] | None = None
    ) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.log = home / "serve.log"
        self.url = ""
        self._url = database
        self._database = ("--database", database) if database else ()
        self._tls = ("--tls-cert", str(tls[0]), "--tls-key", str(tls[1])) if tls else ()
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None

    def admin(self, action: str, *arguments: str | Path) -> Done:
        """One of central's other commands, on the same database."""
        return kiosk("central", action, "--home", self.home, *self._database, *arguments)

    def start(self) -> None:
        """Start it; returns when it accepts connections."""
        assert self._process is None, "central runs already"
        port = ("--port", str(self._port))
        with self.log.open("ab") as log:
            self._process = process = subprocess.Popen(
                [*KIOSK, "central", "serve", "--home", str(self.home), *port]
                + [*self._database, *self._tls],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
            )
        assert process.stdout is not None
        _, found, self.url = read_line(process, process.stdout).partition("listening on ")
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

    def facts(self) -> list[Line]:
        """Everything it has recorded."""
        return self.admin("export", "--json").lines

    @contextmanager
    def _services(self) -> Iterator[Services]:
        """The database beside the server: setting a shop up needs no process of its own."""
        services = open_services(self.home, self._url)
        try:
            yield services
        finally:
            services.close()

    def _gone(self) -> subprocess.Popen[bytes]:
        process, self._process = self._process, None
        assert process is not None, "central does not run"
        return process


@contextmanager
def central_at(
    home: Path, database: str | None = None, *, tls: tuple[Path, Path] | None = None
) -> Iterator[Central]:
    """A seeded central that serves; ended with the block."""
    central = Central(home, database, tls=tls)
    central.seed()
    central.start()
    try:
        yield central
    finally:
        if central.running:
            central.kill()


class Redeeming:
    """A running ``kiosk redeem --stdin --json``."""

    def __init__(
        self,
        home: Path,
        *options: str,
        under: Sequence[str] = (),
        program: Sequence[str] = KIOSK,
    ) -> None:
        """``under``: a command that runs another one, such as a tracer."""
        command = [*under, *program, "redeem", "--stdin", "--json", "--home", str(home), *options]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._stdin, self._stdout = self.process.stdin, self.process.stdout
        self._stderr = self.process.stderr

    def send(self, *texts: str) -> None:
        """Write lines without waiting for answers; a process that is dead does not mind."""
        try:
            self._stdin.write("".join(f"{text}\n" for text in texts).encode())
            self._stdin.flush()
        except BrokenPipeError:
            pass

    def answer(self) -> Line:
        """The next answer."""
        line = read_line(self.process, self._stdout)
        if not line:
            self.process.wait(PATIENCE_S)
            raise AssertionError(f"redeem has ended: {self._stderr.read().decode()}")
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
        return [json.loads(line) for line in rest.splitlines() if line.endswith(b"}")]

    def finish(self) -> Done:
        """End its input and wait until it has ended."""
        try:
            stdout, stderr = self.process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        return Done(self.process.returncode, stdout.decode(), stderr.decode())

    def _close(self) -> None:
        self.process.wait(PATIENCE_S)
        for pipe in (self._stdin, self._stdout, self._stderr):
            try:
                pipe.close()
            except BrokenPipeError:  # what was buffered for the dead process
                pass


@contextmanager
def redeeming(
    home: Path, *options: str, under: Sequence[str] = (), program: Sequence[str] = KIOSK
) -> Iterator[Redeeming]:
    """A terminal that redeems; ended with the block if it has not ended by itself."""
    terminal = Redeeming(home, *options, under=under, program=program)
    try:
        yield terminal
    finally:
        if terminal.process.returncode is None:
            terminal.kill()


def exported(home: Path) -> list[Line]:
    """``kiosk ledger export`` of a terminal."""
    return kiosk("ledger", "export", "--json", "--home", home).lines


def sync(home: Path, status: int = 0) -> Line:
    """``kiosk sync --until-empty`` of a terminal."""
    return kiosk("sync", "--until-empty", "--json", "--home", home, status=status).line


def read_line(process: subprocess.Popen[bytes], stream: IO[bytes]) -> str:
    """The next line of a process's output; empty when it has ended, or was silent too long."""
    alarm = threading.Timer(PATIENCE_S, process.kill)
    alarm.start()
    try:
        return stream.readline().decode().rstrip("\n")
    finally:
        alarm.cancel()
        alarm.join()


def read_until(process: subprocess.Popen[bytes], stream: IO[bytes], word: str) -> str:
    """The first line that holds a word; fails when the process ends without it."""
    while line := read_line(process, stream):
        if word in line:
            return line
    raise AssertionError(f"the process ended without {word!r}")


def command_line(pid: int) -> str:
    """What everybody on this machine can see of a process (Linux)."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def is_root() -> bool:
    """Whether this test may mount."""
    return sys.platform != "win32" and os.geteuid() == 0


def _ended(process: subprocess.Popen[bytes]) -> int:
    try:
        status = process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    finally:
        if process.stdout is not None:
            process.stdout.close()
    return status
