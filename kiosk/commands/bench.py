"""``kiosk bench scan``: how well this machine reads codes, beside the readers alone."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.commands.options import EXIT_FAILURE, EXIT_OK, add_home, add_json

if TYPE_CHECKING:
    from kiosk.scanning.trial_bench import Played, Score
    from kiosk.scanning.vision import Grey

_DECODERS = ("pipeline", "zxing-cpp", "pyzbar")
_SCENARIOS = (
    *("approach", "hold", "tilt", "glare-sweep", "dimming", "code-change", "two-customers"),
    *("passer-by", "empty"),
)
_LEVELS = 5


class BadManifest(ValueError):
    """A folder's manifest.json that is none; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the table: what was measured, with which decoder, the figures."""

    what: str
    decoder: str
    figures: dict[str, float | int | None]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "bench",
        help="measure the decoder on pictures, streams or generated frames",
        description="Measures this machine.",
    )
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True)
    scan = kinds.add_parser(
        "scan",
        help="read rate, false reads, time to read, core share",
        description="Decoders against each other on the same pictures. Without a folder, frames"
        " are generated: --count of each --level, the same for the same --seed; with --scenario,"
        " streams of 84 frames. A folder may hold a manifest.json: [{file, text}] for pictures"
        " (an empty text: no code), [{stream, frames: [{file, text, visible}]}] for streams;"
        " without one, all its pictures are taken to have a code whose text is unknown.",
    )
    scan.add_argument("--pictures", type=Path, metavar="DIR", help="folder of still pictures")
    scan.add_argument("--frames", type=Path, metavar="DIR", help="folder of camera frames")
    scan.add_argument("--streams", type=Path, metavar="DIR", help="folder of streams")
    scan.add_argument(
        "--scenario", action="append", choices=_SCENARIOS, default=[], help="generated stream"
    )
    scan.add_argument(
        "--level", action="append", type=int, choices=range(_LEVELS), help="severity, default all"
    )
    scan.add_argument("--count", type=_positive, default=20, help="frames or streams a level")
    scan.add_argument("--seed", type=int, default=1, help="of the first generated frame")
    scan.add_argument("--decoder", action="append", choices=_DECODERS, help="default: all of them")
    add_home(scan)  # like every command; nothing of a terminal is touched
    add_json(scan)
    scan.set_defaults(run=run)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def run(args: argparse.Namespace) -> int:
    """A table, or with --json one object a line."""
    decoders = args.decoder or list(_DECODERS)
    try:
        for row in _rows(args, decoders):
            if args.json:
                line = {"what": row.what, "decoder": row.decoder} | row.figures
                print(json.dumps(line, ensure_ascii=False), flush=True)
            else:
                print(f"{row.what:28} {row.decoder:10} {_words(row.figures)}", flush=True)
    except BadManifest as error:
        print(f"kiosk bench: {error}", file=sys.stderr)
        return EXIT_FAILURE
    return EXIT_OK


def _words(figures: dict[str, float | int | None]) -> str:
    parts = []
    for name, value in figures.items():
        if value is not None:
            number = f"{value:.1f}" if isinstance(value, float) else str(value)
            parts.append(f"{name} {number}")
    return "  ".join(parts)


def _rows(args: argparse.Namespace, decoders: Sequence[str]) -> Iterator[_Row]:
    from kiosk.scanning.trial_bench import FRAME_READERS, PHOTO_READERS, compare

    stills = {name: PHOTO_READERS[name] for name in decoders}
    frames = {name: FRAME_READERS[name] for name in decoders}
    levels = args.level or range(_LEVELS)
    if args.pictures:
        yield from _scored(str(args.pictures), compare(_pictures(args.pictures), stills))
    if args.frames:
        yield from _scored(str(args.frames), compare(_pictures(args.frames), frames))
    if args.streams:
        yield from _folder_streams(args.streams, decoders)
    for scenario in args.scenario:
        for level in levels:
            yield from _generated_streams(args, scenario, level, decoders)
    if not (args.pictures or args.frames or args.streams or args.scenario):
        for level in levels:
            made = _generated(args.seed, args.count, level)
            yield from _scored(f"generated, level {level}", compare(made, frames))


def _generated(seed: int, count: int, level: int) -> Iterator[tuple[Grey, str | None]]:
    from kiosk.scanning.trial_frames import empty_trial, grey_of, trial

    for number in range(seed, seed + count):
        made = trial(number, level)
        yield grey_of(made.frame), made.text
        if number % 4 == 0:
            yield grey_of(empty_trial(number, level).frame), None


def _scored(what: str, scores: dict[str, Score]) -> Iterator[_Row]:
    for name, score in scores.items():
        ms = sorted(score.ms) or [0.0]
        figures: dict[str, float | int | None] = {
            "read_percent": score.rate,
            "with_code": score.with_code,
            "without": score.without,
            "false_reads": score.wrong,
            "ms_p50": statistics.median(ms),
            "ms_p95": ms[min(len(ms) - 1, round(0.95 * (len(ms) - 1)))],
        }
        yield _Row(what, name, figures)


def _generated_streams(
    args: argparse.Namespace, scenario: str, level: int, decoders: Sequence[str]
) -> Iterator[_Row]:
    from kiosk.scanning.trial_bench import live_reader, play
    from kiosk.scanning.trial_frames import grey_of
    from kiosk.scanning.trial_streams import stream

    played: dict[str, list[Played]] = {name: [] for name in decoders}
    for seed in range(args.seed, args.seed + args.count):
        shown = [(grey_of(s.frame), s.texts, s.whole) for s in stream(scenario, seed, level)]
        for name in decoders:
            played[name].append(play(shown, live_reader(name)))
    yield from _told(f"{scenario}, level {level}", played)


def _folder_streams(folder: Path, decoders: Sequence[str]) -> Iterator[_Row]:
    from kiosk.scanning.trial_bench import live_reader, play

    for entry in _manifest(folder):
        played = {
            name: [play(_folder_frames(folder, entry), live_reader(name))] for name in decoders
        }
        yield from _told(str(entry.get("stream", "stream")), played)


def _folder_frames(
    folder: Path, entry: dict[str, Any]
) -> Iterator[tuple[Grey, tuple[str, ...], bool]]:
    for frame in entry.get("frames", ()):
        text = str(frame.get("text") or "")
        yield _grey(folder / str(frame["file"])), (text,) if text else (), bool(frame["visible"])


def _told(what: str, played: dict[str, list[Played]]) -> Iterator[_Row]:
    for name, streams in played.items():
        showings = [showing for each in streams for showing in each.showings]
        waits = sorted(w for s in showings if (w := s.waited_ms) is not None)
        figures: dict[str, float | int | None] = {
            "codes": len(showings),
            "read": len(waits),
            "false_reads": sum(each.wrong for each in streams),
            "waited_ms_p50": statistics.median(waits) if waits else None,
            "waited_ms_p90": waits[min(len(waits) - 1, int(0.9 * len(waits)))] if waits else None,
            "core_percent": statistics.fmean(each.core_share for each in streams),
            "frames_skipped": sum(each.skipped for each in streams),
        }
        yield _Row(what, name, figures)


def _pictures(folder: Path) -> Iterable[tuple[Grey, str | None]]:
    if (folder / "manifest.json").is_file():
        for entry in _manifest(folder):
            yield _grey(folder / str(entry["file"])), str(entry.get("text") or "") or None
        return
    files = sorted(path for path in folder.iterdir() if path.is_file())
    if not files:
        raise BadManifest(f"{folder} holds no pictures")
    for path in files:
        yield _grey(path), None


def _manifest(folder: Path) -> list[dict[str, Any]]:
    path = folder / "manifest.json"
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadManifest(f"{path} is not JSON: {error}") from error
    if not (isinstance(entries, list) and all(isinstance(each, dict) for each in entries)):
        raise BadManifest(f"{path} is not a list of objects")
    return entries


def _grey(path: Path) -> Grey:
    from kiosk.scanning.picture import PictureProblem, load_grey

    grey = load_grey(path)
    if isinstance(grey, PictureProblem):
        raise BadManifest(f"{path}: {grey.value}")
    return grey
