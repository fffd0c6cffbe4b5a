"""The counter window, worked by mouse and keyboard."""

import threading

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton, QWidget
from shiboken6 import isValid

from kiosk.counter.prepare import Prepared
from kiosk.devices.signals import Sound
from kiosk.domain.verdicts import RedemptionRecord, Verdict, VerdictKind
from kiosk.domain.vouchers import Item
from kiosk.ledger.errors import DiskTrouble
from kiosk.ui.demo_panel import DemoActions, DemoCustomer
from kiosk.ui.language import Language
from kiosk.ui.presenters.states import (
    CardOpen,
    CounterState,
    Fault,
    Notice,
    Ready,
    SignedOut,
    TypingCode,
    VerdictShown,
)
from tests.ui.conftest import MakeTerminal, Terminal
from tests.ui.fakes import CRAB, NOW_UNIX_S, VINEGAR, line, prepared, refused

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def terminal(make_terminal: MakeTerminal) -> Terminal:
    return make_terminal()


def press(terminal: Terminal, key: Qt.Key, text: str = "") -> None:
    """A person's key: never within a burst."""
    terminal.clock.now_s += 1.0
    target = terminal.window.focusWidget() or terminal.window
    QTest.keyClick(target, key)
    terminal.settle()


def click(terminal: Terminal, widget: QWidget) -> None:
    assert widget.isVisible()
    assert widget.isEnabled()
    terminal.clock.now_s += 0.5  # a person looks first
    QTest.mouseClick(widget, LEFT)
    terminal.settle()


def state(terminal: Terminal) -> CounterState:
    return terminal.window.counter_presenter.state


def words(widget: QWidget) -> str:
    """All that a widget says to the eye."""
    said = [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]
    said += [button.text() for button in widget.findChildren(QPushButton) if button.isVisible()]
    return "\n".join(said)


def test_a_handover_with_two_touches(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = prepared(1)
    terminal.scan("a")
    assert "A01" in words(terminal.window)
    click(terminal, terminal.window.counter.card.confirm_button)
    assert terminal.window.counter.verdict.isVisible()
    assert "核销成功" in words(terminal.window.counter.verdict)
    assert "2 × 阳澄湖大闸蟹礼盒 8 只装" in words(terminal.window.counter.verdict)
    assert terminal.signals.played == [Sound.SUCCESS]
    QTest.mouseClick(terminal.window.counter.verdict, LEFT)
    terminal.settle()
    assert state(terminal) == Ready()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2])
def test_a_handover_by_keyboard(terminal: Terminal, key: Qt.Key) -> None:
    terminal.desk.answers["a"] = prepared(1)
    terminal.scan("a")
    press(terminal, key)
    assert isinstance(state(terminal), VerdictShown)
    press(terminal, Qt.Key.Key_Escape)
    assert state(terminal) == Ready()


def test_enter_alone_serves_customer_after_customer(terminal: Terminal) -> None:
    for number in (1, 2, 3):
        terminal.desk.answers[str(number)] = prepared(number)
        terminal.scan(str(number))
        press(terminal, Qt.Key.Key_Return)
        assert isinstance(state(terminal), VerdictShown)
        assert not terminal.window._ring.isVisible(), "a page that went must not move the focus on"
        press(terminal, Qt.Key.Key_Return)
        assert state(terminal) == Ready()
    assert len(terminal.desk.confirmed) == 3
    assert terminal.languages.language is Language.CHINESE


def test_escape_cancels_a_card(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = prepared(1)
    terminal.scan("a")
    press(terminal, Qt.Key.Key_Escape)
    assert state(terminal) == Ready()
    assert len(terminal.desk.dismissed) == 1


def test_enter_on_another_button_presses_that_button(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = prepared(1)
    terminal.scan("a")
    while (focused := terminal.window.focusWidget()) is None or "取消" not in _text(focused):
        press(terminal, Qt.Key.Key_Tab)
    press(terminal, Qt.Key.Key_Return)
    assert terminal.desk.confirmed == []
    assert state(terminal) == Ready()


def _text(widget: QWidget) -> str:
    return widget.text() if isinstance(widget, QAbstractButton) else ""


def test_tab_shows_where_the_focus_is_and_a_click_does_not(terminal: Terminal) -> None:
    ring = terminal.window._ring
    terminal.desk.answers["a"] = prepared(1)
    terminal.scan("a")
    assert not ring.isVisible()
    press(terminal, Qt.Key.Key_Tab)
    focused = terminal.window.focusWidget()
    assert focused is not None
    assert ring.isVisible()
    corner = focused.mapTo(terminal.window, QPoint(0, 0))
    assert ring.geometry().contains(corner)
    click(terminal, terminal.window.header.mute)
    assert not ring.isVisible()


def ringed(terminal: Terminal) -> bool:
    """Whether the ring lies around the control in focus, and nowhere else."""
    focused, ring = terminal.window.focusWidget(), terminal.window._ring
    assert focused is not None
    here = QRect(focused.mapTo(terminal.window, QPoint(0, 0)), focused.size())
    return ring.isVisible() and ring.geometry().center() == here.center()


def test_the_ring_stays_around_its_control(make_terminal: MakeTerminal) -> None:
    customers = tuple(DemoCustomer(f"c{n}", f"{n}", f"{n}", "", "") for n in range(3))
    actions = DemoActions(lambda _key: None, lambda _online: None)
    terminal = make_terminal(demo=(customers, actions))
    demo = terminal.window.demo
    assert demo is not None
    while terminal.window.focusWidget() is not demo.fold:
        press(terminal, Qt.Key.Key_Tab)
    assert ringed(terminal)
    press(terminal, Qt.Key.Key_Return)
    assert demo.collapsed
    assert ringed(terminal), "the strip folded away"
    terminal.window.resize(1100, 700)
    terminal.settle()
    assert ringed(terminal), "the window became smaller"


def test_the_ring_goes_with_its_control(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(signed_in=False)
    tile = terminal.window.sign_in.tiles["s01"]
    while terminal.window.focusWidget() is not tile:
        press(terminal, Qt.Key.Key_Tab)
    assert ringed(terminal)
    terminal.desk.staff = terminal.desk.staff[1:]
    terminal.window.sign_in_presenter.start()
    terminal.settle()
    assert not isValid(tile)
    assert list(terminal.window.sign_in.tiles) == ["s02", "s03"]
    assert not terminal.window._ring.isVisible()


def test_a_hand_scanner_typing_into_an_open_card_confirms_nothing(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = prepared(1)
    terminal.scan("a")
    for character in "TH1:6BF +O-Q":
        terminal.clock.now_s += 0.004
        QTest.keyClicks(terminal.window, character)
    terminal.clock.now_s += 0.004
    QTest.keyClick(terminal.window, Qt.Key.Key_Return)
    terminal.settle()
    assert terminal.desk.confirmed == []
    assert isinstance(state(terminal), CardOpen)


def test_some_of_it_by_touch(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = prepared(1, line(CRAB, 3), line(VINEGAR, 1))
    terminal.scan("a")
    card = terminal.window.counter.card
    click(terminal, card._partial)
    row = card._rows[0]
    click(terminal, row._minus)
    click(terminal, row._minus)
    click(terminal, row._plus)
    assert not row._minus.isHidden()
    click(terminal, card.confirm_button)
    assert terminal.desk.confirmed[0][1] == (Item(CRAB.sku, 2), Item(VINEGAR.sku, 1))


def test_some_of_it_by_keyboard(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = prepared(1, line(CRAB, 3), line(VINEGAR, 2))
    terminal.scan("a")
    terminal.window.counter_presenter.start_partial()
    terminal.settle()
    press(terminal, Qt.Key.Key_Minus)
    press(terminal, Qt.Key.Key_Down)
    press(terminal, Qt.Key.Key_Minus)
    press(terminal, Qt.Key.Key_Minus)
    press(terminal, Qt.Key.Key_Plus)
    press(terminal, Qt.Key.Key_F2)
    assert terminal.desk.confirmed[0][1] == (Item(CRAB.sku, 2), Item(VINEGAR.sku, 1))


def test_a_partial_pickup_says_how_much_is_left(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = prepared(1, line(CRAB, 5, 3), line(VINEGAR, 2))
    terminal.scan("a")
    terminal.window.counter_presenter.start_partial()
    terminal.window.counter_presenter.set_quantity(0, 1)
    terminal.window.counter_presenter.set_quantity(1, 0)
    terminal.settle()
    terminal.clock.now_s += 1.0
    click(terminal, terminal.window.counter.card.confirm_button)
    assert terminal.window.counter.verdict.isVisible()
    assert "剩余 4 件" in words(terminal.window.counter.verdict), "of 3 and 2, 1 was taken"
    terminal.window.use_language(Language.ENGLISH)
    terminal.settle()
    assert "4 left" in words(terminal.window.counter.verdict)


def test_a_whole_pickup_says_nothing_of_a_rest(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = prepared(1)
    terminal.scan("a")
    terminal.clock.now_s += 1.0
    click(terminal, terminal.window.counter.card.confirm_button)
    assert terminal.window.counter.verdict.isVisible()
    assert "剩余" not in words(terminal.window.counter.verdict)


def test_the_code_of_a_refusal_is_for_support(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = refused(VerdictKind.ALREADY_REDEEMED, "nothing_left")
    terminal.scan("a")
    said = words(terminal.window.counter.verdict).splitlines()
    assert "技术代码 nothing_left" in said
    assert "nothing_left" not in said


@pytest.mark.parametrize(
    "store, told",
    [("S001", "终端 T-0002（本店：湖滨路旗舰店）"), ("S002", "终端 T-0002（门店 S002）")],
)
def test_an_earlier_redemption_in_this_store_tells_its_name(
    make_terminal: MakeTerminal, store: str, told: str
) -> None:
    terminal = make_terminal()
    record = RedemptionRecord(bytes(32), NOW_UNIX_S - 2580, store, "T-0002", None, here=False)
    verdict = Verdict(VerdictKind.ALREADY_REDEEMED, "nothing_left", bytes(16), record)
    terminal.desk.answers["a"] = Prepared(None, verdict)
    terminal.scan("a")
    assert told in words(terminal.window.counter.verdict)


def test_quantities_have_their_unit(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = prepared(1, line(CRAB, 2), line(None, 1, sku="SKU-1"))
    terminal.scan("a")
    known, unknown = terminal.window.counter.card._rows
    assert "×2 盒" in known.accessibleName()
    assert "SKU-1, ×1, " in unknown.accessibleName()
    terminal.window.use_language(Language.ENGLISH)
    terminal.settle()
    assert "×2 box" in known.accessibleName()


def test_a_long_card_scrolls_and_its_rows_are_used_again(terminal: Terminal) -> None:
    many = [line(None, 1, sku=f"SKU-{number}") for number in range(30)]
    terminal.desk.answers["a"] = prepared(1, *many)
    terminal.scan("a")
    card = terminal.window.counter.card
    assert card._scroll.verticalScrollBar().maximum() > 0
    press(terminal, Qt.Key.Key_Escape)
    terminal.desk.answers["b"] = prepared(2, line(CRAB))
    terminal.scan("b")
    assert [row.isVisible() for row in card._rows].count(True) == 1
    assert card._scroll.verticalScrollBar().maximum() == 0


def test_a_code_can_be_typed(terminal: Terminal) -> None:
    terminal.desk.answers["TH1:ABC"] = prepared(5)
    press(terminal, Qt.Key.Key_F3)
    page = terminal.window.counter.typing
    assert page is not None
    assert state(terminal) == TypingCode()
    click(terminal, page.by_text)
    assert page.edit.hasFocus()
    assert not page.check.isEnabled()
    QTest.keyClicks(page.edit, "TH1:ABC")
    QTest.keyClick(page.edit, Qt.Key.Key_Return)
    terminal.settle()
    assert isinstance(state(terminal), CardOpen)


def test_a_pasted_code_loses_its_line_ends_and_escape_goes_back(terminal: Terminal) -> None:
    press(terminal, Qt.Key.Key_F3)
    page = terminal.window.counter.typing
    assert page is not None
    terminal.desk.answers["TH1:AB CD"] = prepared(5)
    click(terminal, page.by_text)
    page.edit.setPlainText("  TH1:AB\n CD \n")
    click(terminal, page.check)
    assert isinstance(state(terminal), CardOpen)
    press(terminal, Qt.Key.Key_Escape)
    press(terminal, Qt.Key.Key_F3)
    assert page.edit.toPlainText() == ""
    press(terminal, Qt.Key.Key_Escape)
    assert state(terminal) == Ready()


def test_scans_come_from_another_thread(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = prepared(1)
    scanner = threading.Thread(target=terminal.window.scanned, args=("a", 1000.0))
    scanner.start()
    scanner.join()
    assert isinstance(state(terminal), Ready), "only the Qt thread moves"
    terminal.settle()
    assert isinstance(state(terminal), CardOpen)


def test_answers_come_from_another_thread(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = refused(VerdictKind.EXPIRED)
    terminal.desk.hold = True
    terminal.scan("a")
    counter = threading.Thread(target=terminal.desk.answer_held)
    counter.start()
    counter.join()
    terminal.settle()
    assert isinstance(state(terminal), VerdictShown)


def test_a_scan_after_the_window_closed_is_dropped(terminal: Terminal) -> None:
    terminal.window.close()
    terminal.window.scanned("a", 1000.0)
    terminal.window.status_changed()
    terminal.settle()
    assert isinstance(state(terminal), SignedOut)


def test_closing_gives_an_open_card_back(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = prepared(1)
    terminal.scan("a")
    terminal.window.close()
    assert len(terminal.desk.dismissed) == 1


def test_a_wait_gets_its_reason_only_when_it_is_felt(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = prepared(1)
    terminal.scan("a")
    terminal.desk.hold = True
    button = terminal.window.counter.card.confirm_button
    click(terminal, button)
    assert "确认核销" in button.text()
    terminal.qtbot.waitUntil(lambda: "正在写入流水" in button.text(), timeout=10_000)
    assert not button.isEnabled()
    terminal.desk.answer_held()
    terminal.settle()
    assert terminal.window.counter.verdict.isVisible()


def test_paints_are_reported_once_and_after_they_happened(terminal: Terminal) -> None:
    assert [kind for kind, _, _ in terminal.painted] == ["window"]
    assert terminal.painted[0][1] == 999.0
    terminal.desk.answers["a"] = prepared(1)
    terminal.scan("a")
    assert terminal.window.counter.card.painted
    terminal.clock.now_s = 1007.0
    press(terminal, Qt.Key.Key_F2)
    assert [kind for kind, _, _ in terminal.painted] == ["window", "card", "verdict"]
    assert terminal.painted[2][1] == 1008.0, "measured from the confirmation"


def test_a_full_disk_shows_a_calm_page_and_goes_on(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = prepared(1)
    terminal.scan("a")
    terminal.desk.outcome = DiskTrouble("ledger.db: disk is full")
    press(terminal, Qt.Key.Key_F2)
    fault = terminal.window.counter.fault
    assert fault is not None
    assert fault.isVisible()
    assert "勿交货" in words(fault)
    assert "ledger.db: disk is full" in words(fault)
    terminal.desk.outcome = None
    click(terminal, fault.retry)
    assert terminal.window.counter.verdict.isVisible()


def test_an_unreadable_ledger_offers_nothing_to_press(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = DiskTrouble("io")
    terminal.scan("a")
    assert isinstance(state(terminal), Fault)
    fault = terminal.window.counter.fault
    assert fault is not None
    assert not fault.retry.isVisible()


def test_signing_in_by_touch_and_by_keyboard(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(signed_in=False)
    screen = terminal.window.sign_in
    assert screen.isVisible()
    assert not screen.keys["1"].isEnabled()
    click(terminal, screen.tiles["s01"])
    for digit in "1234":
        click(terminal, screen.keys[digit])
    click(terminal, screen.enter)
    assert terminal.window.counter.isVisible()
    assert "李明" in words(terminal.window.header)
    click(terminal, terminal.window.header.sign_out)
    assert screen.isVisible()
    assert [staff for staff, tile in screen.tiles.items() if tile.isChecked()] == []
    click(terminal, screen.tiles["s02"])
    assert [staff for staff, tile in screen.tiles.items() if tile.isChecked()] == ["s02"]
    for key in "2468":
        press(terminal, Qt.Key(ord(key)))
    press(terminal, Qt.Key.Key_Return)
    assert "张晓梅" in words(terminal.window.header)


def test_a_scan_before_signing_in_is_explained(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(signed_in=False)
    terminal.scan("a")
    assert state(terminal) == SignedOut(Notice.SIGN_IN_FIRST)
    assert "请先登录" in words(terminal.window.sign_in)


def test_the_pin_never_stands_on_the_screen(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(signed_in=False)
    click(terminal, terminal.window.sign_in.tiles["s01"])
    for digit in "7777":
        press(terminal, Qt.Key(ord(digit)))
    keys = "\n".join("1234567890")
    assert "7777" not in words(terminal.window).replace(keys, "")
    assert terminal.window.sign_in._pad.dots.accessibleName() == "已输入 4 位"


def test_the_language_changes_everything_at_once(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = prepared(1)
    terminal.scan("a")
    assert "确认核销" in words(terminal.window)
    click(terminal, terminal.window.header.english)
    said = words(terminal.window)
    assert "Confirm 3 pieces" in said
    assert "Recent redemptions" in said
    assert "Online" in said
    assert terminal.window.windowTitle() == "Pickup counter"
    assert not [mark for mark in ("核销", "订单", "在线", "摄像头") if mark in said]
    click(terminal, terminal.window.header.chinese)
    assert "确认核销" in words(terminal.window)
    assert terminal.languages.language is Language.CHINESE


def test_mute(terminal: Terminal) -> None:
    click(terminal, terminal.window.header.mute)
    assert terminal.signals.muted
    assert "静音" in terminal.window.header.mute.accessibleName()
    click(terminal, terminal.window.header.mute)
    assert not terminal.signals.muted
