"""Whether a window can be shown here; asked before Qt is, which would abort the process."""

from __future__ import annotations

import os
import sys


def display_present() -> bool:
    """Whether this session has a screen."""
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def window_possible() -> bool:
    """Whether Qt can open a window: on a screen, or through a platform that needs none."""
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    return platform not in {"", "xcb", "wayland"} or display_present()
