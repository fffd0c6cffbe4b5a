"""``kiosk doctor``: what it finds, and what it says to do."""

import shutil
from pathlib import Path

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
