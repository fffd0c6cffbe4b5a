"""One browser and one central, in this process, for the tests that leave both in peace."""

from collections.abc import Iterator

import pytest

from tests.central.conftest import Shop, open_shop
from tests.wallet.devtools import Browser, Page, chromium


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A real Chromium; tests take profiles of their own where that matters."""
    with chromium(tmp_path_factory.mktemp("chromium") / "profile") as started:
        yield started


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A served shop on SQLite."""
    with open_shop(tmp_path_factory.mktemp("wallet-shop")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def closed_pages(browser: Browser) -> Iterator[None]:
    """No tab outlives its test."""
    yield
    browser.close_pages()


@pytest.fixture
def page(browser: Browser, closed_pages: None) -> Iterator[Page]:
    """A phone that nobody has used yet; nothing on it may have gone wrong in the end."""
    opened = browser.new_page(browser.new_profile())
    yield opened
    assert opened.faults() == []
