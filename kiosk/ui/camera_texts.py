"""How the camera does, in words: what is wrong, and what to do about it."""

from __future__ import annotations

from kiosk.domain.status import CameraState, CameraStatus
from kiosk.ui.language import QT_TRANSLATE_NOOP, translate

_WRONG = {
    "not_found": (
        QT_TRANSLATE_NOOP("Camera", "No camera found"),
        QT_TRANSLATE_NOOP("Camera", "Plug it in again. It opens by itself."),
    ),
    "busy": (
        QT_TRANSLATE_NOOP("Camera", "Another program uses the camera"),
        QT_TRANSLATE_NOOP("Camera", "Close that program. It opens by itself."),
    ),
    "permission_denied": (
        QT_TRANSLATE_NOOP("Camera", "The camera is not permitted"),
        QT_TRANSLATE_NOOP("Camera", "Allow this program to use the camera in the system settings."),
    ),
    "unreadable": (
        QT_TRANSLATE_NOOP("Camera", "The camera's picture cannot be read"),
        QT_TRANSLATE_NOOP("Camera", "Check the camera's address or file in the settings."),
    ),
    "no_frames": (
        QT_TRANSLATE_NOOP("Camera", "No picture from the camera"),
        QT_TRANSLATE_NOOP("Camera", "Check cable and power. It is tried again by itself."),
    ),
    "frozen": (
        QT_TRANSLATE_NOOP("Camera", "The camera's picture stands still"),
        QT_TRANSLATE_NOOP("Camera", "It is being restarted. If that does not help, replug it."),
    ),
    "black": (
        QT_TRANSLATE_NOOP("Camera", "The camera sees only black"),
        QT_TRANSLATE_NOOP("Camera", "Remove the lens cover, or turn on the light."),
    ),
    "ended": (
        QT_TRANSLATE_NOOP("Camera", "The recording has ended"),
        QT_TRANSLATE_NOOP("Camera", "Start the program again to play it once more."),
    ),
    "crashed": (
        QT_TRANSLATE_NOOP("Camera", "The scanner is being restarted"),
        QT_TRANSLATE_NOOP("Camera", "One moment. Codes can be typed meanwhile: F3."),
    ),
    "hung": (
        QT_TRANSLATE_NOOP("Camera", "The scanner is being restarted"),
        QT_TRANSLATE_NOOP("Camera", "One moment. Codes can be typed meanwhile: F3."),
    ),
}
_OTHER = (
    QT_TRANSLATE_NOOP("Camera", "The camera is not available"),
    QT_TRANSLATE_NOOP("Camera", "It is tried again by itself. Codes can be typed meanwhile: F3."),
)
_STARTING = (
    QT_TRANSLATE_NOOP("Camera", "The camera is starting…"),
    QT_TRANSLATE_NOOP("Camera", "This takes a second or two."),
)
_OFF = (
    QT_TRANSLATE_NOOP("Camera", "This terminal has no camera"),
    QT_TRANSLATE_NOOP("Camera", "Use a hand scanner, or type the code: F3."),
)


def camera_text(camera: CameraStatus) -> tuple[str, str]:
    """What is going on, and what to do. Qt thread."""
    match camera.state:
        case CameraState.STARTING | CameraState.LIVE:
            title, advice = _STARTING
        case CameraState.OFF:
            title, advice = _OFF
        case CameraState.LOST:
            title, advice = _WRONG.get(camera.reason, _OTHER)
    return translate("Camera", title), translate("Camera", advice)
