"""What a phone may ask with its wallet token: its order, and a binding of its key."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

import httpx
import msgspec
import pytest
from sqlalchemy import select

from kiosk.central.documents import open_stored_key_set
from kiosk.central.tables import vouchers
from kiosk.central.vouchers import withdraw
from kiosk.domain.clock import Confidence, Instant
from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.domain.vouchers import (
    MAX_V3_BINDING_S,
    Item,
    PickupCode,
    Place,
    Tier,
    VoucherState,
)
from kiosk.protocol import cbor, cose
from kiosk.protocol.codes import encode_showing
from kiosk.protocol.cose import Algorithm, PrivateKey
from kiosk.protocol.messages import (
    BindingAnswer,
    BindingRequest,
    WalletAnswer,
    WalletRequest,
)
from kiosk.protocol.verifier import CodeVerifier
from tests.central.client import read
from tests.central.conftest import NEIGHBOUR, STORE, Shop, together
from tests.central.test_codes import ask, refusal

ITEMS = (Item("CRAB-4M", 2, 1), Item("VINEGAR", 2, 1), Item("NEW-SKU", 3))


def look(shop: Shop, voucher: bytes, token: str) -> httpx.Response:
    request = WalletRequest(voucher, token)
    return shop.http.post("/v1/wallet", content=msgspec.json.encode(request))


def bind(shop: Shop, voucher: bytes, token: str, key: PrivateKey | bytes) -> httpx.Response:
    raw = key if isinstance(key, bytes) else key_bytes(key)
    request = BindingRequest(voucher, token, raw)
    return shop.http.post("/v1/wallet/binding", content=msgspec.json.encode(request))


def key_bytes(key: PrivateKey) -> bytes:
    return cbor.encode(cose.public_key_map(key.public_key()))


def phone(algorithm: Algorithm = Algorithm.ED25519) -> PrivateKey:
    return cose.generate_key(algorithm)


def judged(shop: Shop, text: str) -> PickupCode | Verdict:
    with shop.services.database.read() as connection:
        key_set = open_stored_key_set(connection, shop.services.keys)
    now = Instant(int(time.time()), Confidence.CARRIED)
    return CodeVerifier(lambda: key_set).verify(text, now)


# ---------------------------------------------------------------- the order


def test_the_order_as_its_customer_reads_it(shop: Shop) -> None:
    [issued] = shop.issue(*ITEMS, phone="13812341234", note="<b>note</b>", tier=Tier.V3)
    voucher = issued.voucher
    order = read(look(shop, voucher.voucher, voucher.wallet_token), WalletAnswer)
    assert (order.state, order.tier, order.expires_s) == ("active", 3, voucher.expires_s)
    assert (order.order_no, order.phone_masked) == (voucher.order_no, "138****1234")
    assert (order.note, order.not_before_s, order.redemptions) == ("<b>note</b>", 0, [])
    assert [(item.sku, item.quantity, item.left, item.group) for item in order.items] == [
        (item.sku, item.quantity, item.quantity, item.group) for item in ITEMS
    ]
    crab, _, unknown = order.items
    assert (crab.name_en, crab.unit_zh) == ("Hairy crab gift box, 4 males", "盒")
    assert (unknown.name_zh, unknown.name_en) == ("NEW-SKU", "NEW-SKU")
    assert [(store.store, store.name) for store in order.stores] == [(STORE, "示范门店")]
    assert abs(order.time_s - time.time()) < 5


def test_no_store_is_told_for_a_voucher_of_any_store(shop: Shop) -> None:
    [issued] = shop.issue(*ITEMS, stores=None)
    order = read(look(shop, issued.voucher.voucher, issued.voucher.wallet_token), WalletAnswer)
    assert order.stores == []


def test_what_was_handed_over_is_told_and_counted(shop: Shop) -> None:
    [issued] = shop.issue(*ITEMS)
    voucher = issued.voucher
    terminal = shop.terminal()
    for items in (ITEMS[:2], (replace(ITEMS[2], quantity=2),)):
        terminal.send(terminal.redeem(voucher.voucher, *items))
    order = read(look(shop, voucher.voucher, voucher.wallet_token), WalletAnswer)
    assert [item.left for item in order.items] == [0, 0, 1]
    assert {(one.store, one.store_name, one.terminal) for one in order.redemptions} == {
        (STORE, "示范门店", terminal.name)
    }
    taken = [[line.quantity for line in one.lines] for one in order.redemptions]
    assert sorted(taken) == [[2], [2, 2]]  # in one second: either may come first


def test_what_another_shop_only_claims_is_not_told(shop: Shop) -> None:
    [issued] = shop.issue(*ITEMS)
    voucher = issued.voucher
    stranger = shop.terminal(NEIGHBOUR)
    stranger.send(stranger.redeem(voucher.voucher, *ITEMS, text=""))
    order = read(look(shop, voucher.voucher, voucher.wallet_token), WalletAnswer)
    assert order.redemptions == []
    assert all(item.left == item.quantity for item in order.items)


@pytest.mark.parametrize("state", [VoucherState.REVOKED, VoucherState.REFUNDED])
def test_a_withdrawn_order_says_so(shop: Shop, state: VoucherState) -> None:
    [issued] = shop.issue(*ITEMS)
    voucher, token, now_s = issued.voucher.voucher, issued.voucher.wallet_token, int(time.time())
    shop.services.database.write(lambda tx: withdraw(tx, voucher, state, now_s))
    assert read(look(shop, voucher, token), WalletAnswer).state == state.value


def test_strangers_learn_nothing(shop: Shop) -> None:
    [issued] = shop.issue(*ITEMS)
    voucher, token = issued.voucher.voucher, issued.voucher.wallet_token
    for asked in ((voucher, token[:-1] + "!"), (bytes(16), token)):
        assert refusal(look(shop, *asked)) == (404, "voucher_unknown")
        assert refusal(bind(shop, *asked, phone())) == (404, "voucher_unknown")


# ---------------------------------------------------------------- the binding


@pytest.mark.parametrize("algorithm", [Algorithm.ED25519, Algorithm.ESP256])
def test_a_bound_phone_makes_codes_by_itself(shop: Shop, algorithm: Algorithm) -> None:
    [issued] = shop.issue(*ITEMS, tier=Tier.V3, value_class=2)
    voucher, key = issued.voucher, phone(algorithm)
    answer = read(bind(shop, voucher.voucher, voucher.wallet_token, key), BindingAnswer)
    assert answer.expires_s == answer.issued_s + MAX_V3_BINDING_S
    assert 0 < answer.renew_in_s < MAX_V3_BINDING_S / 2
    now_s, place = int(time.time()), Place(313_000_000, 1_207_000_000)
    code = judged(shop, encode_showing(answer.inner, key, now_s, challenge="1234", place=place))
    assert isinstance(code, PickupCode), code
    assert (code.voucher, code.tier, code.items) == (voucher.voucher, Tier.V3, ITEMS)
    assert (code.stores, code.options.value_class) == ((STORE,), 2)
    assert code.proof is not None
    assert (code.proof.challenge, code.proof.place, code.shown_at_s) == ("1234", place, now_s)
    stolen = judged(shop, encode_showing(answer.inner, phone(algorithm), now_s))
    assert isinstance(stolen, Verdict)
    assert stolen.kind is VerdictKind.BAD_SIGNATURE


def test_a_binding_ends_with_its_voucher(shop: Shop) -> None:
    [issued] = shop.issue(*ITEMS, tier=Tier.V3, expires_in_s=600)
    voucher = issued.voucher
    answer = read(bind(shop, voucher.voucher, voucher.wallet_token, phone()), BindingAnswer)
    assert answer.expires_s == voucher.expires_s


def test_the_same_key_renews_and_another_is_refused(shop: Shop) -> None:
    [issued] = shop.issue(*ITEMS, tier=Tier.V3)
    voucher, token, key = issued.voucher.voucher, issued.voucher.wallet_token, phone()
    first = read(bind(shop, voucher, token, key), BindingAnswer)
    assert refusal(bind(shop, voucher, token, phone())) == (409, "bound_to_another_phone")
    second = read(bind(shop, voucher, token, key), BindingAnswer)
    assert second.issued_s >= first.issued_s
    with shop.services.database.read() as connection:
        row = connection.execute(select(vouchers).where(vouchers.c.id == voucher)).one()
    assert (row.holder_key, row.bound_s) == (key_bytes(key), first.issued_s)


def test_of_two_phones_at_the_same_moment_one_is_bound(shop: Shop) -> None:
    for _ in range(5):
        [issued] = shop.issue(*ITEMS, tier=Tier.V3)
        voucher, token = issued.voucher.voucher, issued.voucher.wallet_token
        keys = [phone(), phone()]
        answers = together(*(partial(bind, shop, voucher, token, key) for key in keys))
        assert sorted(answer.status_code for answer in answers) == [200, 409]


def test_a_voucher_for_v3_gives_no_lower_code(shop: Shop) -> None:
    [issued] = shop.issue(*ITEMS, tier=Tier.V3)
    assert issued.text == ""
    for tier in (1, 2):
        answer = ask(shop, issued.voucher.voucher, issued.voucher.wallet_token, tier)
        assert refusal(answer) == (403, "tier_not_allowed")


def test_nothing_is_bound_to_what_is_over(shop: Shop) -> None:
    [expired] = shop.issue(*ITEMS, tier=Tier.V3, expires_in_s=-5)
    answer = bind(shop, expired.voucher.voucher, expired.voucher.wallet_token, phone())
    assert refusal(answer) == (410, "voucher_expired")
    [gone] = shop.issue(*ITEMS, tier=Tier.V3)
    voucher, token, now_s = gone.voucher.voucher, gone.voucher.wallet_token, int(time.time())
    shop.services.database.write(lambda tx: withdraw(tx, voucher, VoucherState.REVOKED, now_s))
    assert refusal(bind(shop, voucher, token, phone())) == (410, "voucher_withdrawn")


def test_only_a_keys_own_bytes_are_bound(shop: Shop) -> None:
    [issued] = shop.issue(*ITEMS, tier=Tier.V3)
    voucher, token = issued.voucher.voucher, issued.voucher.wallet_token
    good = cose.public_key_map(phone().public_key())
    bad = [
        b"\xff",
        cbor.encode(1),
        cbor.encode(good) + b"\0",
        cbor.encode(good | {5: "more"}),
        cbor.encode(good | {3: -9}),
        cbor.encode(cose.public_key_map(phone(Algorithm.PS256).public_key()))[:256],
    ]
    for raw in bad:
        assert refusal(bind(shop, voucher, token, raw)) == (400, "holder_key_invalid")
    assert refusal(bind(shop, voucher, token, b"\0" * 257)) == (400, "invalid_request")
    assert bind(shop, voucher, token, phone()).status_code == 200


# ---------------------------------------------------------------- the page


def test_the_page_is_the_same_for_every_voucher(shop: Shop) -> None:
    one, other = (shop.http.get(f"/wallet/{number:032x}") for number in (1, 2))
    assert one.status_code == other.status_code == 200
    assert one.content == other.content
    assert one.headers["content-type"] == "text/html; charset=utf-8"


def test_the_pages_policy_allows_nothing_from_elsewhere(shop: Shop) -> None:
    for name in ("0" * 32, "app.js", "worker.js", "wallet.css", "icon.svg"):
        headers = shop.http.get(f"/wallet/{name}").headers
        policy = dict(
            rule.strip().split(" ", 1) for rule in headers["content-security-policy"].split(";")
        )
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["script-src"] == policy["connect-src"] == policy["worker-src"] == "'self'"
        assert policy["require-trusted-types-for"] == "'script'"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-cache"


def test_a_file_that_is_known_is_not_sent_again(shop: Shop) -> None:
    first = shop.http.get("/wallet/app.js")
    assert first.headers["content-type"] == "text/javascript; charset=utf-8"
    again = shop.http.get("/wallet/app.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "name", ["nothing.js", "0" * 31, "0" * 33, "F" * 32, "..%2fapp.py", "wallet_page.py"]
)
def test_nothing_else_is_served(shop: Shop, name: str) -> None:
    assert shop.http.get(f"/wallet/{name}").status_code == 404
