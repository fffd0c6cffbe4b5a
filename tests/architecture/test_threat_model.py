"""Each attack of docs/threat-model.md names tests, and every one of them exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "threat-model.md"
COLUMNS = ["attacker", "asset", "attack", "defence", "tests"]
NAME = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
LEAST_ROWS = 30


def tables() -> list[list[list[str]]]:
    """Every table of the page: rows of cells, the head and the line below it included."""
    found: list[list[list[str]]] = [[]]
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip() for cell in line.strip().strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [table for table in found if table]


def rows() -> list[list[str]]:
    return [row for table in tables() for row in table[2:]]


@cache
def functions_of(file: str) -> frozenset[str]:
    """The test functions and methods of a file."""
    path = ROOT / file
    if not path.is_file():
        return frozenset()
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    functions = (node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(node.name for node in functions if node.name.startswith("test_"))


def test_all_tables_have_the_same_columns() -> None:
    assert all(table[0] == COLUMNS for table in tables())
    assert all(len(row) == len(COLUMNS) and all(row) for row in rows())
    assert len(rows()) >= LEAST_ROWS


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[2][:40])
def test_each_attack_has_tests_that_exist(row: list[str]) -> None:
    named = NAME.findall(row[-1])
    assert named, f"no test: {row}"
    assert NAME.sub("", row[-1]).strip() == "", f"not of the form `file::test`: {row[-1]}"
    missing = [f"{file}::{test}" for file, test in named if test not in functions_of(file)]
    assert not missing
