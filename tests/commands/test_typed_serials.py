"""A typed serial on the command line: never as an argument, and no code for ``verify``."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kiosk.commands.code_lines import typed_serial
from tests.e2e.processes import kiosk

LINE = "V0:123456789014:654321"


@pytest.mark.parametrize(
    "text, expected",
    [
        (LINE, ("123456789014", "654321")),
        ("V0:1234 5678 9014:６５４３２１", ("1234 5678 9014", "６５４３２１")),
        ("V0:", ("", "")),
        ("V0:1:2:3", ("1", "2:3")),
        ("TH1:ABC", None),
        (" V0:1:2", None),
        ("", None),
    ],
)
def test_lines(text: str, expected: tuple[str, str] | None) -> None:
    assert typed_serial(text) == expected


def test_redeem_takes_no_password_as_an_argument(home: Path) -> None:
    done = kiosk("redeem", "--no-sync", "--home", home, "TH1:ABC", LINE, status=2)
    assert done.stdout == ""
    assert "--stdin" in done.stderr
    assert "654321" not in done.stderr
    assert "V0:SERIAL:PASSWORD" in " ".join(kiosk("redeem", "--help").stdout.split())


def test_redeem_answers_slips_and_strangers(home: Path, tmp_path: Path) -> None:
    """In a copy: an open terminal owns its home."""
    own = tmp_path / "home"
    shutil.copytree(home, own)
    given = "V0:123456789015:654321\nV0:123456789014:65\nV0:123456789014:654321\nV0:\n"
    done = kiosk("redeem", "--stdin", "--no-sync", "--json", "--home", own, given=given)
    assert [(line["verdict"], line["reason"]) for line in done.lines] == [
        ("malformed", "serial_check_digit"),
        ("malformed", "password_form"),
        ("unknown_voucher", "serial_unknown"),
        ("malformed", "serial_check_digit"),
    ]


@pytest.mark.parametrize("explained", [(), ("--explain",)])
def test_verify_has_nothing_to_verify_there(home: Path, explained: tuple[str, ...]) -> None:
    done = kiosk("verify", "--stdin", "--json", "--home", home, *explained, given=f"{LINE}\nX\n")
    first, second = done.lines
    assert (first["verdict"], first["reason"]) == ("malformed", "serial_needs_a_terminal")
    assert first["voucher"] is None
    assert second["reason"] != "serial_needs_a_terminal"
    assert "654321" not in done.stdout + done.stderr
