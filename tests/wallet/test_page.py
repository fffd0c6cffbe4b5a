"""The page in a real browser, before a central in this process: what it shows and refuses."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from kiosk.central.issuing import wallet_url
from kiosk.central.vouchers import withdraw
from kiosk.domain.vouchers import Item, Place, Tier, VoucherState
from kiosk.protocol import cbor
from kiosk.protocol.codes import UnverifiedCode, parse_text
from kiosk.protocol.cose import Algorithm
from kiosk.scanning.picture import decode_files
from tests.central.client import PHONES
from tests.central.conftest import STORE, Shop
from tests.wallet.devtools import Browser, DevToolsError, Page, chromium

ITEMS = (Item("CRAB-4M", 2, 1), Item("VINEGAR", 2, 1), Item("TEA-LJ", 1))
HOSTILE = '<img src=x onerror="window.hit = 1"> & "请与蟹醋一起"'
SHOWING = "document.getElementById('showing').checkVisibility()"
NO_ED25519 = """
    const make = crypto.subtle.generateKey;
    crypto.subtle.generateKey = function (algorithm, ...more) {
        if (algorithm.name === "Ed25519") {
            return Promise.reject(new DOMException("not here", "NotSupportedError"));
        }
        return make.call(this, algorithm, ...more);
    };
"""
CONTRASTS = """(() => {
    const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = (colour) => channels(colour).slice(0, 3)
        .map((value) => value / 255)
        .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
        .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
    const behind = (element) => {
        if (element === document.body) return "rgb(71, 102, 234)";  // where the header's blue ends
        const paint = getComputedStyle(element).backgroundColor;
        return (channels(paint)[3] ?? 1) === 1 ? paint : behind(element.parentElement);
    };
    return Math.min(...[...document.body.querySelectorAll("*")]
        .filter((one) => one.checkVisibility() && [...one.childNodes].some((node) =>
            node.nodeType === Node.TEXT_NODE && node.textContent.trim()))
        .map((one) => [light(getComputedStyle(one).color), light(behind(one))])
        .map(([one, other]) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)));
})()"""
LOOK_NOW = "dispatchEvent(new Event('online'))"
KEPT = "import('/wallet/memory.js').then(({ Memory }) => new Memory().read(%s))"


def issued(shop: Shop, tier: Tier = Tier.V2, **order: Any) -> tuple[bytes, str]:
    """A new voucher's id and the address of its page."""
    [made] = shop.issue(*ITEMS, tier=tier, **order)
    voucher = made.voucher
    return voucher.voucher, wallet_url(shop.url, voucher.voucher, voucher.wallet_token)


def shown(page: Page, picture: Path) -> UnverifiedCode:
    """What our scanner reads off the page."""
    page.wait(SHOWING)
    [decoded] = decode_files([page.screenshot(picture)])
    [text] = decoded.texts
    return parse_text(text)


def click(page: Page, element: str) -> None:
    page.evaluate(f"document.getElementById({json.dumps(element)}).click()")


def test_an_order_with_its_changing_code(page: Page, shop: Shop, tmp_path: Path) -> None:
    voucher, url = issued(shop, phone="13812341234", note=HOSTILE)
    page.open(url)
    code = shown(page, tmp_path / "v2.png")
    assert code.tier is Tier.V2
    assert cbor.decode(code.message.payload)[2] == voucher  # type: ignore[index]
    text = page.text()
    for word in ("西湖龙井礼盒 250克", "2 盒", "138****1234", "示范门店", "秒后自动更新", HOSTILE):
        assert word in text
    assert page.evaluate("document.querySelector('main img') === null && !window.hit")


def test_both_languages(browser: Browser, page: Page, shop: Shop) -> None:
    _, url = issued(shop)
    page.open(url)
    page.wait(SHOWING)
    click(page, "language")
    assert "Longjing tea gift box, 250 g" in page.wait("document.body.innerText")
    assert page.evaluate("[document.title, document.documentElement.lang].join()") == (
        "Pickup code,en"
    )
    page.reload()
    page.wait(SHOWING)
    assert "To pick up" in page.text()
    other = browser.new_page(browser.new_profile(), language="fr-FR")
    other.open(url)
    other.wait(SHOWING)
    assert "To pick up" in other.text()


def test_everything_has_a_name_and_contrast(page: Page, shop: Shop) -> None:
    _, url = issued(shop, Tier.V3)
    page.open(url)
    page.wait(SHOWING)
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    asked = {"button", "textbox", "switch", "image", "heading"}
    found = [node for node in nodes if node.get("role", {}).get("value") in asked]
    assert {node["role"]["value"] for node in found} == asked
    assert all(node["name"]["value"] for node in found)
    assert page.evaluate(CONTRASTS) >= 4.5  # WCAG 2.2 AA


@pytest.mark.parametrize("algorithm", [Algorithm.ED25519, Algorithm.ESP256])
def test_a_phone_signs_what_it_shows(
    browser: Browser, shop: Shop, tmp_path: Path, algorithm: Algorithm
) -> None:
    profile = browser.new_profile()
    browser.allow(profile, shop.url, "geolocation")
    page = browser.new_page(profile)
    if algorithm is Algorithm.ESP256:
        page.call("Page.addScriptToEvaluateOnNewDocument", source=NO_ED25519)
    page.call("Emulation.setGeolocationOverride", latitude=31.3, longitude=120.7, accuracy=5)
    voucher, url = issued(shop, Tier.V3)
    page.open(url)
    plain = shown(page, tmp_path / "plain.png").showing
    assert plain is not None
    assert plain.message.algorithm == algorithm
    assert (plain.proof.challenge, plain.proof.place) == (None, None)
    assert abs(plain.proof.signed_at_s - time.time()) < 60

    page.evaluate("document.getElementById('digits').focus()")
    page.call("Input.insertText", text="48 29-15")
    page.press("Enter")
    click(page, "place")
    page.wait("document.getElementById('place-help').textContent === '位置已写入提货码'")
    signed = shown(page, tmp_path / "signed.png").showing
    assert signed is not None
    assert signed.proof.challenge == "482915"
    assert signed.proof.place == Place(313_000_000, 1_207_000_000)

    key = f"{KEPT % json.dumps(voucher.hex())}.then((kept) => kept.holder.privateKey)"
    assert page.evaluate(f"{key}.then((key) => key.extractable)") is False
    for form in ("pkcs8", "jwk", "raw"):
        with pytest.raises(DevToolsError, match="not extractable"):
            page.evaluate(f"{key}.then((key) => crypto.subtle.exportKey('{form}', key))")
    assert page.faults() == []


def test_a_second_phone_is_refused(browser: Browser, page: Page, shop: Shop) -> None:
    _, url = issued(shop, Tier.V3)
    page.open(url)
    page.wait(SHOWING)
    other = browser.new_page(browser.new_profile())
    other.open(url)
    other.wait_stage("已在另一部手机上使用")
    assert not other.evaluate(SHOWING)
    page.reload()
    page.wait(SHOWING)  # the first one goes on


def test_a_new_code_comes_by_itself(page: Page, shop: Shop, tmp_path: Path) -> None:
    """Fifteen seconds pass at once: the page's clock is set."""
    _, url = issued(shop, Tier.V3)
    page.open(url)
    first = shown(page, tmp_path / "first.png").showing
    page.wait("navigator.serviceWorker.ready.then((ready) => Boolean(ready.active))")
    page.set_offline(offline=True)
    page.evaluate("{ const now = Date.now; Date.now = () => now() + 16_000; }")
    assert first is not None
    later = first.proof.signed_at_s
    deadline = time.monotonic() + 60
    while later < first.proof.signed_at_s + 16 and time.monotonic() < deadline:
        showing = shown(page, tmp_path / "second.png").showing
        assert showing is not None
        later = showing.proof.signed_at_s
    assert later >= first.proof.signed_at_s + 16
    page.wait("document.getElementById('notice').textContent === '网络已断开，提货码仍可使用'")


def test_a_phone_that_was_switched_off_shows_its_code_offline(shop: Shop, tmp_path: Path) -> None:
    _, url = issued(shop, Tier.V3)
    with chromium(tmp_path / "profile") as browser:
        page = browser.new_page()
        page.open(url)
        page.wait(SHOWING)
        page.wait("navigator.serviceWorker.ready.then((ready) => Boolean(ready.active))")
    with chromium(tmp_path / "profile") as browser:
        page = browser.new_page()
        page.set_offline(offline=True)
        page.open(url)
        assert shown(page, tmp_path / "offline.png").tier is Tier.V3
        assert "示范门店" in page.text()


def test_an_old_binding_is_renewed_and_an_ended_one_shows_nothing(page: Page, shop: Shop) -> None:
    voucher, url = issued(shop, Tier.V3)
    page.open(url)
    page.wait(SHOWING)
    page.wait("navigator.serviceWorker.ready.then((ready) => Boolean(ready.active))")
    name = json.dumps(voucher.hex())
    page.set_offline(offline=True)
    page.evaluate(
        "import('/wallet/memory.js').then(async ({ Memory }) => { const memory = new Memory();"
        f" const {{ binding }} = await memory.read({name});"
        f" await memory.update({name}, {{ binding: {{ ...binding, renewS: 0, endS: 1 }} }}); }})"
    )
    page.reload()
    page.wait_stage("需要联网")
    page.set_offline(offline=False)
    page.wait(SHOWING)
    kept = page.evaluate(f"{KEPT % name}.then(({{ binding }}) => binding)")
    assert kept["renewS"] > time.time()


def test_what_was_taken_is_told(page: Page, shop: Shop) -> None:
    voucher, url = issued(shop, Tier.V2)
    page.open(url)
    page.wait(SHOWING)
    terminal = shop.terminal()
    text = PHONES[voucher]
    terminal.send(terminal.redeem(voucher, *ITEMS[:2], text=text))
    page.wait("document.getElementById('taken').checkVisibility()")
    assert terminal.name in page.text()
    assert "已提" in page.text()
    assert page.evaluate(SHOWING)
    terminal.send(terminal.redeem(voucher, ITEMS[2], text=text))
    page.evaluate(LOOK_NOW)
    page.wait_stage("已核销")
    said = page.evaluate("document.getElementById('stage-text').textContent")
    assert said.endswith(f"\n示范门店 · 终端 {terminal.name}")
    assert not page.evaluate(SHOWING)


@pytest.mark.parametrize(
    "state, title",
    [(VoucherState.REVOKED, "提货码已撤销"), (VoucherState.REFUNDED, "订单已退款")],
)
def test_a_withdrawn_code_disappears(
    page: Page, shop: Shop, state: VoucherState, title: str
) -> None:
    voucher, url = issued(shop)
    page.open(url)
    page.wait(SHOWING)
    now_s = int(time.time())
    shop.services.database.write(lambda tx: withdraw(tx, voucher, state, now_s))
    page.evaluate(LOOK_NOW)
    page.wait_stage(title)
    assert not page.evaluate(SHOWING)


@pytest.mark.parametrize("tier", [Tier.V2, Tier.V3])
def test_an_expired_code_disappears(page: Page, shop: Shop, tier: Tier) -> None:
    _, url = issued(shop, tier, expires_in_s=-5)
    page.open(url)
    page.wait_stage("已过期")


def test_a_link_that_is_cut_short(page: Page, shop: Shop) -> None:
    _, url = issued(shop)
    page.open(f"{url[:-4]}oops")
    page.wait_stage("链接无效")
    assert STORE not in page.text()
    page.open("about:blank")
    page.open(url.partition("#")[0])
    page.wait_stage("链接无效")


def test_stages_that_take_long_to_come(page: Page, shop: Shop) -> None:
    page.open(f"{shop.url}/wallet/icon.svg")
    page.wait("document.documentElement?.localName === 'svg'")

    def stage(**changed: object) -> object:
        order = {"state": "active", "expires_s": 100, "not_before_s": 0, "items": [{"left": 1}]}
        known = {"order": order, "refusal": "", "code": {"untilS": 50}, "online": True} | changed
        known["order"] = order | changed.get("order", {})  # type: ignore[operator]
        return page.evaluate(
            "import('/wallet/wallet.js').then(({ stageOf }) =>"
            f" stageOf({json.dumps(known)}, {changed.get('at', 10)}))"
        )

    assert stage() == "code"
    assert stage(at=60, online=False) == "waiting"
    assert stage(at=60) == "loading"
    assert stage(at=100) == "expired"
    assert stage(order={"not_before_s": 20}) == "not_yet"
    assert stage(order={"state": "held"}) == "held"
    assert stage(unsupported=True) == "unsupported"
    assert stage(refusal="tier_not_allowed") == "refused"
    assert stage(order={"items": [{"left": 0}]}, at=200) == "redeemed"
