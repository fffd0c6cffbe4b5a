"""What a terminal, or a trust file, trusts: opened for reading by ``kiosk keys`` and ``policy``."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.commands.options import add_home, add_json

if TYPE_CHECKING:
    from kiosk.domain.policy import Policy
    from kiosk.ledger.terminal_ledger import TerminalLedger
    from kiosk.protocol.keyset import KeySet


@dataclass(frozen=True, slots=True)
class Trusted:
    """Documents in force, and the time to read them at."""

    key_set: KeySet | None
    policy: Policy
    now_s: int
    last_key: bytes | None = None
    """Id of the key that signed the code of the last redemption."""


def add_source(parser: argparse.ArgumentParser) -> None:
    """``--home`` or ``--trust``, and ``--json``."""
    parser.add_argument(
        "--trust", type=Path, metavar="FILE", help="a trust file (kiosk central trust) instead"
    )
    add_home(parser)
    add_json(parser)


def open_trusted(args: argparse.Namespace) -> Trusted:
    """Read what was asked for; beside an open window too.

    Raises LedgerError or TrustFileError.
    """
    return _from_file(args.trust) if args.trust else _from_home(args.home)


def _from_file(path: Path) -> Trusted:
    import time

    from kiosk.protocol.signed import DocumentError
    from kiosk.protocol.trust import TrustFileError, open_bundle, read_trust_file

    try:
        key_set, policy = open_bundle(read_trust_file(path))
    except DocumentError as error:
        raise TrustFileError(f"{path}: {error}") from None
    return Trusted(key_set, policy, int(time.time()))


def _from_home(home: Path) -> Trusted:
    from kiosk.devices.system_clock import SystemClock
    from kiosk.ledger.home import Home
    from kiosk.ledger.terminal_ledger import TerminalLedger

    ledger = TerminalLedger(Home(home), SystemClock(), read_only=True)
    try:
        trust = ledger.trust.current
        now_s = ledger.time.now().unix_s
        return Trusted(trust.key_set, trust.policy, now_s, _last_key(ledger))
    finally:
        ledger.close()


def _last_key(ledger: TerminalLedger) -> bytes | None:
    """The issuer's key of the last redemption's evidence; None when there is none to read."""
    from kiosk.domain.vouchers import Tier
    from kiosk.ledger.export import last_redemption
    from kiosk.protocol.codes import parse_presented

    fact = last_redemption(ledger.database)
    if fact is None or not fact.presented:
        return None
    try:
        return parse_presented(fact.presented, Tier(fact.tier)).message.key_id
    except ValueError:
        return None  # no code was shown: a serial was typed
