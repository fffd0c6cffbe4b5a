"""What doctor says of a camera that it does not open."""

import sys
from pathlib import Path

import pytest

from kiosk.commands.camera_check import camera_finding

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="/dev is Linux's")


def test_no_camera_is_wanted() -> None:
    assert camera_finding("none") == ("ok", "none, by the settings")


@LINUX
def test_a_camera_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "video2").touch()
    assert camera_finding("2", tmp_path) == ("ok", str(tmp_path / "video2"))


@LINUX
def test_a_camera_has_a_lasting_name(tmp_path: Path) -> None:
    names = tmp_path / "v4l" / "by-id"
    names.mkdir(parents=True)
    for number in (0, 2):
        (tmp_path / f"video{number}").touch()
        (names / f"usb-Maker_C1_S{number}-video-index0").symlink_to(f"../../video{number}")
    state, detail = camera_finding("2", tmp_path)
    assert state == "ok"
    assert detail.startswith(f"{tmp_path / 'video2'}; ")
    assert detail.endswith(str(names / "usb-Maker_C1_S2-video-index0"))


@LINUX
def test_a_camera_that_is_not_there_names_the_others(tmp_path: Path) -> None:
    (tmp_path / "video2").touch()
    state, detail = camera_finding("0", tmp_path)
    assert state == "note"
    assert f"no {tmp_path / 'video0'}" in detail
    assert str(tmp_path / "video2") in detail


def test_a_stream_shows_no_password() -> None:
    state, detail = camera_finding("rtsp://clerk:secret@camera.shop:554/live?token=secret")
    assert (state, detail) == ("ok", "rtsp://camera.shop, not tried")
    assert camera_finding("rtsp://[")[0] == "note"


def test_a_file(tmp_path: Path) -> None:
    assert camera_finding(str(tmp_path)) == ("ok", str(tmp_path))
    missing = str(tmp_path / "film.mp4")
    assert camera_finding(missing) == ("note", f"there is no {missing}")
