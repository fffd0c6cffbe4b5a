"""The status bar tells since when and why, and gives way in the right order."""

import pytest

from kiosk.domain.clock import Confidence, Instant
from kiosk.domain.link import Link, LinkState
from kiosk.domain.ports import OutboxStatus
from kiosk.domain.status import CameraState, CameraStatus
from kiosk.ui.demo_panel import DemoActions
from kiosk.ui.language import Language
from tests.ui.conftest import MakeTerminal, Terminal
from tests.ui.fakes import NOW_UNIX_S

OFFLINE = Link(LinkState.OFFLINE, 1000.0 - 4320, "tls_name", None)


@pytest.fixture
def terminal(make_terminal: MakeTerminal) -> Terminal:
    return make_terminal(size=(1920, 1080))


def said(terminal: Terminal, item: str) -> str:
    return terminal.window.status_bar.items[item].accessibleName()


def test_a_healthy_terminal_is_quiet(terminal: Terminal) -> None:
    assert said(terminal, "link") == "在线 · 已 12 分钟"
    assert said(terminal, "outbox") == "已全部同步"
    assert said(terminal, "data") == "数据 刚刚更新"
    assert said(terminal, "clock") == "时钟可信"
    assert not terminal.window.status_bar.items["quarantined"].isVisible()
    assert not terminal.window.status_bar.conflicts.isVisible()
    assert all(item.property("panel") is None for item in terminal.window.status_bar.items.values())


def test_offline_says_since_when_why_and_how_long_it_may_last(terminal: Terminal) -> None:
    terminal.show_status(link=OFFLINE, offline_left_s=82_080.0)
    assert said(terminal, "link") == (
        "离线 · 已 1 小时 12 分钟 · 证书与主机名不符 · 剩余时限 22 小时"
    )
    assert terminal.window.status_bar.items["link"].property("panel") == "attention"
    terminal.show_status(link=OFFLINE, offline_left_s=0.0)
    assert said(terminal, "link").endswith("已达离线时限")
    assert terminal.window.status_bar.items["link"].property("panel") == "refusal"


def test_an_unknown_reason_is_shown_as_it_is(terminal: Terminal) -> None:
    terminal.show_status(link=Link(LinkState.DEGRADED, 970.0, "http_503", 990.0))
    assert said(terminal, "link") == "网络不稳 · 已 30 秒 · http_503"


def test_what_waits_and_what_needs_somebody(terminal: Terminal) -> None:
    terminal.show_status(outbox=OutboxStatus(27, NOW_UNIX_S - 4000, 3, 1), data_age_s=None)
    assert said(terminal, "outbox") == "待同步 27 条 · 最早已等 1 小时 6 分钟"
    assert said(terminal, "quarantined") == "已隔离 1 条"
    assert said(terminal, "data") == "尚无数据"
    assert terminal.window.status_bar.conflicts.accessibleName() == "有 3 条冲突待处理"
    terminal.show_status()
    assert not terminal.window.status_bar.conflicts.isVisible()
    assert not terminal.window.status_bar.items["quarantined"].isVisible()


def test_a_clock_in_doubt_says_why(terminal: Terminal) -> None:
    terminal.show_status(now=Instant(NOW_UNIX_S, Confidence.UNSURE, "wall_clock_changed"))
    assert said(terminal, "clock") == "时钟不可信 · 系统时间被改动"


def test_the_camera_is_told(terminal: Terminal) -> None:
    assert said(terminal, "camera") == "摄像头正常"
    terminal.camera.status = CameraStatus(CameraState.LOST, "permission_denied")
    terminal.window.refresh_status()
    assert said(terminal, "camera") == "没有使用摄像头的权限"


def test_in_a_small_window_the_countdown_outlasts_calm_words(make_terminal: MakeTerminal) -> None:
    strip = ((), DemoActions(lambda _key: None, lambda _online: None))
    terminal = make_terminal(size=(1024, 600), language=Language.ENGLISH, demo=strip)
    terminal.show_status(
        link=OFFLINE,
        offline_left_s=82_080.0,
        outbox=OutboxStatus(27, NOW_UNIX_S - 4000, 3, 0),
        data_age_s=5000.0,
    )
    bar = terminal.window.status_bar
    link = bar.items["link"]
    # How much fits is the font's business: as it gets narrower, calm words go first.
    for width in range(bar.width(), 300, -10):
        bar.setFixedWidth(width)
        terminal.settle()
        if not bar.items["camera"]._text.isVisible():
            break
    assert not bar.items["camera"]._text.isVisible()
    assert link._detail.text() == "22 hours left"
    assert bar.items["camera"].toolTip() == "Camera"
    bar.setMinimumWidth(0)
    bar.setMaximumWidth(2**24 - 1)
    terminal.window.resize(2600, 1000)
    terminal.settle()
    assert "certificate of another host" in link._detail.text()
    assert bar.items["camera"]._text.isVisible()
