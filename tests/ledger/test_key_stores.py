"""Where the ledger's key may live: each place keeps it, and says what is wrong in its own words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from kiosk.ledger.errors import HomeUnusable, KeyMissing, WrongKey
from kiosk.ledger.home import Home
from kiosk.ledger.key_stores import key_check, key_store, load_key


class MemoryKeyring(KeyringBackend):
    """A keyring that forgets at the end of the test, and can be locked."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise KeyringLocked("locked")
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def memory_keyring() -> Iterator[MemoryKeyring]:
    before = keyring.get_keyring()
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.fixture
def place(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_a_file_is_made_once_and_kept(place: Home) -> None:
    store = key_store("file", place)
    key = store.create()
    assert len(key) == 32
    assert store.create() == key
    assert load_key(store, key_check(key)) == key


def test_another_key_is_not_taken_for_damage(place: Home) -> None:
    store = key_store("file", place)
    check = key_check(store.create())
    place.key_file.write_bytes(bytes(32))
    with pytest.raises(WrongKey, match="untouched"):
        load_key(store, check)


def test_the_keyring_keeps_a_key_per_home(memory_keyring: MemoryKeyring, tmp_path: Path) -> None:
    first, second = (key_store("keyring", Home(tmp_path / name)) for name in "ab")
    assert first.create() != second.create()
    assert first.create() == first.load()
    assert not list(tmp_path.iterdir())


def test_a_locked_keyring_is_a_missing_key(memory_keyring: MemoryKeyring, place: Home) -> None:
    store = key_store("keyring", place)
    with pytest.raises(KeyMissing, match="not in this user's keyring"):
        store.load()
    store.create()
    memory_keyring.locked = True
    with pytest.raises(KeyMissing, match="does not answer"):
        store.load()
    with pytest.raises(HomeUnusable, match="refused"):
        store.create()


def test_rubbish_in_the_keyring_is_a_wrong_key(memory_keyring: MemoryKeyring, place: Home) -> None:
    store = key_store("keyring", place)
    store.create()
    for name in memory_keyring.kept:
        memory_keyring.kept[name] = "not hex"
    with pytest.raises(WrongKey):
        store.load()


def test_systemd_hands_the_key_in(
    place: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = key_store("systemd", place)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(KeyMissing, match="LoadCredentialEncrypted"):
        store.load()
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    with pytest.raises(KeyMissing, match="No such file"):
        store.create()
    (credentials / "ledger.key").write_bytes(bytes(31))
    with pytest.raises(WrongKey, match="31 bytes"):
        store.create()
    (credentials / "ledger.key").write_bytes(bytes(range(32)))
    assert store.create() == bytes(range(32))


def test_an_unknown_store_names_the_file(place: Home) -> None:
    with pytest.raises(HomeUnusable, match=r"terminal\.json.*'clay'"):
        key_store("clay", place)
