"""Typed settings: ``config.toml`` in the home, and the defaults of what it leaves out.

What head office decides (times, limits) is the signed policy: :mod:`kiosk.domain.policy`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

CONFIG_FILE = "config.toml"
NO_CAMERA = "none"


class SettingsError(ValueError):
    """A settings file that cannot be used; the message names the file and the line or field."""


class CameraSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """``[camera]``"""

    source: str = "0"
    """Number, /dev/videoN, /dev/v4l/by-id/…, rtsp://…, video file, folder of pictures, ``none``."""
    rotate: Literal[0, 90, 180, 270] = 0
    """Degrees clockwise that make the picture upright."""
    mirror: bool = False
    """Flip left and right after that: for a camera that looks into a mirror."""
    format: Literal["auto", "yuyv", "nv12", "mjpeg"] = "auto"
    exposure: int | Literal["auto"] = "auto"
    """In the driver's own units."""
    focus: int | Literal["auto"] = "auto"
    torch: bool = False
    """Switch the camera's own lamp on, where it has one."""


class SoundSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """``[sound]``"""

    muted: bool = False


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """What a deployer may set; everything has a sensible default."""

    language: Literal["zh_CN", "en"] = "zh_CN"
    skin: Annotated[str, Meta(pattern="^[a-z0-9_-]{1,32}$")] = "default"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    camera: CameraSettings = CameraSettings()
    sound: SoundSettings = SoundSettings()


def load_settings(home: Path) -> Settings:
    """Read ``config.toml``; the defaults when there is none. Raises SettingsError."""
    path = home / CONFIG_FILE
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    try:
        return msgspec.toml.decode(raw, type=Settings)
    except (msgspec.MsgspecError, ValueError) as error:
        raise SettingsError(f"{path}: {error}") from None
