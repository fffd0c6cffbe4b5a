"""A PostgreSQL server of the tests' own, from the programs that Debian installs."""

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

DEBIAN_SERVERS = Path("/usr/lib/postgresql")
TIMEOUT_S = 60

_database_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server. It listens on a socket file only, so no port can be taken."""

    programs: Path
    folder: Path

    def url(self, database: str) -> str:
        """SQLAlchemy's URL of one database here."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the server's owner.

        Raises RuntimeError with what the program said, if it fails. The output goes to a file:
        a server that stays would hold a pipe open for ever.
        """
        # PostgreSQL refuses to run as root; Debian's package has made an account for it.
        owner = "postgres" if os.geteuid() == 0 else None
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [self.programs / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                timeout=TIMEOUT_S,
                check=False,
                user=owner,
                group=owner,
                extra_groups=[] if owner else None,
            )
            output.seek(0)
            if done.returncode != 0:
                text = output.read().decode(errors="replace")
                message = f"{program} ended with {done.returncode}: {text}"
                raise RuntimeError(message)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real, durable server (fsync on) for this session; skips visibly without its programs."""
    programs = _server_programs()
    if programs is None:
        pytest.skip(f"no PostgreSQL server programs below {DEBIAN_SERVERS}, nor on PATH")
    # Not pytest's own temporary folder: a socket's path holds about 100 characters.
    folder = Path(tempfile.mkdtemp(prefix="kiosk-pg-"))
    server = PostgresServer(programs, folder)
    data = str(folder / "data")
    try:
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(folder, account.pw_uid, account.pw_gid)
        server.run(
            "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"
        )
        options = f"-c listen_addresses='' -k {folder} -c fsync=on"
        log = str(folder / "server.log")
        server.run("pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start")
        try:
            yield server
        finally:
            server.run("pg_ctl", "-D", data, "-m", "fast", "-w", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_url(postgres_server: PostgresServer) -> str:
    """URL of a database that the whole session shares."""
    return _new_database(postgres_server)


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer) -> str:
    """URL of an empty database for one test alone."""
    return _new_database(postgres_server)


def _new_database(server: PostgresServer) -> str:
    name = f"test_{next(_database_numbers)}"
    server.run("createdb", "-h", str(server.folder), "-U", "postgres", name)
    return server.url(name)


def _server_programs() -> Path | None:
    """The folder of the newest version's programs."""
    versions = [path.parent for path in DEBIAN_SERVERS.glob("*/bin/initdb")]
    if versions:
        return max(versions, key=lambda folder: float(folder.parent.name))
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None
