"""``kiosk doctor``: what it finds, and what it says to do."""

import shutil
from pathlib import Path

import pytest

from kiosk.commands.doctor import _confinement
from kiosk.scanning import confinement
from kiosk.scanning.confinement import Missing, missing
from tests.e2e.processes import Done, Line, kiosk


def finding(done: Done, check: str) -> Line:
    (line,) = (line for line in done.lines if line["check"] == check)
    return line


def test_without_settings_it_says_so(home: Path) -> None:
    done = kiosk("doctor", "--offline", "--json", "--home", home)
    settings = finding(done, "settings")
    assert settings["state"] == "ok"
    assert "the defaults" in settings["detail"]
    assert finding(done, "window") == {
        "check": "window",
        "state": "ok",
        "detail": "Qt loads; skin default",
    }


def test_it_tells_what_the_scanning_process_is_confined_by(home: Path) -> None:
    told = finding(kiosk("doctor", "--offline", "--json", "--home", home), "sandbox")
    lacking = missing()
    assert told["state"] == ("note" if lacking else "ok")
    assert all(str(part) in told["detail"] for part in lacking)


def test_a_kernel_without_landlock_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = Missing("Landlock", "this kernel does not have it, or was started without it")
    monkeypatch.setattr(confinement, "missing", lambda: (lacking,))
    told = _confinement()
    assert told.state == "note"
    assert f"less protection: {lacking}" in told.detail


def test_it_looks_at_what_the_settings_name(home: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(home, tmp_path / "home")
    (copy / "config.toml").write_text(
        'skin = "nowhere"\n[camera]\nsource = "no-film.mp4"\n', encoding="utf-8"
    )
    done = kiosk("doctor", "--offline", "--json", "--home", copy, status=1)
    assert finding(done, "settings")["detail"] == str(copy / "config.toml")
    assert finding(done, "camera")["detail"] == "there is no no-film.mp4"
    window = finding(done, "window")
    assert window["state"] == "bad"
    assert "nowhere" in window["detail"]
    run = kiosk("run", "--home", copy, status=1)
    assert "Traceback" not in run.stderr
    assert "nowhere" in run.stderr
