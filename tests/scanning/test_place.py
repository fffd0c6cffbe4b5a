"""Places: what is waited for, what is noticed, and what a process may keep for it."""

import os
import sys
from pathlib import Path

import pytest

from kiosk.scanning.confinement import Allowance
from kiosk.scanning.place import Place
from kiosk.scanning.state import ScannerState, SourceFault


def test_a_file_is_waited_for_and_missed_when_it_goes(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    place = Place(str(film))
    fault = place.fault()
    assert fault is not None
    assert fault.state is ScannerState.NOT_FOUND
    assert not place.moved(), "what was never there cannot have gone"
    film.write_bytes(b"one")
    assert place.fault() is None
    assert place.allowance() == Allowance(read=(film.resolve(),))
    film.write_bytes(b"written on in place")
    assert not place.moved()
    other = tmp_path / "other.mp4"
    other.write_bytes(b"two")
    other.replace(film)
    assert place.moved()
    assert place.fault() is None, "remembers what is there now"
    assert not place.moved()
    film.unlink()
    assert place.moved()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_lasting_name_that_points_to_another_camera_is_another_place(tmp_path: Path) -> None:
    for number in (0, 2):
        (tmp_path / f"video{number}").touch()
    name = tmp_path / "usb-Maker_Camera_123-video-index0"
    name.symlink_to(tmp_path / "video0")
    place = Place(str(name))
    assert place.fault() is None
    assert place.allowance().read == ((tmp_path / "video0").resolve(),)
    # Plugged out and in again, it got another number.
    name.unlink()
    assert place.moved()
    name.symlink_to(tmp_path / "video2")
    assert place.moved()
    assert place.fault() is None
    assert place.allowance().read == ((tmp_path / "video2").resolve(),)


@pytest.mark.skipif(sys.platform != "linux", reason="device files are Linux")
def test_a_camera_is_its_device_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Place("/dev/null").fault() is None
    assert Place("/dev/null").allowance() == Allowance(device=Path("/dev/null"))
    missing = Place("63").fault()
    assert missing is not None
    assert "/dev/video63" in missing.detail
    monkeypatch.setattr(os, "access", lambda path, mode: mode == os.R_OK)
    denied = Place("/dev/null").fault()
    assert denied is not None
    assert denied.state is ScannerState.PERMISSION_DENIED
    assert "group video" in denied.detail


@pytest.mark.parametrize(
    "address,port",
    [
        ("rtsp://me:secret@camera/live", 554),
        ("RTSP://camera:8554/live", 8554),
        ("rtsps://camera/live", 322),
        ("https://camera/", 443),
        ("http://[::1]/", 80),
    ],
)
def test_a_network_camera_is_its_port(address: str, port: int) -> None:
    place = Place(address)
    assert place.fault() is None
    assert place.allowance() == Allowance(connect_port=port)
    assert not place.moved()


def test_an_address_that_is_none_is_a_fault() -> None:
    with pytest.raises(SourceFault, match="not_found"):
        Place("rtsp://camera:99999/").allowance()


def test_a_simulated_camera_has_no_place() -> None:
    place = Place("sim:/no/such/scene.json")
    assert place.fault() is None
    assert place.allowance() == Allowance()
