"""The demonstration's strip: what it does, and that it stays apart."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from kiosk.ui.demo_panel import DemoActions, DemoCustomer
from kiosk.ui.language import Language
from tests.ui.conftest import MakeTerminal, Terminal


class Stage:
    def __init__(self) -> None:
        self.customers: list[str] = []
        self.network: list[bool] = []
        self.left = 0

    def leave(self) -> None:
        self.left += 1


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def terminal(make_terminal: MakeTerminal, stage: Stage) -> Terminal:
    customers = (
        DemoCustomer("v1", "有效静态码", "Valid static code", "打开订单。", "The card opens."),
        DemoCustomer("old", "已过期", "Expired", "红色。", "Red."),
    )
    actions = DemoActions(stage.customers.append, stage.network.append, stage.leave)
    return make_terminal(demo=(customers, actions))


def test_choosing_a_customer_tells_what_to_expect(terminal: Terminal, stage: Stage) -> None:
    demo = terminal.window.demo
    assert demo is not None
    QTest.mouseClick(demo.buttons["old"], Qt.MouseButton.LeftButton)
    assert stage.customers == ["old"]
    assert demo._expected.text() == "红色。"
    assert demo.buttons["old"].isChecked()
    terminal.window.use_language(Language.ENGLISH)
    terminal.settle()
    assert demo._expected.text() == "Red."
    QTest.mouseClick(demo.buttons["old"], Qt.MouseButton.LeftButton)
    assert stage.customers == ["old", "old"], "the same customer may come again"
    assert demo.buttons["old"].isChecked()
    QTest.mouseClick(demo._leave, Qt.MouseButton.LeftButton)
    assert stage.left == 1
    assert not demo.buttons["old"].isChecked()


def test_the_network_switch(terminal: Terminal, stage: Stage) -> None:
    demo = terminal.window.demo
    assert demo is not None
    QTest.mouseClick(demo.network, Qt.MouseButton.LeftButton)
    assert stage.network == [False]
    assert "已断开" in demo.network.text()
    demo.show_network(True)
    assert "已连接" in demo.network.text()
    assert stage.network == [False], "telling the strip switches nothing"


def test_the_strip_folds_away_and_the_product_takes_the_room(terminal: Terminal) -> None:
    demo = terminal.window.demo
    assert demo is not None
    before = terminal.window.counter.width()
    QTest.mouseClick(demo.fold, Qt.MouseButton.LeftButton)
    terminal.settle()
    assert not demo.buttons["v1"].isVisible()
    assert terminal.window.counter.width() > before + 150
    QTest.mouseClick(demo.fold, Qt.MouseButton.LeftButton)
    terminal.settle()
    assert demo.buttons["v1"].isVisible()


def test_a_product_window_has_no_strip(make_terminal: MakeTerminal) -> None:
    assert make_terminal().window.demo is None
