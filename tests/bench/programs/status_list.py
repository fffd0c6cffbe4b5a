"""A status list of a million vouchers: made by central, taken and asked by a terminal."""

from __future__ import annotations

import random
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.central.documents import trust_bundle
from kiosk.central.services import Services, open_services
from kiosk.central.status import current_version, give_indexes, set_bits
from kiosk.devices.system_clock import SystemClock
from kiosk.ledger.home import Home, HomeLock
from kiosk.ledger.terminal_ledger import TerminalLedger, create_ledger
from kiosk.protocol.messages import EnrollAnswer
from tests.bench.programs.saying import say

VOUCHERS, CHANGES, LOOKUPS, ROUNDS = 1_000_000, 100, 200_000, 5
T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """A result, and the milliseconds that it took."""
    began_s = time.perf_counter()
    found = work()
    return found, (time.perf_counter() - began_s) * 1000


def revoke(services: Services, indexes: list[int]) -> None:
    """Set some bits in one transaction."""
    now_s = int(time.time())
    services.database.write(lambda tx: set_bits(tx.connection, indexes, now_s, revoked=True))


def enrolled(services: Services, path: Path) -> Home:
    """A terminal of this central, without a status list."""
    with services.database.read() as connection:
        bundle = trust_bundle(connection, services.keys)
    home = Home(path)
    home.make()
    answer = EnrollAnswer(
        terminal="S001-T01",
        store="S001",
        store_name="S001",
        root_key=bundle.root_key,
        key_set=bundle.key_set,
        policy=bundle.policy,
        time_s=time.time(),
    )
    with HomeLock(home):
        create_ledger(
            home,
            SystemClock(),
            answer,
            key=Ed25519PrivateKey.generate(),
            key_store_name="file",
            central_url="http://127.0.0.1:9",
            ca_file=None,
        )
    return home


def at_terminal(home: Home, whole: bytes, delta: bytes) -> dict[str, float]:
    """Times and memory of taking and asking."""
    with HomeLock(home):
        ledger = TerminalLedger(home, SystemClock())
        try:
            _, whole_ms = timed(lambda: ledger.status_lists.take(0, whole))
            tracemalloc.start()
            ledger.status_lists.take(0, whole)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            _, delta_ms = timed(lambda: ledger.status_lists.take(0, delta))
            rng = random.Random(1)
            asked = [rng.randrange(VOUCHERS) for _ in range(LOOKUPS)]
            lookup_us = min(_lookups_ms(ledger, asked) for _ in range(ROUNDS)) / LOOKUPS * 1000
            held = ledger.trust.status_lists[0].bits
        finally:
            ledger.close()
    return {
        "take_whole_ms": whole_ms,
        "take_delta_ms": delta_ms,
        "peak_kb": peak / 1000,
        "memory_kb": sys.getsizeof(held) / 1000,
        "lookup_us": lookup_us,
    }


def _lookups_ms(ledger: TerminalLedger, asked: list[int]) -> float:
    status, now = ledger.trust.status, ledger.time.now()
    _, took_ms = timed(lambda: [status(0, index, now) for index in asked])
    return took_ms


def main() -> int:
    """``FOLDER PER-CENT``."""
    folder, share = Path(sys.argv[1]), int(sys.argv[2])
    services = open_services(folder / "office")
    try:
        now_s = int(time.time())
        services.database.write(lambda tx: give_indexes(tx.connection, VOUCHERS, now_s))
        rng = random.Random(share)
        chosen = rng.sample(range(VOUCHERS), VOUCHERS * share // 100 + CHANGES)
        revoke(services, chosen[CHANGES:])
        whole, first_ms = timed(lambda: services.status.answer(0, 0, now_s) or b"")
        with services.database.read() as connection:
            have = current_version(connection) or 0
        revoke(services, chosen[:CHANGES])
        delta, delta_ms = timed(lambda: services.status.answer(0, have, now_s) or b"")
        _, ready_ms = timed(lambda: services.status.answer(0, have, now_s))
        home = enrolled(services, folder / "terminal")
    finally:
        services.close()
    say(
        {
            "whole_kb": len(whole) / 1000,
            "delta_b": len(delta),
            "first_ms": first_ms,
            "delta_ms": delta_ms,
            "ready_ms": ready_ms,
            **at_terminal(home, whole, delta),
        }
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
