"""What the sub-commands of ``kiosk central`` share: options, known errors, the opened central."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from kiosk.commands.options import EXIT_FAILURE, EXIT_USAGE, add_home

if TYPE_CHECKING:
    from kiosk.central.services import Services

SubParsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001

_NEEDED = ("litestar", "uvicorn", "sqlalchemy", "alembic", "prometheus_client")
_INSTALL = "kiosk central needs more packages: pip install 'pickup-kiosk[central]'"


def add_command(
    commands: SubParsers,
    name: str,
    does: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    """Declare a sub-command that acts on a central's home."""
    parser = commands.add_parser(name, help=does, description=does)
    add_home(parser, "the reference central")
    parser.add_argument(
        "--database",
        metavar="URL",
        help="postgresql+psycopg://… (default: HOME/central/central.db, SQLite)",
    )
    parser.set_defaults(run=lambda args: guarded(run, args))
    return parser


def positive(text: str) -> int:
    """A number above 0, for argparse."""
    if not text.isdecimal() or not 0 < int(text) < 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return int(text)


def guarded(run: Callable[[argparse.Namespace], int], args: argparse.Namespace) -> int:
    """Run a sub-command; what the operator can mend becomes one line on stderr."""
    if any(find_spec(name) is None for name in _NEEDED):
        return fail(_INSTALL)
    from kiosk.central.database import DatabaseUnusableError
    from kiosk.central.home import CentralHomeError
    from kiosk.central.serving import ServeError

    try:
        return run(args)
    except (CentralHomeError, DatabaseUnusableError, ServeError, Refused) as error:
        return fail(str(error))
    except CentralUsageError as error:
        return fail(str(error), EXIT_USAGE)


class CentralUsageError(Exception):
    """An argument that cannot be used."""


class Refused(Exception):
    """What was asked for cannot be done here; the message says what can."""


def fail(message: str, status: int = EXIT_FAILURE) -> int:
    """Say what went wrong; the exit status."""
    print(f"kiosk central: {message}", file=sys.stderr)
    return status


def _lives_here(home: Path, database: str | None) -> bool:
    """Whether a central was made here before: its keys are there, and its own database."""
    from kiosk.central.home import DATABASE_NAME

    folder = home / "central"
    return (folder / "keys").is_dir() and (
        database is not None or (folder / DATABASE_NAME).is_file()
    )


@contextmanager
def opened(args: argparse.Namespace, *, create: bool = False) -> Iterator[Services]:
    """The parts of central; only ``create`` makes keys and a database where there are none."""
    from kiosk.central.services import open_services
    from kiosk.central.serving import log_to_stderr

    if not create and not _lives_here(args.home, args.database):
        raise Refused(
            f"{args.home}: no central here; run: kiosk central seed --home {args.home}"
            + (" --database …" if args.database else "")
        )
    log_to_stderr()
    services = open_services(args.home, args.database)
    try:
        yield services
    finally:
        services.close()
