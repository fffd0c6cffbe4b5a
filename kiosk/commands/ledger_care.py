"""``kiosk ledger backup | salvage | restore``: before and after something broke."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from kiosk.commands.options import EXIT_OK, add_home, add_json

_TELL_EVERY = 1000


def add_care(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the actions."""
    backup = actions.add_parser(
        "backup",
        help="copy this terminal into a new folder; works beside an open window",
        description="Copies ledger, registration, CA and settings. The copy of the ledger is"
        " encrypted with the ledger's key, which is copied only with --with-key: keep the two in"
        " different places.",
    )
    backup.add_argument("--to", type=Path, required=True, metavar="DIR", help="folder to make")
    backup.add_argument("--with-key", action="store_true", help="copy the ledger's key as well")
    add_home(backup)
    add_json(backup)
    backup.set_defaults(run=run_backup)
    salvage = actions.add_parser(
        "salvage",
        help="make a new ledger of what can be read of a damaged one",
        description="Keeps a copy of the damaged file, carries every readable entry over, queues"
        " what central has not acknowledged, and goes on in a new epoch. The rest is reported.",
    )
    salvage.add_argument(
        "--force", action="store_true", help="also when the ledger is whole and its chain holds"
    )
    add_home(salvage)
    add_json(salvage)
    salvage.set_defaults(run=run_salvage)
    restore = actions.add_parser(
        "restore",
        help="make this terminal of its backup, in an empty home",
        description="For a terminal that died: takes its backup, begins a new epoch and asks"
        " central for everything anew (at the next start, or with: kiosk sync).",
    )
    restore.add_argument(
        "--from", type=Path, required=True, metavar="DIR", dest="folder", help="the backup"
    )
    restore.add_argument(
        "--key-file", type=Path, metavar="FILE", help="the ledger's key, if it is not in the backup"
    )
    add_home(restore)
    add_json(restore)
    restore.set_defaults(run=run_restore)


def run_backup(args: argparse.Namespace) -> int:
    """Copy the terminal."""
    from kiosk.ledger.home import Home
    from kiosk.ledger.restoring import back_up

    back_up(Home(args.home), args.to, with_key=args.with_key)
    if args.json:
        print(json.dumps({"ok": True, "folder": str(args.to), "with_key": args.with_key}))
    else:
        key = "with its key" if args.with_key else "without its key"
        print(f"{args.to}: this terminal, {key}")
    return EXIT_OK


def run_salvage(args: argparse.Namespace) -> int:
    """Salvage the ledger."""
    from kiosk.devices.system_clock import SystemClock
    from kiosk.ledger.home import Home, HomeLock
    from kiosk.ledger.salvage import salvage

    def tell(entries: int) -> None:
        if entries % _TELL_EVERY == 0:
            print(f"kiosk ledger: {entries} entries carried over …", file=sys.stderr)

    home = Home(args.home)
    with HomeLock(home):
        done = salvage(home, SystemClock(), tell, whole_too=args.force)
    gaps = [[gap.epoch, gap.first, gap.last] for gap in done.missing]
    if args.json:
        answer = {
            "ok": True,
            "set_aside": str(done.set_aside),
            "entries": done.entries,
            "queued": done.queued,
            "missing": gaps,
            "unreadable": done.unreadable,
            "epoch": done.epoch,
        }
        print(json.dumps(answer))
        return EXIT_OK
    print(f"{done.entries} entries carried over, {done.queued} of them wait for central")
    print(f"epoch {done.epoch} goes on; the damaged file is kept as {done.set_aside}")
    if done.unreadable:
        print(f"{done.unreadable} rows could not be read")
    for epoch, first, last in gaps:
        what = f"entries {first} to {last}" if last else "the entries before the first"
        print(f"missing: {what} of epoch {epoch}; central has them if they were acknowledged")
    print("next: kiosk sync --until-empty, then kiosk ledger verify")
    return EXIT_OK


def run_restore(args: argparse.Namespace) -> int:
    """Restore the terminal."""
    from kiosk.devices.system_clock import SystemClock
    from kiosk.ledger.home import Home, HomeLock
    from kiosk.ledger.restoring import backup_in, restore

    backup_in(args.folder)  # before anything is made
    home = Home(args.home)
    home.make()
    with HomeLock(home):
        done = restore(home, args.folder, args.key_file, SystemClock())
    if args.json:
        answer = {
            "ok": True,
            "terminal": done.terminal,
            "epoch": done.epoch,
            "entries": done.entries,
            "queued": done.queued,
        }
        print(json.dumps(answer))
        return EXIT_OK
    print(f"{done.terminal} is restored: {done.entries} entries, epoch {done.epoch} goes on")
    print("next: kiosk sync --until-empty (central tells what was handed over since the backup)")
    return EXIT_OK
