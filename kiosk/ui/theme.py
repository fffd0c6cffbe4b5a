"""The skin in force and the views that follow it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QWidget

from kiosk.ui.skin import Skin


class Theme(QObject):
    """Holds the skin; `changed` tells the views that paint by themselves. Qt thread."""

    changed = Signal()

    def __init__(self, skin: Skin, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.skin = skin

    def dress(self, window: QWidget) -> None:
        """Put the style sheet on a window."""
        window.setStyleSheet(self.skin.style_sheet())

    def use(self, skin: Skin, window: QWidget) -> None:
        """Change to another skin or scale."""
        self.skin = skin
        self.dress(window)
        self.changed.emit()


class View(QWidget):
    """A part of the screen that words itself anew on a language change and follows the theme."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        theme.changed.connect(self.restyle)

    @property
    def skin(self) -> Skin:
        """The skin in force."""
        return self.theme.skin

    def reword(self) -> None:
        """Set every sentence in the language in force."""

    def restyle(self) -> None:
        """Set what the style sheet cannot: icons, own margins."""

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.reword()
        super().changeEvent(event)
