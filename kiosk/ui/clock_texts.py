"""Why the clock is not trusted, in words, and what to do about it."""

from __future__ import annotations

from kiosk.ui.language import QT_TRANSLATE_NOOP, translate

_WRONG = {
    "never_synced": (
        QT_TRANSLATE_NOOP("Status", "never synchronised"),
        QT_TRANSLATE_NOOP("Status", "Connect to the network once: the time comes from central."),
    ),
    "rebooted": (
        QT_TRANSLATE_NOOP("Status", "restarted without network"),
        QT_TRANSLATE_NOOP(
            "Status", "Connect to the network, or scan fresh changing codes of three orders."
        ),
    ),
    "wall_clock_changed": (
        QT_TRANSLATE_NOOP("Status", "the clock was changed"),
        QT_TRANSLATE_NOOP(
            "Status",
            "Check the system clock and connect to the network, or scan fresh changing codes of "
            "three orders.",
        ),
    ),
    "wall_clock_behind": (
        QT_TRANSLATE_NOOP("Status", "the clock is behind"),
        QT_TRANSLATE_NOOP("Status", "Set the system clock right and connect to the network."),
    ),
}
_UNTIL_THEN = QT_TRANSLATE_NOOP(
    "Status", "Until then changing codes need a supervisor's approval (F4)."
)


def clock_text(reason: str) -> tuple[str, str]:
    """What is wrong, and what to do; an unknown reason as it is. Qt thread."""
    what, advice = _WRONG.get(reason, ("", ""))
    if not what:
        return reason, translate("Status", _UNTIL_THEN)
    return (
        translate("Status", what),
        f"{translate('Status', advice)}\n{translate('Status', _UNTIL_THEN)}",
    )
