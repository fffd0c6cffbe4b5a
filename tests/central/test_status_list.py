"""The status list: an index for every voucher, a bit for every withdrawal, asked for in public."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from kiosk.central.documents import ensure_documents, open_stored_key_set
from kiosk.central.status import (
    HEADROOM_ENTRIES,
    STEP_ENTRIES,
    current_version,
    give_indexes,
    set_bits,
)
from kiosk.central.tables import status_changes, vouchers
from kiosk.central.vouchers import create_vouchers, draft_voucher, withdraw
from kiosk.domain.vouchers import Item, PickupCode, VoucherState
from kiosk.protocol.codes import open_claims, parse_text, pickup_code
from kiosk.protocol.messages import StatusHint
from kiosk.protocol.status_list import StatusDelta, StatusList, StatusNews, open_status, taken
from tests.central.client import Terminal
from tests.central.conftest import Shop, together


def now() -> int:
    return int(time.time())


def fetch(shop: Shop, have: int = 0, status: int = 200, **headers: str) -> StatusNews:
    answer = shop.http.get("/v1/trust/status", params={"have": have}, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/cose"
    with shop.services.database.read() as connection:
        key_set = open_stored_key_set(connection, shop.services.keys)
    return open_status(answer.content, key_set, now())


def whole(shop: Shop) -> StatusList:
    found = fetch(shop)
    assert isinstance(found, StatusList)
    return found


def index_of(text: str) -> int:
    unverified = parse_text(text)
    code: PickupCode = pickup_code(unverified, open_claims(unverified))
    assert code.status is not None
    assert code.status[0] == 0
    return code.status[1]


def hints(terminal: Terminal) -> list[int]:
    return [c.version for c in terminal.catch_up() if isinstance(c, StatusHint)]


def take_back(shop: Shop, voucher: bytes, state: VoucherState = VoucherState.REVOKED) -> None:
    assert shop.services.database.write(lambda tx: withdraw(tx, voucher, state, now()))


def test_every_voucher_has_an_index_and_its_code_names_it(shop: Shop) -> None:
    issued = shop.issue(count=3)
    indexes = [index_of(one.text) for one in issued]
    assert indexes == [one.voucher.status_index for one in issued]
    assert indexes == list(range(indexes[0], indexes[0] + 3))
    assert [whole(shop).revoked(index) for index in indexes] == [False] * 3


def test_indexes_are_never_given_twice(shop: Shop) -> None:
    def make() -> None:
        drafts = [draft_voucher(("S001",), (Item("TEA-LJ", 1),), now() + 99) for _ in range(20)]
        shop.services.database.write(lambda tx: create_vouchers(tx, drafts, now()))

    together(*[make] * 6)
    with shop.services.database.read() as connection:
        given = connection.scalars(
            select(vouchers.c.status_index).where(vouchers.c.status_index.is_not(None))
        ).all()
    assert len(given) == len(set(given)) >= 120


@pytest.mark.parametrize("state", [VoucherState.REVOKED, VoucherState.REFUNDED])
def test_a_withdrawal_sets_the_bit_and_the_feed_tells_it(shop: Shop, state: VoucherState) -> None:
    issued, stays = shop.issue(count=2)
    terminal = shop.terminal()
    assert len(hints(terminal)) == 1
    before = whole(shop)
    take_back(shop, issued.voucher.voucher, state)
    after = whole(shop)
    assert after.version > before.version
    assert after.revoked(index_of(issued.text))
    assert after.revoked(index_of(stays.text)) is False
    assert hints(terminal) == [after.version]
    take_back(shop, issued.voucher.voucher, state)
    assert hints(terminal) == []
    assert whole(shop) == after


def test_a_refund_after_a_revocation_changes_no_bit(shop: Shop) -> None:
    issued = shop.issue()[0]
    take_back(shop, issued.voucher.voucher)
    version = whole(shop).version
    take_back(shop, issued.voucher.voucher, VoucherState.REFUNDED)
    assert whole(shop).version == version


def test_who_has_a_version_gets_what_changed_since(shop: Shop) -> None:
    issued = shop.issue(count=3)
    lists = [whole(shop)]
    for one in issued:
        take_back(shop, one.voucher.voucher)
        lists.append(whole(shop))
    for base in lists:
        delta = fetch(shop, base.version)
        assert isinstance(delta, StatusDelta)
        found = taken(base, delta, now())
        assert (found.version, found.bits) == (lists[-1].version, lists[-1].bits)
    same = fetch(shop, lists[-1].version)
    assert isinstance(same, StatusDelta)
    assert (same.revoked, same.restored) == ((), ())


@pytest.mark.parametrize("have", [1, 2**52])
def test_a_version_that_nobody_knows_gets_the_whole_list(shop: Shop, have: int) -> None:
    assert isinstance(fetch(shop, have), StatusList)


def test_whichever_is_smaller_is_sent(own_shop: Shop) -> None:
    before = whole(own_shop)
    own_shop.services.database.write(
        lambda tx: set_bits(tx.connection, range(0, 30_000, 2), now(), revoked=True)
    )
    found = fetch(own_shop, before.version)
    assert isinstance(found, StatusList)
    assert [found.revoked(index) for index in (0, 1, 29_998, 30_000)] == [True, False, True, False]


def test_a_cleared_bit_is_told_too(own_shop: Shop) -> None:
    database = own_shop.services.database
    database.write(lambda tx: set_bits(tx.connection, [5, 6], now(), revoked=True))
    base = whole(own_shop)
    database.write(lambda tx: set_bits(tx.connection, [5], now(), revoked=False))
    delta = fetch(own_shop, base.version)
    assert isinstance(delta, StatusDelta)
    assert (delta.revoked, delta.restored) == ((), (5,))
    assert whole(own_shop).bits == taken(base, delta, now()).bits


def test_the_list_grows_ahead_of_the_vouchers(own_shop: Shop) -> None:
    database = own_shop.services.database
    terminal = own_shop.terminal()
    terminal.catch_up()
    before = whole(own_shop)
    assert before.entries == STEP_ENTRIES

    def give(count: int) -> int:
        return database.write(lambda tx: give_indexes(tx.connection, count, now()))[0]

    first = give(STEP_ENTRIES - HEADROOM_ENTRIES)
    assert first < HEADROOM_ENTRIES
    give(HEADROOM_ENTRIES + 10)
    grown = whole(own_shop)
    assert grown.entries == 2 * STEP_ENTRIES
    assert grown.version > before.version
    delta = fetch(own_shop, before.version)
    assert isinstance(delta, StatusDelta)
    assert taken(before, delta, now()).bits == grown.bits


def test_an_enrolled_terminal_has_the_list_at_once(shop: Shop) -> None:
    identity = shop.terminal().identity
    with shop.services.database.read() as connection:
        key_set = open_stored_key_set(connection, shop.services.keys)
    found = open_status(identity.status, key_set, now())
    assert isinstance(found, StatusList)
    assert found.version == whole(shop).version


def test_an_answer_is_cached_and_named(shop: Shop) -> None:
    first, second = (shop.http.get("/v1/trust/status") for _ in range(2))
    assert first.content == second.content
    tag = first.headers["etag"]
    unchanged = shop.http.get("/v1/trust/status", headers={"If-None-Match": tag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")


@pytest.mark.parametrize(
    "query, status, code",
    [
        ("list=1", 404, "status_list_unknown"),
        ("list=-1", 400, "invalid_request"),
        ("list=x", 400, "invalid_request"),
        ("have=-1", 400, "invalid_request"),
        (f"have={2**60}", 400, "invalid_request"),
        ("have=1.5", 400, "invalid_request"),
    ],
)
def test_what_cannot_be_answered(shop: Shop, query: str, status: int, code: str) -> None:
    answer = shop.http.get(f"/v1/trust/status?{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_central_that_went_back_is_believed_again_within_a_day(own_shop: Shop) -> None:
    """A restored backup lacks the latest changes: its version is passed by the daily renewal."""
    services = own_shop.services
    last = whole(own_shop)

    def restored(tx: object) -> None:
        connection = tx.connection  # type: ignore[attr-defined]
        connection.execute(update(status_changes).values(version=last.version - 9 * 86_400))

    services.database.write(restored)
    assert whole(own_shop).version < last.version
    services.database.write(lambda tx: ensure_documents(tx, services.keys, now()))
    again = whole(own_shop)
    assert again.version >= last.version
    assert again.bits == last.bits


def test_a_list_that_is_gone_is_made_anew(tmp_path: Path, own_shop: Shop) -> None:
    services = own_shop.services
    before = whole(own_shop)
    services.database.write(lambda tx: tx.connection.execute(delete(status_changes)))
    assert own_shop.http.get("/v1/trust/status").status_code == 404
    services.database.write(lambda tx: ensure_documents(tx, services.keys, now() + 5))
    assert whole(own_shop).version > before.version
    with services.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(status_changes)) == 1
        assert current_version(connection) == whole(own_shop).version
