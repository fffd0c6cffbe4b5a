"""What every test stands on: isolation, leak checks, test data, order, hypothesis profiles."""

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

if sys.platform != "win32":  # PostgreSQL's programs are looked for where Debian puts them
    from tests.postgres import empty_postgres_url, postgres_server, postgres_url

    __all__ = ["empty_postgres_url", "postgres_server", "postgres_url"]

TESTS = Path(__file__).parent
SHARED_DATA = TESTS.parent.parent / "shared" / "data"

# Quick and pure first, so that a mistake shows early; whole processes last.
FOLDER_ORDER = (
    *("architecture", "domain", "protocol", "counter", "ledger", "sync", "devices", "scanning"),
    *("central", "ui", "commands"),
)
LAST_FOLDERS = ("e2e", "faults")
LEAK_GRACE_S = 10.0

# A developer's own settings and terminal must not reach a test. Windows need no screen.
os.environ.pop("KIOSK_HOME", None)
if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# Deadlines measure the machine, not the code: off everywhere.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True, database=None)
settings.register_profile("dev", deadline=None, print_blob=True)
settings.register_profile(
    "nightly",
    deadline=None,
    print_blob=True,
    max_examples=5_000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order by folder, and mark everything below tests/e2e."""
    for item in items:
        if _folder(item) == "e2e":
            item.add_marker(pytest.mark.e2e)
    items.sort(key=_rank)  # stable: within a folder the order stays


def _folder(item: pytest.Item) -> str:
    parts = item.path.relative_to(TESTS).parts if item.path.is_relative_to(TESTS) else ()
    return parts[0] if len(parts) > 1 else ""


def _rank(item: pytest.Item) -> int:
    folder = _folder(item)
    if folder in FOLDER_ORDER:
        return FOLDER_ORDER.index(folder)
    if item.get_closest_marker("e2e") and folder not in LAST_FOLDERS:
        folder = "e2e"
    if folder in LAST_FOLDERS:
        return len(FOLDER_ORDER) + 1 + LAST_FOLDERS.index(folder)
    return len(FOLDER_ORDER)


@pytest.fixture(autouse=True)
def _nothing_left_running() -> Iterator[None]:
    """Fail a test that leaves a thread or a child process of multiprocessing behind.

    Daemon threads are exempt: they are how some libraries wait. Whatever a module's or session's
    fixture started before the test is not the test's doing.
    """
    threads_before = set(threading.enumerate())
    children_before = set(multiprocessing.active_children())
    yield
    deadline = time.monotonic() + LEAK_GRACE_S
    threads = [
        thread
        for thread in threading.enumerate()
        if thread not in threads_before and not thread.daemon
    ]
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    children = [
        child for child in multiprocessing.active_children() if child not in children_before
    ]
    for child in children:
        child.join(max(0.0, deadline - time.monotonic()))
    left = [thread.name for thread in threads if thread.is_alive()]
    left += [f"{child.name} (process {child.pid})" for child in children if child.is_alive()]
    if left:
        pytest.fail(f"left running: {', '.join(left)}")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Test pictures and vectors: KIOSK_TEST_DATA, or shared/data beside the checkout."""
    folder = Path(os.environ.get("KIOSK_TEST_DATA") or SHARED_DATA)
    if not folder.is_dir():
        pytest.skip(f"no test data: {folder} is absent, KIOSK_TEST_DATA names another place")
    return folder
