"""The clerk counter: viewfinder and recent redemptions at the left, the one answer at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from kiosk.domain.status import CameraStatus
from kiosk.ui.ports import PreviewSource
from kiosk.ui.presenters.counter import CounterPresenter
from kiosk.ui.presenters.offers import Offer
from kiosk.ui.presenters.states import (
    CardOpen,
    ChallengeShown,
    CounterState,
    Fault,
    Judging,
    Ready,
    SupervisorAsked,
    TypingCode,
    VerdictShown,
)
from kiosk.ui.screens.card_page import CardActions, CardPage
from kiosk.ui.screens.challenge_page import ChallengePage
from kiosk.ui.screens.fault_page import FaultPage
from kiosk.ui.screens.names import Names
from kiosk.ui.screens.parts import panel
from kiosk.ui.screens.ready_page import ReadyPage
from kiosk.ui.screens.recent_list import RecentList
from kiosk.ui.screens.supervisor_page import SupervisorPage
from kiosk.ui.screens.typing_page import TypingPage
from kiosk.ui.screens.verdict_page import VerdictPage
from kiosk.ui.screens.viewfinder import Viewfinder
from kiosk.ui.theme import Theme, View

LEFT_SHARE, NARROW_LEFT_SHARE = 0.37, 0.33
NARROW = 960
PICTURE_SHAPE = 9 / 16
_FIRST_TYPE = (
    *(("label", "regular"), ("label", "strong"), ("body", "strong"), ("title", "strong")),
    *(("title", "heavy"), ("headline", "heavy"), ("hero", "heavy")),
)
"""Type of the order card and the verdict."""


class CounterScreen(View):
    """Draws the states of the counter; every rule is the presenter's."""

    def __init__(
        self,
        theme: Theme,
        presenter: CounterPresenter,
        preview: PreviewSource | None,
        names: Names,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self._presenter = presenter
        self.viewfinder = Viewfinder(theme, preview, self)
        self.recent = RecentList(theme, self)
        self.ready = ReadyPage(theme, presenter.type_code)
        actions = CardActions(
            presenter.primary, presenter.start_partial, presenter.back, presenter.set_quantity
        )
        self.card = CardPage(theme, actions, names.staff)
        self.verdict = VerdictPage(theme, presenter.back, names, on_offer=self._take_offer)
        self.typing: TypingPage | None = None
        self.fault: FaultPage | None = None
        self.challenge: ChallengePage | None = None
        self.supervisor: SupervisorPage | None = None
        self.pages = QStackedWidget(self)
        self._frames: dict[QWidget, QWidget] = {}
        for page in (self.ready, self.card):
            self._add_framed(page)
        self._add(self.verdict)
        left = QVBoxLayout()
        left.addWidget(self.viewfinder)
        left.addWidget(self.recent, 1)
        self._left = left
        self._row = QHBoxLayout(self)
        self._row.addLayout(left)
        self._row.addWidget(self.pages, 1)
        self.restyle()

    def _add(self, page: QWidget) -> None:
        self.pages.addWidget(page)
        self._frames[page] = page

    def _add_framed(self, page: QWidget) -> None:
        frame = panel("surface")
        inner = QVBoxLayout(frame)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(page)
        self.pages.addWidget(frame)
        self._frames[page] = frame

    # ------------------------------------------------------------ drawing

    def show_state(self, state: CounterState, *, now_unix_s: float, now_s: float) -> None:
        """Draw a state; `now_s` is monotonic."""
        self.viewfinder.show_busy(isinstance(state, Judging))
        self._leave_pages(state)
        match state:
            case Ready() | Judging():
                self.ready.show_state(state)
                self._turn_to(self.ready)
            case CardOpen():
                left_s = state.card.valid_until_s - now_s
                self._turn_to(self.card)
                self.card.show_state(state, now_unix_s=now_unix_s, left_s=left_s)
            case VerdictShown():
                self.verdict.show_state(state, now_unix_s=now_unix_s)
                self._turn_to(self.verdict)
            case TypingCode():
                page = self._typing_page()
                self._turn_to(page)
                page.show_state(state)
            case ChallengeShown():
                challenge = self._challenge_page()
                challenge.show_state(state, left_s=state.challenge.valid_until_s - now_s)
                self._turn_to(challenge)
            case SupervisorAsked():
                supervisor = self._supervisor_page()
                self._turn_to(supervisor)
                supervisor.show_state(state)
            case Fault():
                fault = self._fault_page()
                self._turn_to(fault)
                fault.show_state(state)

    def _leave_pages(self, state: CounterState) -> None:
        """What was typed goes with its page."""
        if self.typing is not None and not isinstance(state, TypingCode | Judging):
            self.typing.leave()
        if self.supervisor is not None and not isinstance(state, SupervisorAsked):
            self.supervisor.leave()

    def _turn_to(self, page: QWidget) -> None:
        if self.pages.currentWidget() is self._frames[page]:
            return
        # Hiding the control that has the focus would let Qt choose the next one, and the next
        # Enter would press that.
        self.window().setFocus(Qt.FocusReason.OtherFocusReason)
        self.pages.setCurrentWidget(self._frames[page])

    def _typing_page(self) -> TypingPage:
        if self.typing is None:
            presenter = self._presenter
            self.typing = TypingPage(
                self.theme, self._typed, presenter.typed_serial, presenter.back
            )
            self._add_framed(self.typing)
        return self.typing

    def _challenge_page(self) -> ChallengePage:
        if self.challenge is None:
            presenter = self._presenter
            self.challenge = ChallengePage(self.theme, presenter.call_supervisor, presenter.back)
            self._add_framed(self.challenge)
        return self.challenge

    def _supervisor_page(self) -> SupervisorPage:
        if self.supervisor is None:
            presenter = self._presenter
            self.supervisor = SupervisorPage(self.theme, presenter.supervisor, presenter.back)
            self._add_framed(self.supervisor)
        return self.supervisor

    def _fault_page(self) -> FaultPage:
        if self.fault is None:
            self.fault = FaultPage(self.theme, self._presenter.retry, self._presenter.back)
            self._add_framed(self.fault)
        return self.fault

    def _take_offer(self, offer: Offer) -> None:
        if offer is Offer.RETYPE:
            self._presenter.type_code()
        else:
            self._presenter.call_supervisor()

    def _typed(self, text: str) -> None:
        self._presenter.scanned(text, None)

    def show_time(self, state: CounterState, now_s: float) -> None:
        """Let countdowns go on; monotonic seconds."""
        match state:
            case CardOpen():
                self.card.show_left(state.card.valid_until_s - now_s)
            case VerdictShown():
                self.verdict.show_left(now_s)
            case ChallengeShown() if self.challenge is not None:
                self.challenge.show_left(state.challenge.valid_until_s - now_s)

    def show_camera(self, camera: CameraStatus) -> None:
        """How the camera does."""
        self.viewfinder.show_camera(camera)

    def warm_up(self) -> None:
        """Do before the first customer what Qt puts off: styles and glyphs of hidden pages."""
        for page in (self.card, self.verdict):
            for widget in page.findChildren(QWidget):
                widget.ensurePolished()
        canvas = QPixmap(8, 8)
        painter = QPainter(canvas)
        for size, weight in _FIRST_TYPE:
            painter.setFont(self.skin.font(size, weight))
            painter.drawText(0, 8, "核销0×")
        painter.end()

    # ------------------------------------------------------------ geometry

    def restyle(self) -> None:
        px = self.skin.px
        edge = px(18)
        self._row.setContentsMargins(edge, edge, edge, edge)
        self._row.setSpacing(edge)
        self._left.setSpacing(edge)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        share = NARROW_LEFT_SHARE if self.width() < self.skin.px(NARROW) else LEFT_SHARE
        width = round(self.width() * share)
        self.viewfinder.setFixedSize(width, round(width * PICTURE_SHAPE))
        self.recent.setFixedWidth(width)
