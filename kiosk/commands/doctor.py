"""``kiosk doctor``: what works on this machine, what does not, and what to do about it."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from kiosk.commands.options import EXIT_FAILURE, EXIT_OK, add_home, add_json

if TYPE_CHECKING:
    from kiosk.ledger.terminal_ledger import TerminalLedger

LOW_DISK_BYTES = 500 * 2**20
_CONFLICTS = (
    "; conflicts: supervisors settle them (kiosk conflicts list); the badge and kiosk ledger export"
    " list this terminal's part"
)
_QUARANTINED = (
    "; quarantined: central cannot take these, kiosk ledger export --json tells why; send that to"
    " head office, the others go on"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    check: str
    state: Literal["ok", "note", "bad"]
    detail: str


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "doctor",
        help="check this machine, its home, camera, clock and the way to central",
        description="Checks disk, decoders, the confinement of the scanning process, sound,"
        " window and skin, settings, camera, ledger and its chain, outbox, clock, keys and the"
        " way to central, and says what to do about what it finds. The camera is looked for, not"
        " opened: a window may be using it. Changes nothing; works beside an open window. Exit"
        " status 1 when something is bad.",
    )
    parser.add_argument("--offline", action="store_true", help="do not try to reach central")
    add_home(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the findings."""
    bad = False
    marks = {"ok": "ok  ", "note": "note", "bad": "BAD "}
    for finding in findings(args.home, reach=not args.offline):
        bad = bad or finding.state == "bad"
        if args.json:
            print(json.dumps(asdict(finding), ensure_ascii=False), flush=True)
        else:
            print(f"{marks[finding.state]}  {finding.check:<10} {finding.detail}", flush=True)
    return EXIT_FAILURE if bad else EXIT_OK


def findings(home: Path, *, reach: bool) -> Iterator[Finding]:
    """All checks, one after the other."""
    from kiosk import __version__

    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("program", "ok", f"pickup-kiosk {__version__}, Python {version}")
    yield from _disk(home)
    yield from _libraries()
    yield _confinement()
    yield from _settings(home)
    yield from _ledger(home, reach=reach)


def _disk(home: Path) -> Iterator[Finding]:
    place = next((p for p in (home, *home.parents) if p.exists()), Path())
    free = shutil.disk_usage(place).free
    state: Literal["ok", "bad"] = "ok" if free > LOW_DISK_BYTES else "bad"
    advice = "" if state == "ok" else "; free some: a full disk stops handing over"
    yield Finding("disk", state, f"{free // 2**20:,} MB free at {place}{advice}")


def _libraries() -> Iterator[Finding]:
    from kiosk.devices.signals import system_player
    from kiosk.scanning.symbols import zbar_problem

    yield Finding("decoder", "ok", "zxing-cpp")
    problem = zbar_problem()
    advice = "" if problem is None else f": {problem}; on Debian: apt install libzbar0"
    yield Finding("decoder", "ok" if problem is None else "note", f"zbar{advice}")
    silent = "nothing plays sounds here; on Debian: apt install alsa-utils"
    heard = system_player() is not None
    yield Finding("sound", "ok" if heard else "note", "there" if heard else silent)


def _confinement() -> Finding:
    """Whether a scanning process that a hostile picture takes over could reach anything."""
    from kiosk.scanning.confinement import missing

    lacking = missing()
    if lacking:
        words = "; ".join(map(str, lacking))
        return Finding("sandbox", "note", f"scanning works with less protection: {words}")
    return Finding("sandbox", "ok", "the scanning process is confined to its camera")


def _settings(home: Path) -> Iterator[Finding]:
    from kiosk.commands.camera_check import camera_finding
    from kiosk.settings import CONFIG_FILE, Settings, SettingsError, load_settings

    file, settings = home / CONFIG_FILE, Settings()
    try:
        settings = load_settings(home)
        there = file.exists()
        yield Finding("settings", "ok", str(file) if there else f"no {file}, so the defaults")
    except SettingsError as error:
        yield Finding("settings", "bad", str(error))
    yield _window(settings.skin)
    state, detail = camera_finding(settings.camera.source)
    yield Finding("camera", state, detail)


def _window(skin: str) -> Finding:
    """Whether Qt's libraries load, and the skin's tokens."""
    from kiosk.ui.errors import BadSkin, MissingResources

    try:
        from kiosk.ui.skin import load_skin

        load_skin(skin).style_sheet()
    except ImportError as error:
        advice = "; kiosk redeem works without a window"
        return Finding("window", "bad", f"Qt does not load: {error}{advice}")
    except (BadSkin, MissingResources) as error:
        return Finding("window", "bad", str(error))
    return Finding("window", "ok", f"Qt loads; skin {skin}")


def _ledger(home: Path, *, reach: bool) -> Iterator[Finding]:
    from kiosk.devices.system_clock import SystemClock
    from kiosk.ledger.errors import LedgerError, NotEnrolled
    from kiosk.ledger.home import Home
    from kiosk.ledger.terminal_ledger import TerminalLedger

    try:
        ledger = TerminalLedger(Home(home), SystemClock(), read_only=True)
    except NotEnrolled as error:
        yield Finding("terminal", "note", str(error))
        return
    except LedgerError as error:
        yield Finding("ledger", "bad", str(error))
        return
    try:
        yield from _facts(ledger)
        if reach:
            yield _reach(ledger, home)
    finally:
        ledger.close()


def _facts(ledger: TerminalLedger) -> Iterator[Finding]:
    who = ledger.registration
    yield Finding("terminal", "ok", f"{who.terminal} of store {who.store} ({who.store_name})")
    report = ledger.prove_chain()
    if report.fault:
        where = f"{report.fault.epoch}/{report.fault.seq}"
        yield Finding(
            "ledger",
            "bad",
            f"entry {where} does not hold: {report.fault.reason}; leave the home as it is, copy it"
            " for head office, and do not hand over on this terminal",
        )
    else:
        yield Finding("ledger", "ok", f"{report.entries} entries, the chain holds")
    outbox = ledger.outbox_status()
    counts = (
        f"{outbox.waiting} wait, {outbox.conflicts} conflicts, {outbox.quarantined} quarantined"
    )
    yield Finding(
        "outbox",
        "note" if outbox.conflicts or outbox.quarantined else "ok",
        counts
        + (_CONFLICTS if outbox.conflicts else "")
        + (_QUARANTINED if outbox.quarantined else ""),
    )
    now = ledger.time.now()
    yield Finding(
        "clock",
        "ok" if now.sure else "note",
        "trusted" if now.sure else f"not trusted ({now.reason}); central settles it",
    )
    key_set = ledger.trust.key_set()
    if key_set is None:
        yield Finding("keys", "bad", "no key set: no code can be verified; run: kiosk sync")
    elif key_set.expires_at_s <= now.unix_s:
        yield Finding("keys", "bad", f"key set {key_set.version} has expired; run: kiosk sync")
    else:
        days = (key_set.expires_at_s - now.unix_s) // 86_400
        yield Finding("keys", "ok", f"key set {key_set.version}, good for {days} days")


def _reach(ledger: TerminalLedger, home: Path) -> Finding:
    from kiosk.bootstrap import CA_FILE
    from kiosk.commands.central_words import why
    from kiosk.sync.errors import CentralError
    from kiosk.sync.reach import reach

    who = ledger.registration
    try:
        took_s = reach(who.central_url, str(home / CA_FILE) if who.ca_file else None)
    except CentralError as error:
        return Finding(
            "central", "note", f"{who.central_url}: {why(error.reason)}; the terminal works offline"
        )
    return Finding("central", "ok", f"{who.central_url} answers in {took_s * 1000:.0f} ms")
