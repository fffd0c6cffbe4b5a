"""`python -m tests.bench`: measure, and print what was measured.

Every figure that can have one stands beside a baseline or a budget; nothing here passes or fails
by the clock. Figures are only worth keeping from a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from kiosk.demo.programs import ProgramFailed as CommandFailed
from tests.bench.context import Context, Skipped
from tests.bench.figures import Figure, table
from tests.bench.machine import Company, describe
from tests.bench.processes import ProgramFailed
from tests.bench.screens import screens

BENCHMARKS = {
    "counter": "Latency and memory of the counter at work",
    "start": "Start",
    "empty_stream": "Watching an empty 720p/30 stream",
    "redemptions": "Durable redemptions",
    "verification": "Verifying codes",
    "status_list": "The status list of a million vouchers",
    "reading": "Reading codes from pictures",
    "ingest": "Central taking entries in",
}


def main() -> int:
    """Exit status 0 when everything asked for was measured or skipped with a reason."""
    arguments = _parser().parse_args()
    began_s = time.monotonic()
    report: dict[str, object] = {}
    sections: dict[str, object] = {}
    failed = False
    with ExitStack() as stack:
        made = tempfile.TemporaryDirectory(prefix="kiosk-bench-", dir=arguments.dir)
        folder = Path(stack.enter_context(made))
        _keep_bytecode(folder / "bytecode")
        report["machine"] = machine = describe(folder)
        for name, value in machine.items():
            print(f"{name:<12} {value}")
        context = Context(folder, stack.enter_context(screens()))
        stack.callback(context.close)
        for name in arguments.only or BENCHMARKS:
            section = _run(name, context)
            failed = failed or "failed" in section
            sections[name] = section
    report |= {"benchmarks": sections, "seconds": round(time.monotonic() - began_s, 1)}
    print(f"\nmeasured in {report['seconds']} s")
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1, ensure_ascii=False), "utf-8")
    return 1 if failed else 0


def _keep_bytecode(folder: Path) -> None:
    """Compiled modules of all that we start: kept, as they are where the product is installed.

    In a place of our own, for an installer may leave modules uncompiled and the environment may
    forbid to write beside them: every start would then compile half a million lines.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder)


def _run(name: str, context: Context) -> dict[str, object]:
    title, company = BENCHMARKS[name], Company()
    try:
        figures: list[Figure] = importlib.import_module(f"tests.bench.{name}").measure(context)
    except Skipped as reason:
        print(f"\n{title}: skipped, {reason}", flush=True)
        return {"skipped": str(reason)}
    except (ProgramFailed, CommandFailed, subprocess.SubprocessError, OSError) as error:
        print(f"\n{title}: FAILED, {error}", flush=True)
        return {"failed": str(error)}
    others = company.cores()
    print(f"\n{table(title, figures)}", flush=True)
    if others is not None:
        print(f"(other programs kept {others:.2f} cores busy meanwhile)", flush=True)
    return {"figures": [figure.as_json() for figure in figures], "other_cores": others}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description="Measures the product: latency, start, memory, processor share, throughput.",
        epilog="; ".join(f"{name}: {title}" for name, title in BENCHMARKS.items()),
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to FILE")
    parser.add_argument(
        "--only", action="append", choices=BENCHMARKS, metavar="NAME", help="repeatable; see below"
    )
    parser.add_argument(
        "--dir",
        type=Path,
        help="where ledgers are made for the while; decides what an fsync costs (default: the"
        " system's place for temporary files)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
