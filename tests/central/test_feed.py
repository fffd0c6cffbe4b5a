"""The feed: everything once, in order, nothing skipped, only one's own."""

from __future__ import annotations

import base64
import dataclasses
import shutil
import threading
import time
from pathlib import Path

import httpx
import msgspec
import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.engine import make_url

from kiosk.central.database import Transaction
from kiosk.central.feed import PAGE_BYTES, PAGE_CHANGES
from kiosk.central.feed_log import ChangeKind, FeedChange, publish
from kiosk.central.home import database_url
from kiosk.central.schema import GENERATION
from kiosk.central.seeding import SeedOrder, seed
from kiosk.central.services import open_services
from kiosk.central.shops import add_store, put_staff, set_stock
from kiosk.central.tables import feeds, meta, vouchers
from kiosk.central.vouchers import MAX_LINES, code_text, create_vouchers, draft_voucher, withdraw
from kiosk.domain.staff import Role, StaffMember
from kiosk.domain.vouchers import Item, Tier, VoucherState
from kiosk.protocol.messages import (
    DocumentChange,
    Problem,
    RedemptionChange,
    StaffChange,
    StockChange,
    VoucherChange,
    VoucherGone,
)
from tests.central.client import PHONES, Terminal
from tests.central.conftest import NEIGHBOUR, STORE, Shop, open_shop, serving, together

ONE = (Item("TEA-LJ", 1),)


def make(shop: Shop, count: int, store: str = STORE) -> list[bytes]:
    now_s = int(time.time())
    drafts = [draft_voucher((store,), ONE, now_s + 3600) for _ in range(count)]
    shop.services.database.write(lambda tx: create_vouchers(tx, drafts, now_s))
    keys = shop.services.keys
    PHONES.update({one.voucher: code_text(one, Tier.V1, keys, now_s) for one in drafts})
    return [draft.voucher for draft in drafts]


def vouchers_seen(terminal: Terminal) -> list[bytes]:
    return [change.voucher for change in terminal.seen if isinstance(change, VoucherChange)]


def problem(terminal: Terminal, cursor: str) -> tuple[int, str]:
    answer = terminal.http.get("/v1/changes", params={"cursor": cursor}, headers=terminal.headers())
    return answer.status_code, msgspec.json.decode(answer.content, type=Problem).code


# --- from nothing, page by page ---------------------------------------------------------------


def test_from_nothing_everything_comes_once_in_pages(own_shop: Shop) -> None:
    made = make(own_shop, 2 * PAGE_CHANGES + 7)
    terminal = own_shop.terminal()
    pages = 1
    while terminal.changes().more:
        pages += 1
    assert pages >= 3
    assert sorted(vouchers_seen(terminal)) == sorted(made)
    assert {d.kind for d in terminal.seen if isinstance(d, DocumentChange)} == {"keys", "policy"}
    staff = [change for change in terminal.seen if isinstance(change, StaffChange)]
    assert {member.staff for member in staff} == {"1001", "9001"}
    assert not terminal.changes().changes


def test_a_page_ends_before_it_gets_too_large_for_its_readers(own_shop: Shop) -> None:
    """Also of the largest things that central stores, and each comes once."""
    now_s = int(time.time())
    lines = tuple(Item("蟹" * 60 + f"{number:04}", 1) for number in range(MAX_LINES))
    drafts = [
        dataclasses.replace(draft_voucher((STORE,), lines, now_s + 3600), note="蟹" * 500)
        for _ in range(PAGE_CHANGES // 10)
    ]
    own_shop.services.database.write(lambda tx: create_vouchers(tx, drafts, now_s))
    terminal = own_shop.terminal()
    sizes_bytes = []
    more = True
    while more:
        page = terminal.changes()
        assert page.changes
        sizes_bytes.append(len(msgspec.json.encode(page)))
        more = page.more
    assert len(sizes_bytes) > 2
    assert max(sizes_bytes) <= PAGE_BYTES + 2000
    assert sorted(vouchers_seen(terminal)) == sorted(draft.voucher for draft in drafts)


def test_one_change_always_comes_however_large(own_shop: Shop) -> None:
    [voucher] = make(own_shop, 1)
    note = "x" * 2 * PAGE_BYTES  # as an older version may have stored it
    own_shop.services.database.write(
        lambda tx: tx.connection.execute(
            update(vouchers).where(vouchers.c.id == voucher).values(note=note)
        )
    )
    terminal = own_shop.terminal()
    terminal.catch_up()
    assert vouchers_seen(terminal) == [voucher]


def test_a_full_page_that_tells_nothing_does_not_wait(own_shop: Shop) -> None:
    """Conflicts of others fill the log of a store, and this terminal gets none of them."""
    terminal = own_shop.terminal()
    terminal.catch_up()
    foreign = [
        FeedChange(STORE, ChangeKind.CONFLICT, number.to_bytes(32, "big") + b"chain_gap")
        for number in range(PAGE_CHANGES)
    ]
    own_shop.services.database.write(lambda tx: publish(tx, foreign))
    start_s = time.monotonic()
    page = terminal.changes(wait=20)
    assert (page.changes, page.more) == ([], True)
    assert time.monotonic() - start_s < 10


def test_what_changes_during_the_first_pages_is_not_missed(own_shop: Shop) -> None:
    made = make(own_shop, PAGE_CHANGES + 50)
    terminal = own_shop.terminal()
    assert terminal.changes().more
    [late] = make(own_shop, 1)
    own_shop.services.database.write(
        lambda tx: withdraw(tx, made[0], VoucherState.REVOKED, int(time.time()))
    )
    terminal.catch_up()
    last_said = {c.voucher: c for c in terminal.seen if isinstance(c, VoucherChange)}
    assert set(last_said) == {*made, late}
    assert (last_said[made[0]].state, last_said[made[0]].version) == ("revoked", 2)


def test_many_changes_of_one_thing_are_told_once(shop: Shop) -> None:
    terminal = shop.terminal()
    terminal.catch_up()
    for count in range(50):
        shop.services.database.write(lambda tx, n=count: set_stock(tx, STORE, {"SERUM-30": n}))  # type: ignore[misc]
    assert list(terminal.catch_up()) == [StockChange("SERUM-30", 49)]


def test_a_voucher_that_is_gone_leaves_a_tombstone(shop: Shop) -> None:
    terminal = shop.terminal()
    [voucher] = make(shop, 1)
    shop.services.database.write(
        lambda tx: tx.connection.execute(delete(vouchers).where(vouchers.c.id == voucher))
    )
    assert VoucherGone(voucher) in terminal.catch_up()


def test_only_ones_own_store(shop: Shop) -> None:
    here, there = shop.terminal(STORE), shop.terminal(NEIGHBOUR)
    ours = make(shop, 3)
    member = StaffMember("1002", "赵", Role.CLERK, "scrypt$00$00")
    shop.services.database.write(lambda tx: put_staff(tx, STORE, [member]))
    theirs = make(shop, 2, NEIGHBOUR)
    here.catch_up()
    there.catch_up()
    assert set(ours) <= set(vouchers_seen(here))
    assert not set(theirs) & set(vouchers_seen(here))
    assert set(theirs) <= set(vouchers_seen(there))
    assert not set(ours) & set(vouchers_seen(there))
    assert not [c for c in there.seen if isinstance(c, StaffChange | StockChange)]


# --- cursors ----------------------------------------------------------------------------------


@pytest.mark.parametrize("cursor", ["x", "AAAA", "=", "Zm9v", "不", "%00", "LTEgLTE"])
def test_a_cursor_that_is_none_is_gone(shop: Shop, cursor: str) -> None:
    assert problem(shop.terminal(), cursor) == (410, "cursor_gone")


def test_a_cursor_of_another_store_is_gone(shop: Shop) -> None:
    here, there = shop.terminal(STORE), shop.terminal(NEIGHBOUR)
    here.changes()
    assert problem(there, here.cursor) == (410, "cursor_gone")


def test_a_database_made_anew_or_restored_is_noticed(own_shop: Shop) -> None:
    terminal = own_shop.terminal()
    terminal.catch_up()

    def restored(tx: Transaction) -> None:
        tx.connection.execute(update(feeds).values(head=feeds.c.head - 1))

    own_shop.services.database.write(restored)
    assert problem(terminal, terminal.cursor) == (410, "cursor_gone")
    terminal.cursor = ""
    terminal.catch_up()

    def anew(tx: Transaction) -> None:
        tx.connection.execute(delete(meta))
        tx.connection.execute(insert(meta).values(name=GENERATION, value="other"))

    own_shop.services.database.write(anew)
    assert problem(terminal, terminal.cursor) == (410, "cursor_gone")


def test_a_restored_backup_that_grew_past_a_cursor_is_noticed(tmp_path: Path) -> None:
    file = Path(str(make_url(database_url(tmp_path)).database))
    with open_shop(tmp_path) as shop:
        terminal = shop.terminal()
        terminal.catch_up()
    before = terminal.cursor
    shutil.copy(file, tmp_path / "backup.db")
    with open_shop(tmp_path) as shop:
        make(shop, 3)
        terminal = dataclasses.replace(terminal, http=shop.http)
        terminal.catch_up()
    shutil.copy(tmp_path / "backup.db", file)
    with open_shop(tmp_path) as shop:
        terminal = dataclasses.replace(terminal, http=shop.http)
        made = make(shop, 10)
        assert problem(terminal, terminal.cursor) == (410, "cursor_gone")
        terminal.cursor = before  # both histories have it
        terminal.seen.clear()
        terminal.catch_up()
    assert vouchers_seen(terminal) == made


def test_cursors_do_not_show_what_they_are_made_of(shop: Shop) -> None:
    terminal = shop.terminal()
    terminal.changes()
    assert base64.urlsafe_b64decode(terminal.cursor + "==")  # opaque, but safe in a query
    assert len(terminal.cursor) <= 256


def test_the_longest_name_of_a_store_leaves_its_cursors_short(own_shop: Shop) -> None:
    store = "店" * 56
    own_shop.services.database.write(lambda tx: add_store(tx, store, store))
    terminal = own_shop.terminal(store)
    terminal.catch_up()
    make(own_shop, 1, store)
    terminal.catch_up()
    assert len(terminal.cursor) <= 256


# --- waiting ----------------------------------------------------------------------------------


POLL_S = 20
"""What a poll waits if nothing wakes it; limits of time are far below it, and generous."""


def waiting_poll(terminal: Terminal) -> tuple[threading.Thread, list[float]]:
    """A long poll under way in a thread, and where it notes when it ended."""
    ended: list[float] = []
    terminal.headers()

    def poll() -> None:
        terminal.changes(wait=POLL_S)
        ended.append(time.monotonic())

    thread = threading.Thread(target=poll)
    thread.start()
    return thread, ended


def listening(shop: Shop, number: int) -> None:
    """Wait until so many polls wait."""
    deadline = time.monotonic() + 10
    while len(shop.services.bell._listeners) < number:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_change_wakes_a_waiting_poll(shop: Shop) -> None:
    terminal, other = shop.terminal(), shop.terminal(NEIGHBOUR)
    terminal.catch_up()
    other.catch_up()
    thread, ended = waiting_poll(terminal)
    listening(shop, 1)
    make(shop, 1, NEIGHBOUR)  # not for this one
    changed = time.monotonic()
    [voucher] = make(shop, 1)
    thread.join()
    assert vouchers_seen(terminal)[-1] == voucher
    assert ended[0] - changed < POLL_S / 4, "within 50 ms on an idle machine"


def test_a_change_by_another_process_wakes_too(
    own_shop: Shop, own_database: str | None, tmp_path: Path
) -> None:
    terminal = own_shop.terminal()
    terminal.catch_up()
    thread, ended = waiting_poll(terminal)
    listening(own_shop, 1)
    elsewhere = open_services(tmp_path, own_database)
    try:
        draft = draft_voucher((STORE,), ONE, int(time.time()) + 3600)
        changed = time.monotonic()
        elsewhere.database.write(lambda tx: create_vouchers(tx, [draft], int(time.time())))
        thread.join()
    finally:
        elsewhere.close()
    assert vouchers_seen(terminal)[-1] == draft.voucher
    assert ended[0] - changed < POLL_S / 4, "it looks every 250 ms"


def test_without_a_change_it_answers_when_the_time_is_over(shop: Shop) -> None:
    terminal = shop.terminal()
    terminal.catch_up()
    start, asked_at_s = time.monotonic(), time.time()
    page = terminal.changes(wait=1)
    assert not page.changes
    assert 0.9 < time.monotonic() - start < 15
    assert page.time_s >= asked_at_s + 0.9, "the time of the answer, not of the question"


def test_stopping_answers_waiting_polls_at_once(tmp_path: Path, own_database: str | None) -> None:
    services = open_services(tmp_path, own_database)
    try:
        seed(services, SeedOrder())
        with serving(services) as url, httpx.Client(base_url=url) as http:
            shop = Shop(services, url, http)
            terminal = shop.terminal()
            terminal.catch_up()
            thread, ended = waiting_poll(terminal)
            listening(shop, 1)
            stopped = time.monotonic()
            services.bell.stop()
            thread.join()
    finally:
        services.close()
    assert ended[0] - stopped < POLL_S / 4


# --- under load -------------------------------------------------------------------------------


def test_nothing_is_skipped_while_many_write(shop: Shop) -> None:
    """Readers that follow while eight writers commit see every voucher and every redemption."""
    readers = [shop.terminal() for _ in range(2)]
    writers = [shop.terminal() for _ in range(4)]
    made: list[bytes] = []
    done = threading.Event()

    def issue() -> None:
        for _ in range(15):
            made.extend(make(shop, 3))

    def redeem(terminal: Terminal) -> None:
        for _ in range(10):
            terminal.send(*(terminal.redeem(v, *ONE) for v in make(shop, 2)))

    def follow(terminal: Terminal) -> None:
        while not done.is_set():
            terminal.changes(wait=1)
        terminal.catch_up()

    followers = [threading.Thread(target=follow, args=(reader,)) for reader in readers]
    for thread in followers:
        thread.start()
    try:
        together(*[issue] * 4, *(lambda writer=writer: redeem(writer) for writer in writers))
    finally:
        done.set()
        for thread in followers:
            thread.join()
    sent = sum(len(writer.made) for writer in writers)
    names = {writer.name for writer in writers}
    for reader in readers:
        assert set(made) <= set(vouchers_seen(reader))
        told = [c for c in reader.seen if isinstance(c, RedemptionChange) and c.terminal in names]
        assert len({c.entry for c in told}) == sent


def test_stock_and_mark_are_read_together(own_shop: Shop) -> None:
    """In every page, central's count is the start minus exactly the entries up to the mark."""
    terminal, start = own_shop.terminal(), 1000
    own_shop.services.database.write(lambda tx: set_stock(tx, STORE, {"TEA-LJ": start}))
    sealed = [terminal.redeem(voucher, *ONE) for voucher in make(own_shop, 40)]
    terminal.headers()
    done, looked = threading.Event(), threading.Event()
    wrong: list[tuple[int, int]] = []

    def look() -> None:
        with own_shop.client() as http:
            while not done.is_set():
                answer = http.get("/v1/changes", headers=terminal.headers()).json()
                counts = {c["sku"]: c["count"] for c in answer["changes"] if c["type"] == "stock"}
                if counts["TEA-LJ"] != start - answer.get("through_seq", 0):
                    wrong.append((counts["TEA-LJ"], answer.get("through_seq", 0)))
                looked.set()

    thread = threading.Thread(target=look)
    thread.start()
    try:
        for number, one in enumerate(sealed):
            terminal.send(one)
            if number % 10 == 0:  # however slow it looks, it looks between them
                looked.clear()
                assert looked.wait(20)
    finally:
        done.set()
        thread.join()
    assert not wrong
