"""``kiosk demo``: the whole product on one machine, with simulated customers."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from kiosk.commands.display import display_present
from kiosk.commands.options import EXIT_USAGE, add_json


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "demo",
        help="try the whole product: central, a shop, customers before a simulated camera",
        description="Starts the reference central API, seeds a shop, enrols this terminal and"
        " opens the counter with a simulated camera; a strip of buttons brings the next customer."
        " Without a display (or with --headless) it runs a tour by itself and compares every"
        " verdict with the expected one; exit status 0 only if all match.",
    )
    parser.add_argument("--headless", action="store_true", help="run the tour without a display")
    parser.add_argument("--tour", action="store_true", help="run the tour in a visible window")
    parser.add_argument(
        "--screenshots", type=Path, metavar="DIR", help="save pictures of the window (tour)"
    )
    parser.add_argument("--language", choices=("zh_CN", "en"), default="zh_CN")
    parser.add_argument(
        "--size", default="1280x800", metavar="WxH", help="window size (default: %(default)s)"
    )
    parser.add_argument(
        "--home",
        type=Path,
        metavar="DIR",
        help="keep everything in DIR (default: a folder that is thrown away)",
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the demonstration."""
    headless = args.headless or not display_present()
    tour = headless or args.tour
    if not tour and (args.json or args.screenshots is not None):
        print("kiosk demo: --json and --screenshots belong to --tour", file=sys.stderr)
        return EXIT_USAGE
    if headless:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from kiosk.demo.demonstration import run_demo
    from kiosk.demo.options import DemoOptions, size_of

    try:
        size = size_of(args.size)
    except ValueError as error:
        print(f"kiosk demo: --size: {error}", file=sys.stderr)
        return EXIT_USAGE
    return run_demo(
        DemoOptions(
            tour=tour,
            json=args.json,
            screenshots=args.screenshots,
            language=args.language,
            size=size,
            home=args.home,
        )
    )
