"""Files that are wrong in any way: exit status 1, the file and the field or place named."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from kiosk.commands.decode import _SENTENCES
from kiosk.protocol.trust import TrustBundle
from kiosk.scanning.picture import PictureProblem
from tests.e2e.processes import Done, kiosk
from tests.fakes import Issuer

PAGE = 4096


def failure(*arguments: str | Path, given: str = "") -> str:
    """What a command that must fail says."""
    done: Done = kiosk(*arguments, given=given, status=1)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


# ------------------------------------------------------------------- trust file


@pytest.mark.parametrize(
    "content, named",
    [
        (b"", "truncated"),
        (b"\xff\xfe{", "byte 0"),
        (b'{"root_key": "AAAA",\n"key_set": }', "byte 32"),
        (b'{"root_key": 5}', "$.root_key"),
        (b'{"root_key": "AAAA"}', "key_set"),
        (b'{"root_key": "AAAA", "key_set": "AAAA", "format": "other/2"}', "$.format"),
        (b'{"root_key": "AAAA", "key_set": "AAAA"}', "root"),
    ],
)
def test_a_trust_file_that_is_none(content: bytes, named: str, tmp_path: Path) -> None:
    file = tmp_path / "trust.json"
    file.write_bytes(content)
    said = failure("verify", "--trust", file, "--store", "S001", "TEXT")
    assert str(file) in said
    assert "kiosk central trust" in said
    assert named in said


def test_a_trust_file_of_another_root(issuer: Issuer, tmp_path: Path) -> None:
    stranger = Issuer(now_s=issuer.now_s)
    mixed = TrustBundle(stranger.root_key(), issuer.signed_key_set(), issuer.signed_policy())
    file = tmp_path / "trust.json"
    file.write_bytes(msgspec.json.encode(mixed))
    said = failure("verify", "--trust", file, "--store", "S001", "TEXT")
    assert str(file) in said


@pytest.mark.parametrize("name", ["absent", "."])
def test_a_trust_file_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    said = failure("verify", "--trust", tmp_path / name, "--store", "S001", "TEXT")
    assert str(tmp_path / name) in said


# ------------------------------------------------------------------- settings


@pytest.mark.parametrize(
    "content, named",
    [
        (b'colour = "red"\n', "`colour`"),
        (b"[camera]\nsource = 5\n", "$.camera.source"),
        (b"[camera]\nmirrored = true\n", "`mirrored`"),
        (b'language = "fr"\n', "$.language"),
        (b'skin = "../../etc"\n', "$.skin"),
        (b'language = "en"\n[camera\n', "line 2"),
        (b'skin = "\xff"\n', "position 8"),
    ],
)
def test_settings_that_cannot_be_used(
    content: bytes, named: str, home: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(home, tmp_path / "home")
    (copy / "config.toml").write_bytes(content)
    said = failure("run", "--camera", "none", "--home", copy)
    assert str(copy / "config.toml") in said
    assert named in said
    doctor = kiosk("doctor", "--offline", "--json", "--home", copy, status=1)
    (finding,) = [line for line in doctor.lines if line["check"] == "settings"]
    assert finding["state"] == "bad"
    assert named in finding["detail"]


# ------------------------------------------------------------------- a terminal's home


def no_key(home: Path) -> None:
    (home / "ledger.key").unlink()


def another_key(home: Path) -> None:
    (home / "ledger.key").write_bytes(os.urandom(32))


def half_a_key(home: Path) -> None:
    (home / "ledger.key").write_bytes(bytes(16))


def a_key_for_everybody(home: Path) -> None:
    (home / "ledger.key").chmod(0o644)


def no_ledger(home: Path) -> None:
    (home / "ledger.db").unlink()


def an_empty_ledger(home: Path) -> None:
    (home / "ledger.db").write_bytes(b"")


def a_short_ledger(home: Path) -> None:
    os.truncate(home / "ledger.db", PAGE + 904)


def a_ledger_of_rubbish(home: Path) -> None:
    (home / "ledger.db").write_bytes(os.urandom(20 * PAGE))


def a_ledger_with_a_bad_end(home: Path) -> None:
    good = (home / "ledger.db").read_bytes()
    (home / "ledger.db").write_bytes(good[:PAGE] + os.urandom(len(good) - PAGE))


def a_plain_database(home: Path) -> None:
    (home / "ledger.db").unlink()
    connection = sqlite3.connect(home / "ledger.db")
    connection.execute("CREATE TABLE entries (seq INTEGER)")
    connection.close()


def half_a_registration(home: Path) -> None:
    (home / "terminal.json").write_bytes((home / "terminal.json").read_bytes()[:50])


def a_wrong_field(home: Path) -> None:
    text = (home / "terminal.json").read_text().replace('"S001"', "1")
    (home / "terminal.json").write_text(text)


@pytest.mark.parametrize(
    "damage, file, words",
    [
        (no_key, "ledger.key", "key is missing"),
        (another_key, None, "not the one this terminal was enrolled with"),
        (half_a_key, "ledger.key", "16 bytes where a key has 32"),
        pytest.param(
            *(a_key_for_everybody, "ledger.key", "chmod 600"),
            marks=pytest.mark.skipif(os.name == "nt", reason="no such permissions on Windows"),
        ),
        (no_ledger, "ledger.db", "missing or empty"),
        (an_empty_ledger, "ledger.db", "missing or empty"),
        (a_short_ledger, "ledger.db", "damaged"),
        (a_ledger_of_rubbish, "ledger.db", "damaged"),
        (a_ledger_with_a_bad_end, "ledger.db", "damaged"),
        (a_plain_database, "ledger.db", "damaged"),
        (half_a_registration, "terminal.json", "truncated"),
        (a_wrong_field, "terminal.json", "$.store"),
    ],
)
@pytest.mark.parametrize("words_of_command", ["redeem --no-sync TEXT", "ledger export", "run"])
def test_a_home_that_is_damaged(
    damage: Callable[[Path], None],
    file: str | None,
    words: str,
    words_of_command: str,
    home: Path,
    tmp_path: Path,
) -> None:
    copy = shutil.copytree(home, tmp_path / "home")
    damage(copy)
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    said = failure(*words_of_command.split(), "--home", copy)
    assert words in said
    assert len(said.splitlines()) == 1, "the sentence, and nothing of the libraries'"
    if file is not None:
        assert str(copy / file) in said
    # Evidence is not touched: whatever was there is as it was.
    for name, content in before.items():
        if name != "lock":
            assert (copy / name).read_bytes() == content, name


def test_missing_wrong_and_damaged_have_different_ways_out(home: Path, tmp_path: Path) -> None:
    said = []
    for damage in (no_key, another_key, a_ledger_of_rubbish):
        copy = shutil.copytree(home, tmp_path / damage.__name__)
        damage(copy)
        said.append(failure("ledger", "verify", "--home", copy).splitlines()[-1])
    missing, wrong, damaged = said
    assert "Put the key file back" in missing
    assert "Put the right key back" in wrong
    assert "the key is right but the file is damaged" in damaged


# ------------------------------------------------------------------- pictures


def test_pictures_that_are_none(tmp_path: Path) -> None:
    files = {
        "absent.png": "not_found",
        "empty.png": "empty",
        "rubbish.jpg": "unreadable",
        "cut.png": "unreadable",
        "folder": "not_a_file",
    }
    (tmp_path / "empty.png").touch()
    (tmp_path / "rubbish.jpg").write_bytes(os.urandom(5000))
    (tmp_path / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    (tmp_path / "folder").mkdir()
    paths = [tmp_path / name for name in files]
    done = kiosk("decode", "--json", *paths, status=1)
    assert [line["image"] for line in done.lines] == [str(path) for path in paths]
    assert [line["error"] for line in done.lines] == list(files.values())
    assert all(line["texts"] == [] for line in done.lines)
    people = kiosk("decode", *paths, status=1)
    sentences = (
        *("there is no such file", "the file is empty"),
        *("not a readable picture", "not a readable picture", "not a file"),
    )
    told = [f"{path}: {said}" for path, said in zip(paths, sentences, strict=True)]
    assert people.stderr.splitlines() == told


def test_every_problem_of_a_picture_has_a_sentence() -> None:
    assert set(_SENTENCES) == {problem.value for problem in PictureProblem}
