"""A terminal that was enrolled once; tests work on copies when they damage something."""

from pathlib import Path

import pytest

from tests.fakes import Issuer
from tests.faults.terminals import lone_terminal


@pytest.fixture(scope="session")
def enrolled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Issuer]:
    """A terminal's home, and who issues codes for it. Nobody writes to it."""
    home = tmp_path_factory.mktemp("enrolled") / "home"
    return home, lone_terminal(home)


@pytest.fixture
def home(enrolled: tuple[Path, Issuer]) -> Path:
    return enrolled[0]


@pytest.fixture
def issuer(enrolled: tuple[Path, Issuer]) -> Issuer:
    return enrolled[1]
