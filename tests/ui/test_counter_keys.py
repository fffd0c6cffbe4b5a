"""Keys that no person meant: held ones, those of a hand scanner, those that came too late."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from kiosk.counter.prepare import Prepared
from kiosk.devices.signals import Sound
from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.ui.presenters.states import CardOpen, CounterState, Ready, VerdictShown
from kiosk.ui.verdict_looks import LOOKS, REPEATED, Tone, is_repeated, look_of
from tests.ui.conftest import MakeTerminal, Terminal
from tests.ui.fakes import CRAB, line, prepared, record, refused, voucher

PRIMARY = [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2]
CODE = "TH1:6BF +O-Q %7"


@pytest.fixture
def terminal(make_terminal: MakeTerminal) -> Terminal:
    made = make_terminal()
    for number in (1, 2, 3):
        made.desk.answers[str(number)] = prepared(number)
    return made


def state(terminal: Terminal) -> CounterState:
    return terminal.window.counter_presenter.state


def send(terminal: Terminal, key: Qt.Key, *, repeat: bool = False) -> None:
    """A key press as the platform delivers it."""
    target = terminal.window.focusWidget() or terminal.window
    plain = Qt.KeyboardModifier.NoModifier
    event = QKeyEvent(QEvent.Type.KeyPress, key, plain, "", repeat)
    QApplication.sendEvent(target, event)
    terminal.settle()


@pytest.mark.parametrize("key", PRIMARY)
def test_a_held_key_counts_once(terminal: Terminal, key: Qt.Key) -> None:
    terminal.scan("1")
    terminal.scan("2")
    terminal.clock.now_s += 1.0
    send(terminal, key)
    assert isinstance(state(terminal), VerdictShown)
    for _ in range(20):
        terminal.clock.now_s += 0.12
        send(terminal, key, repeat=True)
    assert isinstance(state(terminal), VerdictShown)
    assert len(terminal.desk.confirmed) == 1


@pytest.mark.parametrize("key", [*PRIMARY, Qt.Key.Key_Escape])
def test_a_key_held_since_before_does_not_act_on_a_card(terminal: Terminal, key: Qt.Key) -> None:
    terminal.scan("1")
    terminal.clock.now_s += 1.0
    send(terminal, key, repeat=True)
    assert isinstance(state(terminal), CardOpen)


def test_f3_held_opens_nothing(terminal: Terminal) -> None:
    send(terminal, Qt.Key.Key_F3, repeat=True)
    assert state(terminal) == Ready()


def test_quantities_may_be_held(terminal: Terminal) -> None:
    terminal.desk.answers["many"] = prepared(4, line(CRAB, 5))
    terminal.scan("many")
    terminal.window.counter_presenter.start_partial()
    terminal.settle()
    for repeat in (False, True, True):
        terminal.clock.now_s += 0.1
        send(terminal, Qt.Key.Key_Minus, repeat=repeat)
    shown = state(terminal)
    assert isinstance(shown, CardOpen)
    assert shown.choice.pieces == 2


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Select])
def test_space_confirms_nothing_even_with_the_button_in_focus(
    terminal: Terminal, key: Qt.Key
) -> None:
    terminal.scan("1")
    terminal.clock.now_s += 1.0
    assert terminal.window.focusWidget() is terminal.window.counter.card.confirm_button
    QTest.keyClick(terminal.window.counter.card.confirm_button, key)
    terminal.settle()
    assert isinstance(state(terminal), CardOpen)
    assert terminal.desk.confirmed == []


@pytest.mark.parametrize("gap_s", [0.004, 0.08, 0.2])
@pytest.mark.parametrize("end", PRIMARY)
def test_a_hand_scanner_of_any_speed_confirms_nothing(
    terminal: Terminal, gap_s: float, end: Qt.Key
) -> None:
    terminal.scan("1")
    terminal.clock.now_s += 1.0
    for character in CODE:
        terminal.clock.now_s += gap_s
        QTest.keyClicks(terminal.window.focusWidget() or terminal.window, character)
    terminal.clock.now_s += gap_s
    QTest.keyClick(terminal.window.focusWidget() or terminal.window, end)
    terminal.settle()
    assert terminal.desk.confirmed == []
    assert isinstance(state(terminal), CardOpen)
    terminal.clock.now_s += 1.0
    send(terminal, end)
    assert len(terminal.desk.confirmed) == 1, "a person, a second later"


@pytest.mark.parametrize("key", PRIMARY)
def test_a_key_meant_for_the_answer_does_not_confirm_the_next_card(
    terminal: Terminal, key: Qt.Key
) -> None:
    terminal.desk.answers["no"] = refused(VerdictKind.WRONG_STORE, number=9)
    terminal.scan("no")
    terminal.clock.now_s += 2.0
    terminal.scan("1")
    terminal.clock.now_s += 0.3
    send(terminal, key)
    assert terminal.desk.confirmed == []
    terminal.clock.now_s += 0.2
    send(terminal, key)
    assert len(terminal.desk.confirmed) == 1


def test_a_touch_meant_for_the_answer_does_not_confirm_the_next_card(terminal: Terminal) -> None:
    terminal.scan("1")
    terminal.clock.now_s += 0.3
    button = terminal.window.counter.card.confirm_button
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert terminal.desk.confirmed == []
    terminal.clock.now_s += 0.2
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert len(terminal.desk.confirmed) == 1


def test_a_second_drawing_of_an_answer_is_not_measured_again(terminal: Terminal) -> None:
    terminal.desk.answers["no"] = refused(VerdictKind.WRONG_STORE, number=9)
    terminal.scan("no")
    terminal.scan("1")
    assert isinstance(state(terminal), VerdictShown)
    assert [kind for kind, _, _ in terminal.painted].count("verdict") == 1


def test_a_repeated_handover_is_told_with_its_time_and_is_not_green(terminal: Terminal) -> None:
    again = Verdict(VerdictKind.ACCEPTED, "same_request", voucher(1), record())
    terminal.desk.answers["again"] = Prepared(None, again)
    terminal.scan("again")
    page = terminal.window.counter.verdict
    said = "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())
    assert "本次已核销，请勿重复交货" in said
    assert "请勿再次交货，除非货物还在柜台上" in said
    assert "今天 13:20" in said
    assert "核销成功" not in said
    assert page.tone is Tone.ATTENTION
    assert terminal.signals.played == [Sound.ATTENTION]


def test_the_repeated_look_is_its_own() -> None:
    assert REPEATED.icon not in {look.icon for look in LOOKS.values()}
    assert look_of(Verdict(VerdictKind.ACCEPTED, "same_request")) is REPEATED
    assert not is_repeated(Verdict(VerdictKind.REPLAYED, "same_request"))
    assert not is_repeated(Verdict(VerdictKind.ACCEPTED, "redeemed"))
