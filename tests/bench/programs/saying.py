"""How a program of the benchmark talks to the one that started it."""

from __future__ import annotations

import json
import sys


def say(answer: dict[str, object]) -> None:
    """One JSON object, one line."""
    print(json.dumps(answer), flush=True)


def wait_for_go() -> None:
    """Until we may go on, or nobody is there any more."""
    sys.stdin.readline()
