"""A real central over real HTTP, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from kiosk.central.enrolment import new_code
from kiosk.central.issuing import Issued, IssueOrder, issue
from kiosk.central.seeding import SeedOrder, seed
from kiosk.central.services import Services, open_services
from kiosk.central.serving import make_server, open_socket
from kiosk.domain.vouchers import Item
from tests.central.client import ANY_ITEM, Terminal, enroll

STORE, NEIGHBOUR = "S001", "S002"
START_TIMEOUT_S = 20


@dataclass
class Shop:
    """A served central and what tests do to it from the inside."""

    services: Services
    url: str
    http: httpx.Client

    def code(self, store: str = STORE) -> str:
        return self.services.database.write(lambda tx: new_code(tx, store, int(time.time())))

    def terminal(self, store: str = STORE) -> Terminal:
        return enroll(self.http, self.code(store))

    def issue(self, *items: Item, count: int = 1, **order: object) -> Sequence[Issued]:
        asked = IssueOrder(stores=(STORE,), items=items or (ANY_ITEM,), count=count)
        return list(issue(self.services, replace(asked, **order)))  # type: ignore[arg-type]

    def voucher(self, *items: Item, **order: object) -> bytes:
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


@pytest.fixture
def own_shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop on SQLite for one test alone."""
    with open_shop(tmp_path) as opened:
        yield opened


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)],
)
def make_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Iterator[Shop]]:
    """Opens a shop on an empty database of either kind."""
    postgres = request.param == "postgres"
    database = request.getfixturevalue("empty_postgres_url") if postgres else None
    return contextmanager(lambda: open_shop(tmp_path, database).gen)  # type: ignore[attr-defined]
