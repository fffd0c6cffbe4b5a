"""``kiosk central keys …``: rotate, revoke and list the keys that central signs with."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.commands.central_parts import Refused, SubParsers, add_command, opened
from kiosk.commands.options import EXIT_OK, add_json
from kiosk.commands.times import duration, local_time

if TYPE_CHECKING:
    from kiosk.central.key_records import KeyRecord
    from kiosk.central.services import Services

_OVERLAP_S = 600
_LONGEST_S = 30 * 86_400


def add_to(commands: SubParsers) -> None:
    """Declare ``keys`` and what can be done with them."""
    keys = commands.add_parser(
        "keys",
        help="rotate, revoke and list the keys that central signs with",
        description="Changes are published at once and noticed by running servers by themselves."
        " What needs the root's private key asks for it when it does not lie in the home.",
    )
    actions = keys.add_subparsers(dest="keys_action", required=True, metavar="ACTION")
    _add_rotate(actions)
    revoke = add_command(
        actions, "revoke", "revoke a key: nothing that it signed counts any more", _revoke
    )
    revoke.add_argument("key", metavar="KID", help="key id, 16 hex digits")
    _add_root_key(revoke)
    add_json(revoke)
    _add_roots(actions)
    listing = add_command(actions, "list", "print every key, what it is for and its state", _list)
    add_json(listing)


def _add_rotate(actions: SubParsers) -> None:
    rotate = add_command(
        actions, "rotate", "publish a new key now, that takes over after a while", _rotate
    )
    rotate.add_argument(
        "--purpose", choices=("codes", "documents", "receipts"), default="codes", help="(codes)"
    )
    rotate.add_argument(
        "--algorithm",
        choices=("ed25519", "esp256", "ps256"),
        default="ed25519",
        help="(ed25519); for codes each algorithm has keys of its own",
    )
    rotate.add_argument(
        "--after",
        type=_seconds,
        default=_OVERLAP_S,
        metavar="SECONDS",
        help="when the new key begins to sign (%(default)s): terminals that were not in reach in"
        " between refuse its codes until they are",
    )
    _add_root_key(rotate)
    add_json(rotate)


def _add_roots(actions: SubParsers) -> None:
    root = add_command(
        actions, "rotate-root", "hand over to a new root, which terminals then pin", _rotate_root
    )
    root.add_argument(
        "--new-root-key",
        type=Path,
        metavar="FILE",
        help="where the new root's private key is kept instead of the home; made if absent",
    )
    _add_root_key(root)
    add_json(root)
    renew = add_command(
        actions,
        "renew",
        "sign the key set anew if it is older than a month (running servers do, with the root"
        " in their home)",
        _renew,
    )
    _add_root_key(renew)
    out = add_command(
        actions, "take-root-out", "move the root's private key out of the home", _take_out
    )
    out.add_argument(
        "--to", type=Path, required=True, metavar="FILE", help="new file, PEM; keep it offline"
    )
    add_json(out)


def _add_root_key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--root-key",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="the root's private key, PEM, when it does not lie in the home; never copied into it",
    )


def _seconds(text: str) -> int:
    if not text.isdecimal() or int(text) > _LONGEST_S:
        raise argparse.ArgumentTypeError(f"{text!r} is not 0 to {_LONGEST_S} seconds")
    return int(text)


def _lend_roots(services: Services, args: argparse.Namespace) -> None:
    from kiosk.central.home import read_key
    from kiosk.protocol.cose import key_id_of

    known = {root.key_id for root in services.keys.roots}
    for path in args.root_key:
        key = read_key(path)
        if key_id_of(key.public_key()) not in known:
            raise Refused(f"{path}: not a root of this central")
        services.key_ring.lend(key)


def _rotate(args: argparse.Namespace) -> int:
    from kiosk.central.key_changes import rotate
    from kiosk.protocol.cose import Algorithm

    with opened(args) as services:
        _lend_roots(services, args)
        algorithm, now_s = Algorithm[args.algorithm.upper()], int(time.time())
        added = rotate(services, args.purpose, algorithm, args.after, now_s)
    if args.json:
        print(json.dumps(_plain(added, now_s)))
    else:
        print(f"key {added.key_id} is published and signs {_when(added.signs_from_s, now_s)}")
    return EXIT_OK


def _revoke(args: argparse.Namespace) -> int:
    from kiosk.central.key_changes import revoke
    from kiosk.central.key_records import signer_of

    with opened(args) as services:
        _lend_roots(services, args)
        now_s = int(time.time())
        revoked = revoke(services, args.key.lower(), now_s)
        follows = signer_of(services.keys.records.keys, revoked.group, now_s)
    if args.json:
        signs = follows.key_id if follows else None
        print(json.dumps(_plain(revoked, now_s) | {"signs_now": signs}))
        return EXIT_OK
    print(f"key {revoked.key_id} is revoked")
    if follows is not None:
        print(f"key {follows.key_id} signs {revoked.purpose} now")
    return EXIT_OK


def _rotate_root(args: argparse.Namespace) -> int:
    from kiosk.central.key_changes import rotate_root

    with opened(args) as services:
        _lend_roots(services, args)
        now_s = int(time.time())
        added = rotate_root(services, args.new_root_key, now_s)
    print(
        json.dumps(_plain(added, now_s))
        if args.json
        else f"root {added.key_id} is in force; terminals pin it when they next follow"
    )
    return EXIT_OK


def _renew(args: argparse.Namespace) -> int:
    from kiosk.central.key_changes import renew

    with opened(args) as services:
        _lend_roots(services, args)
        version = renew(services, int(time.time()))
    print(f"key set {version} is in force")
    return EXIT_OK


def _take_out(args: argparse.Namespace) -> int:
    from kiosk.central.key_changes import take_root_out

    with opened(args) as services:
        now_s = int(time.time())
        root = take_root_out(services, args.to, now_s)
    print(
        json.dumps(_plain(root, now_s))
        if args.json
        else f"root {root.key_id} is in {args.to} and no longer in the home"
    )
    return EXIT_OK


def _list(args: argparse.Namespace) -> int:
    with opened(args) as services:
        keys, now_s = services.keys, int(time.time())
    roots_here = {one.record.key_id for one in keys.roots if one.private is not None}
    root = keys.roots[-1].record
    if not args.json:
        print(f"{'kid':<16}  {'purpose':<9}  {'algorithm':<9}  state")
    for one in keys.held:
        record = one.record
        if record.purpose == "root":
            state = "in force" if record is root else "handed over"
            state += "" if record.key_id in roots_here else ", private key elsewhere"
        else:
            state = _words(record, now_s)
        if args.json:
            print(json.dumps(_plain(record, now_s) | {"says": state}))
        else:
            print(f"{record.key_id}  {record.purpose:<9}  {record.algorithm:<9}  {state}")
    return EXIT_OK


def _words(record: KeyRecord, now_s: int) -> str:
    """A key's state in a phrase."""
    match record.state(now_s):
        case "waits":
            return f"published, signs {_when(record.signs_from_s, now_s)}"
        case "signs":
            until = record.signs_until_s
            return "signs" if until is None else f"signs until {local_time(until)}"
        case "retires":
            return f"signs no more, honoured until {local_time(record.leaves_s)}"
        case "revoked":
            return f"revoked at {local_time(record.revoked_s)}"
        case "left":
            return "has left the key set"


def _when(at_s: int, now_s: int) -> str:
    return "from now on" if at_s <= now_s else f"in {duration(at_s - now_s)} ({local_time(at_s)})"


def _plain(record: KeyRecord, now_s: int) -> dict[str, object]:
    return {
        "key": record.key_id,
        "purpose": record.purpose,
        "algorithm": record.algorithm,
        "state": "root" if record.purpose == "root" else record.state(now_s),
        "published": record.published_s,
        "signs_from": record.signs_from_s,
        "signs_until": record.signs_until_s,
        "leaves": record.leaves_s,
        "revoked": record.revoked_s,
    }
