"""A real central over real HTTP, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from kiosk.central.enrolment import new_code
from kiosk.central.issuing import Issued, IssueOrder, issue
from kiosk.central.seeding import SeedOrder, seed
from kiosk.central.services import Services, open_services
from kiosk.central.serving import make_server, open_socket
from kiosk.domain.vouchers import Item
from tests.central.client import ANY_ITEM, PHONES, Terminal, enroll

T = TypeVar("T")

STORE, NEIGHBOUR = "S001", "S002"
START_TIMEOUT_S = 20


def together(*jobs: Callable[[], T]) -> list[T]:
    """Run jobs at the same moment, each in a thread; their results in order."""
    start = threading.Barrier(len(jobs))

    def run(job: Callable[[], T]) -> T:
        start.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@dataclass
class Shop:
    """A served central and what tests do to it from the inside."""

    services: Services
    url: str
    http: httpx.Client

    def code(self, store: str = STORE) -> str:
        return self.services.database.write(lambda tx: new_code(tx, store, int(time.time())))

    def client(self) -> httpx.Client:
        """Another connection; the caller closes it."""
        return httpx.Client(base_url=self.url, timeout=30)

    def terminal(self, store: str = STORE) -> Terminal:
        return enroll(self.http, self.code(store))

    def issue(self, *items: Item, count: int = 1, **order: Any) -> Sequence[Issued]:
        asked = IssueOrder(stores=(STORE,), items=items or (ANY_ITEM,), count=count)
        issued = list(issue(self.services, replace(asked, **order)))
        PHONES.update({one.voucher.voucher: one.text for one in issued})
        return issued

    def voucher(self, *items: Item, **order: Any) -> bytes:
        return self.issue(*items, **order)[0].voucher.voucher


@contextmanager
def serving(services: Services) -> Iterator[str]:
    """Serve in a thread of this process; gives the URL."""
    accepting = threading.Event()
    server = make_server(services, accepting.set)
    with open_socket("127.0.0.1", 0) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        # Daemon, as are the worker threads it starts: they outlive a test, not the fixture.
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            assert accepting.wait(START_TIMEOUT_S)
            yield url
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def open_shop(home: Path, database: str | None = None) -> Iterator[Shop]:
    services = open_services(home, database)
    try:
        seed(services, SeedOrder(pins={"1001": "1357", "9001": "2468"}))
        with serving(services) as url, httpx.Client(base_url=url, timeout=30) as http:
            yield Shop(services, url, http)
    finally:
        services.close()


@pytest.fixture(
    scope="session",
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)],
)
def shop(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    """A shop that a whole session shares: tests use vouchers and terminals of their own."""
    database = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    with open_shop(tmp_path_factory.mktemp("central"), database) as opened:
        yield opened


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def own_database(request: pytest.FixtureRequest) -> str | None:
    """URL of an empty database; None for the default one of a home."""
    if request.param == "sqlite":
        return None
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


@pytest.fixture
def own_shop(tmp_path: Path, own_database: str | None) -> Iterator[Shop]:
    """A shop for one test alone."""
    with open_shop(tmp_path, own_database) as opened:
        yield opened
