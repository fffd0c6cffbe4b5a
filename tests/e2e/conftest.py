"""Real processes: one central for the tests that leave it in peace, others make their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.processes import Central, central_at


@pytest.fixture(scope="session")
def central(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Central]:
    """A served shop. Tests enrol terminals of their own and never stop it."""
    with central_at(tmp_path_factory.mktemp("head-office")) as served:
        yield served


@pytest.fixture
def terminal(central: Central, tmp_path: Path) -> Path:
    """The home of a newly enrolled terminal."""
    return central.enroll(tmp_path / "terminal")
