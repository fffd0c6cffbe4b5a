"""Wrong command lines: exit status 2, and words that name what is wrong."""

from pathlib import Path

import pytest

from tests.e2e.processes import kiosk

NOWHERE = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    "words, named",
    [
        ("", "COMMAND"),
        ("nothing", "nothing"),
        ("redeem", "code texts"),
        ("undo", "SEQ"),
        ("conflicts", "ACTION"),
        ("stock", "ACTION"),
        ("stock count A many --staff 9001", "many"),
        ("stock adjust A -2 --staff 9001", "--reason"),
        ("conflicts settle abc --decision maybe", "maybe"),
        ("redeem --stdin TEXT", "--stdin"),
        ("verify", "code texts"),
        ("verify --stdin TEXT", "not both"),
        ("verify --trust FILE TEXT", "--trust and --store"),
        ("verify --store S001 TEXT", "--trust and --store"),
        ("verify --now soon TEXT", "--now"),
        ("verify --now -5 TEXT", "--now"),
        ("decode", "IMAGE"),
        ("ledger", "ACTION"),
        ("ledger burn", "burn"),
        ("keys", "ACTION"),
        ("keys show", "KID"),
        ("policy", "ACTION"),
        ("sync --timeout soon", "--timeout"),
        ("sync --timeout -1", "--timeout"),
        ("sync --timeout nan", "--timeout"),
        ("enroll", "--central"),
        (f"enroll --central {NOWHERE}", "code is empty"),
        (f"enroll --central {NOWHERE} --key-store pocket", "pocket"),
        (f"enroll --central {NOWHERE} --code A --code-file B", "not allowed with"),
        ("run --language fr", "fr"),
        ("central", "COMMAND"),
        ("central serve --port 99999", "99999"),
        ("central serve --port http", "http"),
        ("central serve --workers 0", "--workers"),
        ("central issue", "--item"),
        ("central issue --item CRAB-4M", "CRAB-4M"),
        ("central issue --item CRAB-4M:0", "CRAB-4M:0"),
        ("central issue --item CRAB-4M:1 --item CRAB-4M:2", "twice"),
        ("central issue --item CRAB-4M:1 --tier V9", "V9"),
        ("central issue --item CRAB-4M:1 --count 0", "--count"),
        ("central seed --pin-file no-such-file", "no-such-file"),
        ("central revoke zz", "zz"),
        ("central keys", "ACTION"),
        ("central keys revoke", "KID"),
        ("central keys take-root-out", "--to"),
        ("central policy", "ACTION"),
        ("central policy set", "NAME=VALUE"),
        ("central place --store S001 --latitude 91 --longitude 0", "91"),
        ("central place --store S001 --latitude 9 --longitude nan", "nan"),
        ("central place --store S001 --latitude 9 --longitude 9 --radius-m 0", "0"),
    ],
)
def test_a_wrong_command_line_ends_with_2(words: str, named: str, tmp_path: Path) -> None:
    arguments = words.split()
    if len(arguments) > 1 and arguments[0] != "decode":
        arguments += ["--home", str(tmp_path / "home")]
    done = kiosk(*arguments, status=2)
    assert done.stdout == ""
    assert named in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        *("redeem TEXT", "verify TEXT", "ledger export", "ledger verify", "sync", "run"),
        *("keys list", "keys show 00", "policy show"),
    ],
)
def test_a_home_without_a_terminal_is_told_how_to_get_one(words: str, tmp_path: Path) -> None:
    done = kiosk(*words.split(), "--home", tmp_path, status=1)
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert f"{tmp_path}: no terminal is enrolled here; run: kiosk enroll" in line
    assert list(tmp_path.iterdir()) == []


def test_help_and_version_need_nothing(tmp_path: Path) -> None:
    assert kiosk("--version").stdout.startswith("pickup-kiosk ")
    assert "kiosk demo" in kiosk("--help").stdout
