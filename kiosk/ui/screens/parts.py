"""Small pieces that the screens are made of."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from kiosk.ui.icons import IconLabel, icon
from kiosk.ui.skin import Skin

CONTAINERS = 8  # how deep a label lies: badge, page, frame, stack, screen, stack, window; one more


def text_label(role: str, *, wrap: bool = False, parent: QWidget | None = None) -> QLabel:
    """A label in one of the style sheet's text roles; plain text only, whatever it holds."""
    label = QLabel(parent)
    label.setProperty("textRole", role)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    return label


def set_role(label: QLabel, role: str) -> None:
    """Give a label another text role; cheap when it has it already."""
    if label.property("textRole") != role:
        label.setProperty("textRole", role)
        label.style().unpolish(label)
        label.style().polish(label)


def lay_out() -> None:
    """Give everything its place now.

    Qt puts that off to later events, one for each container that holds another, and what is
    painted before would be cut off.
    """
    for _ in range(CONTAINERS):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)


def panel(kind: str, parent: QWidget | None = None) -> QFrame:
    """A frame in one of the style sheet's panel kinds."""
    frame = QFrame(parent)
    frame.setProperty("panel", kind)
    return frame


_ARROWS = {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right}
_PRESSING = {Qt.Key.Key_Space, Qt.Key.Key_Select, Qt.Key.Key_Return, Qt.Key.Key_Enter}


class Button(QPushButton):
    """Leaves the arrow keys to the screen: Qt's would wander to any button nearby.

    A primary button leaves it all keys: a hand scanner's spaces and Enter must not press it, and
    only the screen can tell those from a person's.
    """

    def keyPressEvent(self, event: QKeyEvent) -> None:
        pressed = self.property("kind") == "primary" and event.key() in _PRESSING
        if pressed or event.key() in _ARROWS:
            event.ignore()
        else:
            super().keyPressEvent(event)


def push_button(
    kind: str, on_click: Callable[[], None], *, big: bool = False, parent: QWidget | None = None
) -> QPushButton:
    """A button in one of the style sheet's kinds."""
    button = Button(parent)
    button.setProperty("kind", kind)
    button.setProperty("big", big)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    button.clicked.connect(lambda _checked=False: on_click())
    return button


def set_icon(button: QPushButton, name: str, colour: str, size: int) -> None:
    """Put an icon on a button."""
    button.setIcon(icon(name, colour, size, button.devicePixelRatioF()))
    button.setIconSize(QSize(size, size))


class Banner(QFrame):
    """A coloured strip with an icon and one sentence; hidden while there is nothing to say."""

    def __init__(self, kind: str, icon_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", kind)
        self._kind, self._icon_name = kind, icon_name
        self._icon = IconLabel(self)
        self._label = text_label("strong", wrap=True, parent=self)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._label, 1)
        self._row = row
        self.hide()

    def restyle(self, skin: Skin, *, tight: bool = False) -> None:
        """Icon and margins for this skin; `tight` where several stand above each other."""
        colour: str = getattr(skin.palette, f"{self._kind}_ink")
        self._icon.show_icon(self._icon_name, colour, skin.px(22))
        across, down = skin.px(14), skin.px(4 if tight else 10)
        self._row.setContentsMargins(across, down, across, down)
        self._row.setSpacing(skin.px(10))

    def say(self, text: str) -> None:
        """Show a sentence; an empty one hides the banner."""
        self._label.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))

    @property
    def text(self) -> str:
        """What it says now."""
        return self._label.text()
