"""The customer's side: codes that verify offline, for who holds the voucher."""

from __future__ import annotations

import time

import httpx
import msgspec
import pytest

from kiosk.central.documents import open_stored_key_set
from kiosk.central.issuing import ALGORITHMS
from kiosk.central.vouchers import V2_REFRESH_S, withdraw
from kiosk.domain.clock import Confidence, Instant
from kiosk.domain.vouchers import MAX_V1_LIFETIME_S, Item, PickupCode, Tier, VoucherState
from kiosk.protocol.messages import CodeAnswer, CodeRequest, Problem
from kiosk.protocol.verifier import CodeVerifier
from tests.central.client import read
from tests.central.conftest import NEIGHBOUR, STORE, Shop

ITEMS = (Item("CRAB-4M", 2, 1), Item("VINEGAR", 2, 1))
HOUR_S, MONTH_S = 3600, 30 * 86_400


def ask(shop: Shop, voucher: bytes, token: str, tier: int = 2) -> httpx.Response:
    request = CodeRequest(voucher, token, 1 if tier == 1 else 2)
    return shop.http.post("/v1/codes", content=msgspec.json.encode(request))


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, msgspec.json.decode(answer.content, type=Problem).code


def verified(shop: Shop, text: str) -> PickupCode:
    with shop.services.database.read() as connection:
        key_set = open_stored_key_set(connection, shop.services.keys)
    now = Instant(int(time.time()), Confidence.CARRIED)
    code = CodeVerifier(lambda: key_set).verify(text, now)
    assert isinstance(code, PickupCode), code
    return code


@pytest.mark.parametrize("algorithm", ALGORITHMS.values(), ids=ALGORITHMS.keys())
@pytest.mark.parametrize("tier", [1, 2])
def test_a_fresh_code_verifies_offline(shop: Shop, algorithm: object, tier: int) -> None:
    [issued] = shop.issue(*ITEMS, algorithm=algorithm, expires_in_s=MONTH_S, value_class=2)
    voucher = issued.voucher
    answer = read(ask(shop, voucher.voucher, voucher.wallet_token, tier), CodeAnswer)
    code = verified(shop, answer.text)
    assert answer.refresh_in_s == V2_REFRESH_S
    assert (code.voucher, code.tier, code.stores) == (voucher.voucher, Tier(tier), (STORE,))
    assert (code.items, code.options.value_class) == (ITEMS, 2)
    assert abs(code.issued_at_s - time.time()) < 5
    if tier == 1:
        assert code.expires_at_s == code.issued_at_s + MAX_V1_LIFETIME_S
    else:
        assert code.expires_at_s == voucher.expires_s


def test_v1_ends_with_its_voucher(shop: Shop) -> None:
    [issued] = shop.issue(*ITEMS, expires_in_s=HOUR_S)
    assert verified(shop, issued.text).expires_at_s == issued.voucher.expires_s


def test_each_v2_code_is_an_instance_of_its_own(shop: Shop) -> None:
    [issued] = shop.issue(*ITEMS)
    texts = []
    for _ in range(2):
        answer = ask(shop, issued.voucher.voucher, issued.voucher.wallet_token)
        texts.append(read(answer, CodeAnswer).text)
        second = int(time.time())
        while int(time.time()) == second:
            time.sleep(0.02)  # the instance is (voucher, second)
    assert verified(shop, texts[0]).instance != verified(shop, texts[1]).instance


def test_a_voucher_for_v2_gives_no_static_code(shop: Shop) -> None:
    [issued] = shop.issue(*ITEMS, tier=Tier.V2)
    voucher, token = issued.voucher.voucher, issued.voucher.wallet_token
    assert refusal(ask(shop, voucher, token, tier=1)) == (403, "tier_not_allowed")
    assert ask(shop, voucher, token, tier=2).status_code == 200
    assert refusal(ask(shop, voucher, "x" * 32, tier=1)) == (404, "voucher_unknown")


def test_several_and_all_stores(shop: Shop) -> None:
    both, everywhere = (
        verified(shop, shop.issue(stores=stores)[0].text).stores
        for stores in ((STORE, NEIGHBOUR), None)
    )
    assert (both, everywhere) == ((STORE, NEIGHBOUR), None)


def test_refusals_tell_nothing_to_strangers(shop: Shop) -> None:
    [issued] = shop.issue(*ITEMS)
    voucher, token = issued.voucher.voucher, issued.voucher.wallet_token
    assert refusal(ask(shop, voucher, token[:-1] + "!")) == (404, "voucher_unknown")
    assert refusal(ask(shop, bytes(16), token)) == (404, "voucher_unknown")
    [gone] = shop.issue(*ITEMS, expires_in_s=-5)
    expired = ask(shop, gone.voucher.voucher, gone.voucher.wallet_token)
    assert refusal(expired) == (410, "voucher_expired")
    now_s = int(time.time())
    shop.services.database.write(lambda tx: withdraw(tx, voucher, VoucherState.REVOKED, now_s))
    assert refusal(ask(shop, voucher, token)) == (410, "voucher_withdrawn")
    assert refusal(ask(shop, voucher, "x" * 32)) == (404, "voucher_unknown")


def test_the_key_set_is_public_and_cached(shop: Shop) -> None:
    answer = shop.http.get("/v1/trust/keys")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/cose"
    assert answer.content == shop.terminal().identity.key_set
    tag = answer.headers["etag"]
    again = shop.http.get("/v1/trust/keys", headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = shop.http.get("/v1/trust/keys", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200
