"""Digits for the customer's phone: large, as a QR code too, with the time that is left."""

from __future__ import annotations

from collections.abc import Callable

import segno
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kiosk.domain.serials import grouped
from kiosk.ui.language import translate
from kiosk.ui.presenters.states import ChallengeShown, Notice
from kiosk.ui.screens.countdown import Countdown
from kiosk.ui.screens.parts import Banner, push_button, set_icon, text_label
from kiosk.ui.theme import Theme, View

QUIET = 4  # modules of white around a QR code
LARGEST, SMALLEST = 96, 36  # px of the digits, before scaling


class LargeDigits(View):
    """Digits in fours, as large as the room allows."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._digits = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_digits(self, digits: str) -> None:
        """Draw these."""
        self._digits = digits
        self.setAccessibleName(grouped(digits))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self.skin.px(320), self.skin.px(174))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.skin.px(200), self.skin.px(145))

    def restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.skin.colour("sunken"))
        radius = self.skin.px(self.skin.tokens.radius.medium)
        painter.drawRoundedRect(self.rect(), radius, radius)
        text = grouped(self._digits).replace(" ", "  ")
        font = self.skin.font("hero", "heavy")
        room = self.rect().adjusted(self.skin.px(16), 0, -self.skin.px(16), 0)
        for size in range(LARGEST, SMALLEST - 1, -2):
            font.setPixelSize(self.skin.px(size))
            measured = QFontMetrics(font)
            if measured.horizontalAdvance(text) <= room.width() and (
                measured.capHeight() * 2 <= room.height()
            ):
                break
        painter.setFont(font)
        painter.setPen(self.skin.colour("ink"))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()


class QrPicture(View):
    """A QR code in whole pixels, black on white in every skin: cameras want it so."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._text = ""
        self._matrix: tuple[bytearray, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str) -> None:
        """Draw this text; nothing happens when it is drawn already."""
        if text != self._text:
            self._text = text
            self._matrix = segno.make(text, error="q", micro=False).matrix
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        side = self._module() * (len(self._matrix) + 2 * QUIET)
        return QSize(side, side)

    def restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def _module(self) -> int:
        """Pixels of one module."""
        return max(4, self.skin.px(6))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(Qt.GlobalColor.white))
        module = self._module()
        for y, row in enumerate(self._matrix):
            for x, dark in enumerate(row):
                if dark:
                    place = QRectF((x + QUIET) * module, (y + QUIET) * module, module, module)
                    painter.fillRect(place, QColor(Qt.GlobalColor.black))
        painter.end()


class ChallengePage(View):
    """Draws ChallengeShown; scanning goes on meanwhile."""

    def __init__(
        self,
        theme: Theme,
        on_supervisor: Callable[[], None],
        on_back: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self._state: ChallengeShown | None = None
        self._whole_s = 1.0
        self._wrong = Banner("attention", "triangle-alert", self)
        self._next = Banner("accent", "user-round", self)
        self._headline = text_label("headline", wrap=True, parent=self)
        self._lead = text_label("soft", wrap=True, parent=self)
        self._countdown = Countdown(theme, self)
        self.digits = LargeDigits(theme, self)
        self.code = QrPicture(theme, self)
        self._or = text_label("label", wrap=True, parent=self)
        self._or.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._back = push_button("secondary", on_back, big=True, parent=self)
        self.supervisor = push_button("secondary", on_supervisor, big=True, parent=self)
        self._words = QVBoxLayout()
        self._words.addWidget(self._headline)
        self._words.addWidget(self._lead)
        self._head = QHBoxLayout()
        self._head.addLayout(self._words, 1)
        self._head.addWidget(self._countdown, 0, Qt.AlignmentFlag.AlignTop)
        self._middle = QHBoxLayout()
        self._middle.addWidget(self.digits, 1)
        self._middle.addWidget(self.code)
        self._foot = QHBoxLayout()
        self._foot.addWidget(self._back)
        self._foot.addWidget(self.supervisor, 1)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self._wrong)
        self._column.addWidget(self._next)
        self._column.addLayout(self._head)
        self._column.addStretch(1)
        self._column.addLayout(self._middle)
        self._column.addWidget(self._or)
        self._column.addStretch(2)
        self._column.addLayout(self._foot)
        self.restyle()

    def show_state(self, state: ChallengeShown, *, left_s: float) -> None:
        """Draw the digits. `left_s`: seconds for which they stay valid."""
        if self._state is None or state.challenge != self._state.challenge:
            self._whole_s = max(1.0, left_s)
        self._state = state
        self.digits.show_digits(state.challenge.digits)
        self.code.show_text(state.challenge.digits)
        self.show_left(left_s)
        self.reword()

    def show_left(self, left_s: float) -> None:
        """Let the countdown go on."""
        self._countdown.show_left(left_s, self._whole_s)

    def reword(self) -> None:
        state = self._state
        if state is None:
            return
        self._headline.setText(
            translate("Challenge", "Ask the customer to type these digits on the phone page")
        )
        self._lead.setText(
            translate(
                "Challenge",
                "An order of this value needs it. Then scan the phone again: the order card opens "
                "by itself.",
            )
        )
        self._or.setText(translate("Challenge", "A phone that scans this gets the same digits."))
        wrong = state.verdict.reason == "challenge_wrong"
        self._wrong.say(
            translate(
                "Challenge",
                "The phone signed other digits: mistyped, or those shown before. Type these.",
            )
            if wrong
            else ""
        )
        notices = {
            Notice.NEXT_WAITING: translate(
                "Challenge", "Another customer's code was scanned; it waits."
            ),
            Notice.NOT_A_CODE: translate(
                "Challenge", "Something that is not a pickup code was left out."
            ),
        }
        self._next.say(notices.get(state.notice, "") if state.notice else "")
        # Where room is short, what is new comes before what was read already.
        self._lead.setVisible(not (wrong or state.notice))
        self._back.setText(translate("Challenge", "Cancel (Esc)"))
        self.supervisor.setText("  " + translate("Challenge", "Supervisor… (F4)"))
        self.setAccessibleName(f"{self._headline.text()}: {self.digits.accessibleName()}")

    def restyle(self) -> None:
        px = self.skin.px
        edge = px(24)
        self._column.setContentsMargins(edge, px(20), edge, px(20))
        self._column.setSpacing(px(12))
        self._head.setSpacing(px(14))
        self._words.setSpacing(px(6))
        self._middle.setSpacing(px(18))
        self._foot.setSpacing(px(12))
        for banner in (self._wrong, self._next):
            banner.restyle(self.skin)
        set_icon(self.supervisor, "supervisor", self.skin.palette.ink, px(22))
