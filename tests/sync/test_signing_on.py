import threading

import pytest

from kiosk.sync.client import CentralClient
from kiosk.sync.errors import CentralAnsweredBadly, NotAllowed
from tests.sync import fake_central as fc
from tests.sync.fake_central import FakeCentral
from tests.sync.fakes import FakeTimeKeeper

VOUCHER = b"v" * 16


def test_a_token_serves_many_calls(client: CentralClient, central: FakeCentral) -> None:
    for _ in range(5):
        client.claim(VOUCHER)
    assert len(central.requests(fc.TOKEN)) == 1


def test_many_threads_sign_on_once(client: CentralClient, central: FakeCentral) -> None:
    threads = [threading.Thread(target=client.claim, args=(VOUCHER,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(central.requests(fc.CLAIMS)) == 8
    assert len(central.requests(fc.TOKEN)) == 1


def test_a_token_is_replaced_before_it_ends(client: CentralClient, central: FakeCentral) -> None:
    central.token_life_s = 0
    client.claim(VOUCHER)
    client.claim(VOUCHER)
    assert len(central.requests(fc.TOKEN)) == 2


def test_a_withdrawn_token_is_replaced_within_the_call(
    client: CentralClient, central: FakeCentral
) -> None:
    client.claim(VOUCHER)
    central.valid_tokens.clear()
    assert client.claim(VOUCHER).state == "granted"
    assert len(central.requests(fc.CLAIMS)) == 3
    assert len(central.requests(fc.TOKEN)) == 2


def test_a_token_that_is_never_good_is_one_refresh_and_a_refusal(
    client: CentralClient, central: FakeCentral
) -> None:
    central.always(fc.CLAIMS, fc.fails(401, "token_invalid"))
    with pytest.raises(NotAllowed) as caught:
        client.claim(VOUCHER)
    assert caught.value.code == "token_invalid"
    assert len(central.requests(fc.CLAIMS)) == 2
    assert len(central.requests(fc.TOKEN)) == 2


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_terminal_that_central_does_not_know_is_told_so(
    client: CentralClient, central: FakeCentral, status: int
) -> None:
    central.always(fc.TOKEN, fc.fails(status, "terminal_disabled"))
    with pytest.raises(NotAllowed) as caught:
        client.claim(VOUCHER)
    assert (caught.value.status, caught.value.code) == (status, "terminal_disabled")
    assert len(central.requests(fc.TOKEN)) == 1


@pytest.mark.parametrize("offset_s", [-86_400.0, -600.0, 600.0, 86_400.0])
def test_a_wrong_clock_cannot_lock_the_terminal_out(
    client: CentralClient, central: FakeCentral, time_keeper: FakeTimeKeeper, offset_s: float
) -> None:
    time_keeper.offset_s = offset_s
    assert client.claim(VOUCHER).state == "granted"
    assert len(central.requests(fc.TOKEN)) == 2
    (settled_s,) = time_keeper.settled
    assert abs(settled_s - central.time_s()) < 5
    # Trusted time never goes back, so a clock ahead stays ahead, and still gets its tokens.
    central.valid_tokens.clear()
    assert client.claim(VOUCHER).state == "granted"


def test_a_central_that_never_likes_the_time_is_asked_twice_only(
    client: CentralClient, central: FakeCentral
) -> None:
    central.always(fc.TOKEN, fc.fails(401, "assertion_time"))
    with pytest.raises(NotAllowed):
        client.claim(VOUCHER)
    assert len(central.requests(fc.TOKEN)) == 2


def test_a_date_that_cannot_be_does_not_move_the_clock(
    client: CentralClient, central: FakeCentral, time_keeper: FakeTimeKeeper
) -> None:
    central.clock_offset_s = -40 * 365 * 86_400
    with pytest.raises(NotAllowed):
        client.claim(VOUCHER)
    assert time_keeper.settled == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"access_token": "a\\r\\nX: y", "token_type": "Bearer", "expires_in": 900}',
        b'{"access_token": "", "token_type": "Bearer", "expires_in": 900}',
        b'{"access_token": "\xe4\xb8\xad", "token_type": "Bearer", "expires_in": 900}',
        b'{"token_type": "Bearer"}',
    ],
)
def test_a_token_that_is_none_is_a_bad_answer(
    client: CentralClient, central: FakeCentral, body: bytes
) -> None:
    central.next(fc.TOKEN, fc.says(200, body))
    with pytest.raises(CentralAnsweredBadly) as caught:
        client.claim(VOUCHER)
    assert caught.value.reason == "bad_json"
    assert not central.requests(fc.CLAIMS)
