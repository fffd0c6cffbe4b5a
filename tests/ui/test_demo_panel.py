"""The demonstration's strip: what it does, and that it stays apart."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from kiosk.ui.demo_panel import DemoActions, DemoCustomer
from kiosk.ui.language import Language
from tests.ui.conftest import MakeTerminal, Terminal
from tests.ui.fakes import CRAB, LI, VINEGAR, line, prepared


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
    actions = DemoActions(
        stage.customers.append,
        stage.network.append,
        stage.leave,
        sign_in_zh="先登录：点选李明，PIN 码 1234。",
        sign_in_en="Sign in first: PIN 1234.",
    )
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
    QTest.mouseClick(demo.network, Qt.MouseButton.LeftButton)
    assert stage.network == [False, True]
    assert "已连接" in demo.network.text()


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


def test_how_to_sign_in_is_said_only_while_nobody_is(terminal: Terminal) -> None:
    demo = terminal.window.demo
    assert demo is not None
    QTest.mouseClick(demo.buttons["old"], Qt.MouseButton.LeftButton)
    QTest.mouseClick(demo._leave, Qt.MouseButton.LeftButton)
    assert demo._expected.text() == "柜台前还没有顾客。"
    terminal.window.sign_out()
    terminal.settle()
    assert "先登录" in demo._expected.text()
    QTest.mouseClick(demo.buttons["old"], Qt.MouseButton.LeftButton)
    assert "先登录" in demo._expected.text(), "no scan is judged before"
    terminal.window.sign_in_as(LI)
    assert demo._expected.text() == "红色。"


def test_nothing_moves_when_the_expectation_is_longer(terminal: Terminal) -> None:
    demo = terminal.window.demo
    assert demo is not None
    places = set()
    for button in (demo.buttons["v1"], demo.buttons["old"], demo._leave):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        terminal.settle()
        places.add((demo._box.y(), demo._box.height(), demo.network.y()))
    terminal.window.sign_out()
    terminal.settle()
    places.add((demo._box.y(), demo._box.height(), demo.network.y()))
    assert len(places) == 1


@pytest.mark.parametrize("language", Language)
def test_eleven_buttons_need_no_scrolling(make_terminal: MakeTerminal, language: Language) -> None:
    expected_zh = "手机每 30 秒刷新，屏幕显示哪一张都可核销"
    expected_en = "done at the other counter: says when and where"
    customers = tuple(
        DemoCustomer(f"c{number}", "其他门店的码", "Another shop's code", expected_zh, expected_en)
        for number in range(10)
    )
    actions = DemoActions(
        lambda _key: None,
        lambda _online: None,
        lambda: None,
        sign_in_zh="先登录：点选王小满，PIN 码 1357，再选一位顾客。",
        sign_in_en="Sign in first: 王小满, PIN 1357. Then choose a customer.",
    )
    terminal = make_terminal(demo=(customers, actions), language=language)
    demo = terminal.window.demo
    assert demo is not None
    assert demo._leave.visibleRegion().boundingRect().size() == demo._leave.size()
    assert demo._leave.height() >= 44


def test_tab_comes_to_the_strip_last(make_terminal: MakeTerminal, stage: Stage) -> None:
    actions = DemoActions(stage.customers.append, stage.network.append)
    terminal = make_terminal(demo=((DemoCustomer("v1", "有效", "Valid", "", ""),), actions))
    demo, counter = terminal.window.demo, terminal.window.counter
    assert demo is not None
    terminal.window.counter_presenter.type_code()  # a page that is made later than the strip
    terminal.settle()
    assert counter.typing is not None
    order = [tab(terminal) for _ in range(12)]
    first = order.index(demo.fold)
    after = first + 3  # fold, customer, network
    assert all(demo.isAncestorOf(widget) for widget in order[first:after]), "in one piece"
    assert counter.typing.isAncestorOf(order[first - 1]), "after all of the product"
    assert terminal.window.header.isAncestorOf(order[after]), "then from the start"


def test_tab_comes_from_the_large_button_to_the_quantities(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = prepared(1, line(CRAB, 3), line(VINEGAR, 2))
    terminal.scan("a")
    terminal.window.counter_presenter.start_partial()
    terminal.window.counter_presenter.set_quantity(0, 1)
    terminal.settle()
    card = terminal.window.counter.card
    card.confirm_button.setFocus()
    first, second = card._rows
    assert [tab(terminal) for _ in range(3)] == [first._minus, first._plus, second._minus]


def tab(terminal: Terminal) -> QWidget:
    """Press Tab; the widget in focus then."""
    focused = terminal.window.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, Qt.Key.Key_Tab)
    terminal.settle()
    now = terminal.window.focusWidget()
    assert now is not None
    return now
