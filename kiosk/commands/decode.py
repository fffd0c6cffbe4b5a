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
    parser.add_argument(
        "--explain",
        type=Path,
        metavar="DIR",
        help="save every view that is tried as a picture in DIR and say what each gave",
    )
    add_home(parser)  # like every command; pictures need no terminal
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """One line a picture; with --explain one a view as well."""
    if args.explain is not None:
        args.explain.mkdir(parents=True, exist_ok=True)
    failed = False
    for number, path in enumerate(args.images, 1):
        failed = not _decode(args, path) or failed
        if args.explain is not None:
            _explain(args, path, f"{number:02}-{path.stem}")
    return EXIT_FAILURE if failed else EXIT_OK


def _decode(args: argparse.Namespace, path: Path) -> bool:
    from kiosk.scanning.picture import decode_files

    (result,) = decode_files([path])
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
    return result.error is None


def _explain(args: argparse.Namespace, path: Path, stem: str) -> None:
    from kiosk.scanning.explain import explained
    from kiosk.scanning.picture import PictureProblem, load_grey

    grey = load_grey(path)
    if isinstance(grey, PictureProblem):
        return
    for look in explained(grey, args.explain, stem):
        if args.json:
            line = {
                "image": str(path),
                "view": look.name,
                "picture": str(look.picture) if look.picture else None,
                "texts": list(look.texts),
                "ms": round(look.ms, 3),
            }
            print(json.dumps(line, ensure_ascii=False), flush=True)
        else:
            gave = ", ".join(look.texts) or ("nothing" if look.picture else "left out: size")
            print(f"  {look.name:24} {look.ms:8.1f} ms  {gave}", flush=True)
