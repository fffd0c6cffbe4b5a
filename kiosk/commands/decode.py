"""``kiosk decode``: read the codes in photographs."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from kiosk.commands.options import EXIT_FAILURE, EXIT_OK, add_home, add_json

_SENTENCES = {
    "not_found": "there is no such file",
    "permission_denied": "this user may not read it",
    "not_a_file": "not a file",
    "empty": "the file is empty",
    "too_large": "the file is too large for a picture",
    "unreadable": "not a readable picture",
}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "decode",
        help="read the QR codes in photographs",
        description="Reads picture files with all rescue views. Exit status 1 when a file could"
        " not be read as a picture (a picture without a code is no failure).",
    )
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE", help="picture file")
    add_home(parser)  # like every command; pictures need no terminal
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """One line a picture."""
    from kiosk.scanning.picture import decode_files

    failed = False
    for result in decode_files(args.images):
        failed = failed or result.error is not None
        if args.json:
            line: dict[str, object] = {
                "image": result.image,
                "texts": list(result.texts),
                "ms": round(result.ms, 3),
            }
            if result.error is not None:
                line["error"] = result.error.value
            print(json.dumps(line, ensure_ascii=False), flush=True)
        elif result.error is not None:
            print(f"{result.image}: {_SENTENCES[result.error.value]}", file=sys.stderr)
        else:
            for text in result.texts:
                print(f"{result.image}: {text}", flush=True)
            if not result.texts:
                print(f"{result.image}: no code", flush=True)
    return EXIT_FAILURE if failed else EXIT_OK
