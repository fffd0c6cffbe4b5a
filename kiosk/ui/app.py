"""Starts the application and shows the counter window."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from kiosk.domain.staff import StaffMember
from kiosk.ui.language import Language, Languages
from kiosk.ui.skin import Skin, installed_families, load_skin
from kiosk.ui.window import CounterParts, CounterWindow

DEFAULT_SIZE = (1280, 800)


def application(skin: Skin) -> QApplication:
    """The Qt application, made on first use, in the fonts of a skin. Main thread."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
        app.setApplicationName("pickup-kiosk")
        app.setStyle("Fusion")
    font = QFont()
    font.setFamilies(installed_families(skin.tokens.type.families))
    app.setFont(font)
    return app


def run_window(
    parts: CounterParts,
    *,
    language: str = Language.CHINESE,
    skin: str = "default",
    scheme: str = "light",
    full_screen: bool = False,
    staff: StaffMember | None = None,
    on_ready: Callable[[CounterWindow], None] | None = None,
) -> int:
    """Show the counter window until it is closed; the exit code. Main thread.

    `on_ready` gets the window once it is on screen: the place to connect its `scanned` and
    `status_changed` (both may be called from any thread). `staff` is signed in without a PIN.
    Raises BadSkin and MissingTranslation for a broken installation.
    """
    chosen = load_skin(skin, scheme)
    app = application(chosen)
    languages = Languages()
    languages.use(Language(language))
    window = CounterWindow(parts, chosen, languages)
    if staff is not None:
        window.sign_in_as(staff)
    window.resize(*DEFAULT_SIZE)
    if full_screen:
        window.showFullScreen()
    else:
        window.show()
    # Ctrl+C and a service manager close the window in order; the status timer lets Python see it.
    before = {
        number: signal.signal(number, lambda *_: window.close())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    if on_ready is not None:
        on_ready(window)
    try:
        return app.exec()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
