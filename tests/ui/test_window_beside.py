"""The window besides the card: list, bar, conflicts, camera, painting."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QWidget

from kiosk.domain.ports import OutboxStatus
from kiosk.domain.status import CameraState, CameraStatus
from kiosk.ledger.errors import DiskTrouble
from kiosk.ui.presenters.states import (
    CounterState,
    TypingCode,
)
from tests.ui.conftest import MakeTerminal, Terminal
from tests.ui.fakes import CRAB, VINEGAR, line, prepared, recent_row

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


def test_recent_redemptions_follow_the_ledger(terminal: Terminal) -> None:
    recent = terminal.window.counter.recent
    assert not recent.list.isVisible()
    terminal.desk.rows = (recent_row(1, "queued"),)
    terminal.window.status_changed()
    terminal.settle()
    assert recent.list.isVisible()
    index = recent.model.index(0)
    assert "待同步" in str(index.data())
    terminal.desk.rows = (recent_row(1, "acked"),)
    terminal.show_status(outbox=OutboxStatus(1, None, 0, 0))
    assert "已同步" in str(index.data())


def test_the_bar_is_never_ahead_of_the_list(terminal: Terminal) -> None:
    outbox, recent = terminal.window.status_bar.items["outbox"], terminal.window.counter.recent
    terminal.desk.rows = (recent_row(2, "in_flight"), recent_row(1, "in_flight"))
    terminal.show_status(outbox=OutboxStatus(2, None, 0, 0))
    assert "待同步" in outbox.accessibleName()
    terminal.desk.hold = True
    terminal.desk.rows = (recent_row(2, "acked"), recent_row(1, "acked"))
    terminal.show_status(outbox=OutboxStatus(0, None, 0, 0))
    assert "同步中" in str(recent.model.index(0).data())
    assert "待同步" in outbox.accessibleName(), "the list is still being read"
    assert not terminal.window.up_to_date
    terminal.desk.hold = False
    terminal.desk.answer_held()
    terminal.settle()
    assert "已同步" in str(recent.model.index(0).data())
    assert "已全部同步" in outbox.accessibleName()
    assert terminal.window.up_to_date


def test_a_list_that_cannot_be_read_does_not_hold_up_the_bar(terminal: Terminal) -> None:
    outbox = terminal.window.status_bar.items["outbox"]
    terminal.desk.read_fault = DiskTrouble("io")
    terminal.show_status(outbox=OutboxStatus(3, None, 0, 0))
    assert "3 条" in outbox.accessibleName()


@pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform's own remark
def test_conflicts_open_a_list(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = prepared(1, line(CRAB), line(VINEGAR))
    terminal.scan("a")  # the card tells the products' names
    terminal.desk.rows = (recent_row(2, "conflict"), recent_row(1))
    terminal.show_status(outbox=OutboxStatus(0, None, 3, 0))
    badge = terminal.window.status_bar.conflicts
    assert badge.text() == "3 条冲突"
    click(terminal, badge)
    dialog = terminal.window.findChild(QDialog)
    assert dialog is not None
    said = words(dialog)
    assert "今天 13:35  ·  202611230002" in said
    assert "阳澄湖大闸蟹礼盒 8 只装 ×1、镇江香醋 500 毫升 ×2" in said
    assert "202611230001" not in said, "this one is no conflict"
    assert "另有更早的 2 条，未在此列出" in said
    assert "由店长用命令 kiosk conflicts 处理" in said
    dialog.reject()
    terminal.settle()


def test_a_lost_camera_is_explained_and_scanning_goes_on_by_hand(terminal: Terminal) -> None:
    finder = terminal.window.counter.viewfinder
    assert "对准框内" in finder.accessibleName()
    terminal.camera.status = CameraStatus(CameraState.LOST, "busy")
    terminal.window.refresh_status()
    assert "占用" in finder.accessibleName()
    press(terminal, Qt.Key.Key_F3)
    assert state(terminal) == TypingCode()


def test_a_found_code_is_outlined(terminal: Terminal) -> None:
    finder = terminal.window.counter.viewfinder
    before = finder.grab().toImage()
    terminal.camera.show(2, ((20.0, 8.0), (44.0, 8.0), (44.0, 28.0), (20.0, 28.0)))
    finder.refresh()
    after = finder.grab().toImage()
    scale = finder.width() / 64
    middle_of_top_edge = QPoint(round(32 * scale), round(8 * scale))
    assert before.pixelColor(middle_of_top_edge) != after.pixelColor(middle_of_top_edge)
    assert after.pixelColor(middle_of_top_edge).lightness() > 200


def test_an_idle_window_paints_only_new_frames(terminal: Terminal) -> None:
    finder = terminal.window.counter.viewfinder
    finder.refresh()
    taken = finder._preview
    assert taken is not None
    for _ in range(5):
        finder.refresh()
    assert finder._preview is taken
    changed = terminal.window.status_bar.items["link"].say(
        terminal.window.status_bar.items["link"]._fact
    )
    assert not changed, "the same fact does not repaint its item"
