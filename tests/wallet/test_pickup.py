"""From the page to the goods: real central, real browser, real terminal, online and offline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.domain.vouchers import Tier
from tests.e2e.processes import Central, Redeeming, central_at, kiosk, redeeming, sync
from tests.wallet.devtools import Browser, Page

pytestmark = [pytest.mark.e2e]

SHOWING = "document.getElementById('showing').checkVisibility()"
READY = "navigator.serviceWorker.ready.then((ready) => Boolean(ready.active))"


@dataclass(frozen=True, slots=True)
class Counter:
    """A shop's central and one of its terminals, which redeems what it is shown."""

    central: Central
    home: Path
    terminal: Redeeming

    def issue(self, tier: Tier) -> tuple[str, str]:
        """A new voucher's id in hex and the address that its customer gets."""
        made = kiosk(
            *("central", "issue", "--home", self.central.home, "--json", "--item", "CRAB-4M:1"),
            *("--tier", tier.name, "--phone", "13812341234", "--public-url", self.central.url),
        ).line
        return made["voucher"], made["wallet"]


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    with central_at(tmp_path_factory.mktemp("head-office")) as central:
        home = central.enroll(tmp_path_factory.mktemp("terminal") / "home")
        with redeeming(home) as terminal:
            yield Counter(central, home, terminal)
            if not terminal.ended:
                terminal.finish()


def scanned(page: Page, picture: Path) -> str:
    """What ``kiosk decode`` reads in a picture of the phone's screen."""
    page.wait(SHOWING)
    [text] = kiosk("decode", "--json", page.screenshot(picture)).line["texts"]
    return str(text)


def wait_redeemed(page: Page, terminal: str = "S001-T01") -> None:
    page.wait_stage("已核销")
    said = page.evaluate("document.getElementById('stage-text').textContent")
    assert said.endswith(f"\n示范门店 · 终端 {terminal}")


@pytest.mark.parametrize("tier", [Tier.V2, Tier.V3])
def test_online(tier: Tier, counter: Counter, page: Page, tmp_path: Path) -> None:
    voucher, url = counter.issue(tier)
    page.open(url)
    text = scanned(page, tmp_path / "code.png")
    assert text.startswith(f"TH{tier.value}:")
    answer = counter.terminal.ask(text)
    assert (answer["verdict"], answer["voucher"]) == ("accepted", voucher)
    wait_redeemed(page)
    *_, token = url.split("#")
    assert not [asked for asked in page.requested_urls() if token in asked]
    assert token not in counter.central.log.read_text()


def test_phone_and_terminal_both_offline(
    counter: Counter, browser: Browser, page: Page, tmp_path: Path
) -> None:
    """Nobody reaches central; the phone has even loaded its page anew."""
    voucher, url = counter.issue(Tier.V3)
    page.open(url)
    page.wait(SHOWING)
    page.wait(READY)
    counter.central.kill()
    page.set_offline(offline=True)
    page.reload()
    answer = counter.terminal.ask(scanned(page, tmp_path / "offline.png"))
    assert (answer["verdict"], answer["voucher"]) == ("accepted", voucher)
    again = counter.terminal.ask(scanned(page, tmp_path / "again.png"))
    assert again["verdict"] in {"accepted", "already_redeemed"}  # the same showing, or the next
    assert again["seq"] in {None, answer["seq"]}

    counter.central.start()
    assert counter.terminal.finish().status == 0
    assert sync(counter.home)["waiting"] == 0
    page.set_offline(offline=False)
    wait_redeemed(page)
    stranger = browser.new_page(browser.new_profile())
    stranger.open(url)
    wait_redeemed(stranger)  # it may see, with the wallet token, but never show
