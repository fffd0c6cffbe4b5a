"""``kiosk run``: the terminal with its window."""

from __future__ import annotations

import argparse
import sys

from kiosk.commands.display import window_possible
from kiosk.commands.options import EXIT_FAILURE, add_home

NO_DISPLAY = (
    "kiosk run: there is no display; set DISPLAY, or use `kiosk redeem` for a terminal without"
    " a window"
)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "run",
        help="open the terminal's window",
        description="Opens the clerk's counter on an enrolled terminal. A camera that cannot be"
        " opened is a state on screen and is tried again by itself.",
    )
    parser.add_argument(
        "--camera",
        metavar="SOURCE",
        help="camera number, /dev/videoN, /dev/v4l/by-id/…, rtsp://…, video file, folder of"
        " pictures, or none (default: from config.toml, else 0)",
    )
    parser.add_argument("--language", choices=("zh_CN", "en"), help="(default: from config.toml)")
    parser.add_argument(
        "--full-screen", action="store_true", help="fill the screen (Alt+F4 still closes)"
    )
    add_home(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Open the window; returns when it is closed."""
    if not window_possible():
        print(NO_DISPLAY, file=sys.stderr)
        return EXIT_FAILURE
    import msgspec

    from kiosk.bootstrap import Terminal
    from kiosk.ledger.home import Home
    from kiosk.logs import log_to_files
    from kiosk.settings import NO_CAMERA, load_settings
    from kiosk.window import show_terminal

    home = Home(args.home)
    settings = load_settings(home.path)
    if args.language:
        settings = msgspec.structs.replace(settings, language=args.language)
    terminal = Terminal(home)
    try:
        log_to_files(home.log_dir, settings.log_level)
        terminal.start_sync()
        source = args.camera or settings.camera.source
        return show_terminal(
            terminal,
            settings,
            None if source == NO_CAMERA else source,
            full_screen=args.full_screen,
        )
    finally:
        terminal.close()
