from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.sync.client import CentralClient
from kiosk.sync.ports import Credentials, LedgerPorts
from kiosk.sync.service import Changed, SyncService, SyncSettings
from tests.sync.fake_central import FakeCentral
from tests.sync.fakes import FakeTimeKeeper, MemoryOutbox, MemoryReplica, MemoryStatusLists

KEY = Ed25519PrivateKey.generate()


def credentials_for(url: str, ca_file: str | None = None) -> Credentials:
    return Credentials("S001-T01", "S001", url, ca_file, KEY)


@pytest.fixture
def central() -> Iterator[FakeCentral]:
    fake = FakeCentral()
    fake.terminal_key = KEY.public_key()
    yield fake
    fake.close()


@pytest.fixture
def time_keeper() -> FakeTimeKeeper:
    return FakeTimeKeeper()


@pytest.fixture
def client(central: FakeCentral, time_keeper: FakeTimeKeeper) -> Iterator[CentralClient]:
    made = CentralClient(credentials_for(central.url), time_keeper)
    yield made
    made.close()


@dataclass
class Terminal:
    """A sync service with its ledger's side."""

    service: SyncService
    outbox: MemoryOutbox
    replica: MemoryReplica
    time_keeper: FakeTimeKeeper
    status_lists: MemoryStatusLists
    told: list[Changed] = field(default_factory=list)


MakeTerminal = Callable[..., Terminal]


@pytest.fixture
def make_terminal(central: FakeCentral) -> Iterator[MakeTerminal]:
    """Builds terminals (not started) and stops them at the end."""
    made: list[Terminal] = []

    def make(url: str | None = None, last_contact_age_s: float | None = None) -> Terminal:
        told: list[Changed] = []
        outbox, replica, time_keeper = MemoryOutbox(), MemoryReplica(), FakeTimeKeeper()
        status_lists = MemoryStatusLists()
        service = SyncService(
            credentials_for(url or central.url),
            LedgerPorts(outbox, replica, time_keeper, status_lists),
            on_change=told.append,
            last_contact_age_s=last_contact_age_s,
            settings=SyncSettings(longest_push_delay_s=1.0, longest_feed_delay_s=1.0),
        )
        made.append(Terminal(service, outbox, replica, time_keeper, status_lists, told))
        return made[-1]

    yield make
    for terminal in made:
        assert terminal.service.stop()


@pytest.fixture
def terminal(make_terminal: MakeTerminal) -> Terminal:
    return make_terminal()
