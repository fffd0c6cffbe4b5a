"""From the settings file to the camera, and from the camera to the log."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from kiosk.scanning.camera_options import CameraOptions
from kiosk.scanning.state import ScannerState, StateChange
from kiosk.settings import SettingsError, load_settings
from kiosk.window import _note, _note_lacking, _options


def settings_in(home: Path, text: str) -> CameraOptions:
    (home / "config.toml").write_text(text, encoding="utf-8")
    return _options(load_settings(home).camera)


def test_without_settings_a_camera_is_as_it_comes(tmp_path: Path) -> None:
    assert _options(load_settings(tmp_path).camera) == CameraOptions()


def test_settings_reach_the_camera(tmp_path: Path) -> None:
    text = """
    [camera]
    source = "/dev/v4l/by-id/usb-Maker_C1_S2-video-index0"
    rotate = 270
    mirror = true
    format = "mjpeg"
    exposure = 150
    focus = 20
    torch = true
    """
    expected = CameraOptions(270, True, "mjpeg", 150, 20, True)
    assert settings_in(tmp_path, text) == expected
    assert settings_in(tmp_path, '[camera]\nexposure = "auto"\nfocus = 0') == CameraOptions(focus=0)


@pytest.mark.parametrize(
    "wrong", ["rotate = 45", 'format = "h264"', 'exposure = "bright"', 'torch = "on"', "turn = 90"]
)
def test_a_wrong_setting_names_the_file(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(SettingsError, match=r"config\.toml"):
        settings_in(tmp_path, f"[camera]\n{wrong}")


def test_each_state_is_logged_with_its_reason() -> None:
    with capture_logs() as logs:
        _note(StateChange(ScannerState.LIVE, "/dev/video0", 1.0))
        _note(StateChange(ScannerState.BUSY, "/dev/video0 is in use", 2.0))
    assert [(log["log_level"], log["state"], log["reason"]) for log in logs] == [
        ("info", "live", "/dev/video0"),
        ("warning", "busy", "/dev/video0 is in use"),
    ]


def test_what_the_confinement_lacks_is_logged() -> None:
    with capture_logs() as logs:
        _note_lacking("")
        _note_lacking("Landlock (not here)")
    assert [log["lacking"] for log in logs] == ["Landlock (not here)"]
