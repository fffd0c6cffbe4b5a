"""The list of recent redemptions paints what has changed, not everything each time."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from kiosk.ui.language import translate
from kiosk.ui.screens.recent_list import RecentDelegate, RecentModel
from tests.ui.conftest import MakeTerminal
from tests.ui.fakes import recent_row

ROWS = tuple(recent_row(seq) for seq in range(8, 0, -1))


def test_only_the_row_that_was_sent_is_told(qtbot: QtBot) -> None:
    model = RecentModel()
    told: list[tuple[int, int]] = []
    model.show_rows(ROWS)
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    sent = replace(ROWS[2], state="in_flight")
    model.show_rows((*ROWS[:2], sent, *ROWS[3:]))
    assert told == [(2, 2)]
    model.show_rows((*ROWS[:2], sent, *ROWS[3:]))
    assert told == [(2, 2)], "nothing has changed"


@pytest.mark.parametrize(
    "state, shown",
    [("queued", "undone"), ("acked", "undone"), ("conflict", "conflict")],
)
def test_what_was_undone_says_so(qtbot: QtBot, state: str, shown: str) -> None:
    model = RecentModel()
    row = recent_row(1)
    model.show_rows((replace(row, state=state, undone=True),))
    told = model.data(model.index(0))
    model.show_rows((replace(row, state=shown),))
    assert told is not None
    if shown == "conflict":
        assert told == model.data(model.index(0))
    else:
        assert told.endswith(translate("Recent", "undone"))


def test_only_the_row_that_was_sent_is_painted(
    make_terminal: MakeTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: list[int] = []
    paint = RecentDelegate.paint

    def watched(
        self: RecentDelegate, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        painted.append(index.row())
        paint(self, painter, option, index)

    monkeypatch.setattr(RecentDelegate, "paint", watched)
    terminal = make_terminal()
    model = terminal.window.counter.recent.model
    model.show_rows(ROWS)
    terminal.settle()
    assert len(set(painted)) > 3
    painted.clear()
    model.show_rows((replace(ROWS[0], state="in_flight"), *ROWS[1:]))
    terminal.qtbot.waitUntil(lambda: bool(painted), timeout=10_000)
    terminal.settle()
    assert set(painted) == {0}
