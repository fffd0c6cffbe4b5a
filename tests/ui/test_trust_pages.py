"""Approval, challenge, typed serials and hints on the card, by touch and by keyboard."""

from dataclasses import replace

import pytest
import zxingcpp
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget

from kiosk.counter.prepare import Prepared
from kiosk.domain.approval import Approval
from kiosk.domain.clock import Confidence, Instant
from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.domain.vouchers import Tier
from kiosk.ui.language import Language
from kiosk.ui.presenters.states import (
    CardOpen,
    ChallengeShown,
    CounterState,
    Ready,
    SupervisorAsked,
    TypingCode,
    VerdictShown,
)
from kiosk.ui.reason_texts import REASONS
from kiosk.ui.screens.serial_form import SerialForm
from kiosk.ui.verdict_texts import verdict_text
from tests.ui.conftest import MakeTerminal, Terminal
from tests.ui.fakes import LI, NOW_UNIX_S, STAFF, prepared, refused, voucher

LEFT = Qt.MouseButton.LeftButton
SERIAL = "123456789014"
LIMIT = refused(VerdictKind.OVER_OFFLINE_LIMIT, "offline_too_long")


@pytest.fixture
def terminal(make_terminal: MakeTerminal) -> Terminal:
    made = make_terminal()
    plain = prepared(1)
    assert plain.card is not None
    approval = Approval("s02", ("offline_too_long",))
    made.desk.approved["a"] = replace(plain, card=replace(plain.card, approval=approval))
    return made


def press(terminal: Terminal, key: Qt.Key) -> None:
    """A person's key: never within a burst."""
    terminal.clock.now_s += 1.0
    QTest.keyClick(terminal.window.focusWidget() or terminal.window, key)
    terminal.settle()


def type_keys(terminal: Terminal, text: str) -> None:
    for character in text:
        terminal.clock.now_s += 0.2
        focused = terminal.window.focusWidget() or terminal.window
        if character.isascii():
            QTest.keyClicks(focused, character)
            continue
        composed = QInputMethodEvent()  # as a Chinese input method delivers it
        composed.setCommitString(character)
        QApplication.sendEvent(focused, composed)
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
    said = [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]
    said += [button.text() for button in widget.findChildren(QPushButton) if button.isVisible()]
    return "\n".join(said)


def typing(terminal: Terminal) -> SerialForm:
    press(terminal, Qt.Key.Key_F3)
    page = terminal.window.counter.typing
    assert page is not None
    return page.form


# ---------------------------------------------------------------- approval


def test_an_approval_by_keyboard_alone(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = LIMIT
    terminal.scan("a")
    press(terminal, Qt.Key.Key_F4)
    page = terminal.window.counter.supervisor
    assert page is not None
    assert "本终端离线时间已超过允许时限" in words(page)
    assert not page.names.isVisible(), "one supervisor need not be chosen"
    type_keys(terminal, "2468")
    assert page.pad.dots.accessibleName() == "已输入 4 位"
    press(terminal, Qt.Key.Key_Return)
    assert isinstance(state(terminal), CardOpen)
    assert "经店长授权 张晓梅  ·  离线超过允许时限" in words(terminal.window.counter.card)
    assert terminal.window.counter_presenter.staff == LI
    terminal.window.use_language(Language.ENGLISH)
    terminal.settle()
    said = words(terminal.window.counter.card)
    assert "Approved by 张晓梅  ·  offline for longer than allowed" in said


def test_an_approval_by_touch_with_several_supervisors(terminal: Terminal) -> None:
    terminal.desk.staff = (*STAFF, replace(STAFF[1], staff="s09", name="欧阳文静"))
    terminal.desk.answers["a"] = LIMIT
    terminal.scan("a")
    click(terminal, terminal.window.counter.verdict.offer)
    page = terminal.window.counter.supervisor
    assert page is not None
    assert list(page.names.tiles) == ["s02", "s09"], "supervisors only"
    assert not page.pad.keypad.keys["2"].isEnabled()
    click(terminal, page.names.tiles["s02"])
    for digit in "9999":
        click(terminal, page.pad.keypad.keys[digit])
    click(terminal, page.decide)
    assert "PIN 码错误" in words(page)
    for digit in "2468":
        click(terminal, page.pad.keypad.keys[digit])
    click(terminal, page.decide)
    assert isinstance(state(terminal), CardOpen)


def test_escape_leaves_the_approval_and_then_the_refusal(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = LIMIT
    terminal.scan("a")
    press(terminal, Qt.Key.Key_F4)
    type_keys(terminal, "24")
    press(terminal, Qt.Key.Key_Escape)
    assert isinstance(state(terminal), VerdictShown)
    press(terminal, Qt.Key.Key_F4)
    page = terminal.window.counter.supervisor
    assert page is not None
    assert page.pad.dots.accessibleName() == "已输入 0 位", "nothing of the PIN is left"
    press(terminal, Qt.Key.Key_Escape)
    press(terminal, Qt.Key.Key_Escape)
    assert state(terminal) == Ready()


def test_a_touch_beside_the_offer_goes_on(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = LIMIT
    terminal.scan("a")
    verdict = terminal.window.counter.verdict
    assert verdict.offer.isVisible()
    QTest.mouseClick(verdict, LEFT)
    terminal.settle()
    assert state(terminal) == Ready()
    terminal.desk.answers["b"] = refused(VerdictKind.EXPIRED)
    terminal.scan("b")
    assert not verdict.offer.isVisible()


def test_a_store_without_supervisors_says_so(terminal: Terminal) -> None:
    terminal.desk.staff = (LI,)
    terminal.desk.answers["a"] = LIMIT
    terminal.scan("a")
    press(terminal, Qt.Key.Key_F4)
    page = terminal.window.counter.supervisor
    assert page is not None
    assert "没有本店店长" in words(page)
    assert not page.decide.isEnabled()


def test_an_approval_in_vain_says_what_comes_first(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = terminal.desk.approved["a"] = LIMIT
    terminal.scan("a")
    press(terminal, Qt.Key.Key_F4)
    type_keys(terminal, "2468")
    press(terminal, Qt.Key.Key_Return)
    said = words(terminal.window.counter.verdict)
    assert "对此不接受店长授权" in said
    assert "请店长授权" not in said


# ---------------------------------------------------------------- challenge


def test_the_challenge_is_large_and_its_picture_can_be_read(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = refused(VerdictKind.NEEDS_REVIEW, "challenge_required")
    terminal.scan("a")
    page = terminal.window.counter.challenge
    assert page is not None
    assert page.isVisible()
    assert page.digits.accessibleName() == "1234 5678"
    picture = page.code.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    greys = {picture.pixelColor(x, x).lightness() for x in range(picture.width())}
    assert greys == {0, 255}, "whole pixels, nothing in between"
    assert picture.bytesPerLine() >= picture.width()
    pixels = memoryview(picture.constBits()).cast("B")
    rows = [
        bytes(pixels[y * picture.bytesPerLine() :][: picture.width()])
        for y in range(picture.height())
    ]
    image = memoryview(b"".join(rows)).cast("B", (picture.height(), picture.width()))
    assert [each.text for each in zxingcpp.read_barcodes(image)] == ["12345678"]
    assert "2:5" in page._countdown.accessibleName() or "3:00" in page._countdown.accessibleName()
    terminal.desk.answers["b"] = prepared(1)
    terminal.scan("b")
    assert isinstance(state(terminal), CardOpen)


def test_other_digits_are_explained(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = refused(VerdictKind.NEEDS_REVIEW, "challenge_wrong")
    terminal.scan("a")
    page = terminal.window.counter.challenge
    assert page is not None
    assert "手机签名的数字不符" in words(page)
    press(terminal, Qt.Key.Key_F4)
    assert isinstance(state(terminal), SupervisorAsked)
    press(terminal, Qt.Key.Key_Escape)
    assert isinstance(state(terminal), ChallengeShown)
    terminal.clock.now_s += 200
    terminal.window._tick()
    terminal.settle()
    assert "未在时限内输入数字" in words(terminal.window.counter.ready)


# ---------------------------------------------------------------- typing


def test_a_serial_by_keyboard(terminal: Terminal) -> None:
    terminal.desk.serials[SERIAL, "135790"] = prepared(4, tier=Tier.V0)
    form = typing(terminal)
    assert form.serial.hasFocus()
    type_keys(terminal, "1234５６7")
    assert form.serial.text() == "1234 567"
    type_keys(terminal, "89014")
    assert form.serial.text() == "1234 5678 9014"
    assert form.password.hasFocus(), "a whole serial leads on"
    type_keys(terminal, "135790")
    press(terminal, Qt.Key.Key_Return)
    assert terminal.desk.tried == [(SERIAL, "135790")]
    assert isinstance(state(terminal), CardOpen)
    assert "序列号与密码" in words(terminal.window.counter.card)


def test_a_serial_by_touch(terminal: Terminal) -> None:
    form = typing(terminal)
    for digit in SERIAL + "1357900":
        click(terminal, form.keypad.keys[digit])
    assert form.entry.password == "135790"
    click(terminal, form.keypad.erase)
    assert form.entry.password == "13579"
    click(terminal, form.serial)
    press(terminal, Qt.Key.Key_End)
    click(terminal, form.keypad.erase)
    assert form.serial.text() == "1234 5678 901"


def test_a_wrong_check_digit_is_told_at_once_and_costs_no_try(terminal: Terminal) -> None:
    form = typing(terminal)
    page = terminal.window.counter.typing
    assert page is not None
    type_keys(terminal, "123456789013")
    assert "末位校验码不符" in words(page)
    assert form.serial.hasFocus()
    form.password.setText("135790")
    assert not page.check.isEnabled()
    press(terminal, Qt.Key.Key_Return)
    assert terminal.desk.tried == []
    press(terminal, Qt.Key.Key_Backspace)
    type_keys(terminal, "4")
    assert "末位校验码不符" not in words(page)
    assert page.check.isEnabled()


def test_a_digit_in_the_middle_is_corrected_where_it_stands(terminal: Terminal) -> None:
    form = typing(terminal)
    type_keys(terminal, "123446789014")
    form.serial.setCursorPosition(6)
    press(terminal, Qt.Key.Key_Backspace)
    assert form.serial.text() == "1234 6789 014"
    form.serial.setCursorPosition(5)  # behind the gap
    press(terminal, Qt.Key.Key_Backspace)
    assert form.serial.text() == "1234 6789 014", "a gap is no digit"
    assert form.serial.cursorPosition() == 4
    type_keys(terminal, "5")
    assert form.serial.text() == "1234 5678 9014"
    assert form.password.hasFocus()


def test_the_password_shows_only_while_the_eye_is_held(terminal: Terminal) -> None:
    form = typing(terminal)
    type_keys(terminal, SERIAL + "135790")
    hidden = QLineEdit.EchoMode.Password
    assert form.password.echoMode() is hidden
    assert "135790" not in form.password.displayText()
    QTest.mousePress(form.eye, LEFT)
    assert form.password.displayText() == "135790"
    QTest.mouseRelease(form.eye, LEFT)
    assert form.password.echoMode() is hidden


def test_nothing_of_the_password_is_left_when_the_page_goes(terminal: Terminal) -> None:
    form = typing(terminal)
    type_keys(terminal, SERIAL + "135790")
    QTest.mousePress(form.eye, LEFT)
    terminal.desk.answers["a"] = prepared(1)
    terminal.scan("a")
    assert isinstance(state(terminal), CardOpen)
    assert form.password.text() == ""
    form.password.undo()
    assert form.password.text() == ""
    assert form.password.echoMode() is QLineEdit.EchoMode.Password
    press(terminal, Qt.Key.Key_Escape)
    again = typing(terminal)
    assert again.entry.serial == ""


def test_a_wrong_password_is_typed_again_with_its_serial_kept(terminal: Terminal) -> None:
    wrong = Verdict(VerdictKind.UNKNOWN_VOUCHER, "wrong_password", voucher(1))
    terminal.desk.serials[SERIAL, "135790"] = Prepared(None, wrong)
    form = typing(terminal)
    type_keys(terminal, SERIAL + "135790")
    press(terminal, Qt.Key.Key_Return)
    assert "密码错误" in words(terminal.window.counter.verdict)
    assert form.password.text() == ""
    click(terminal, terminal.window.counter.verdict.offer)
    assert state(terminal) == TypingCode(SERIAL)
    assert form.serial.text() == "1234 5678 9014"
    assert form.password.hasFocus()


@pytest.mark.parametrize("pasted", [False, True])
def test_a_codes_text_goes_where_it_belongs(terminal: Terminal, pasted: bool) -> None:
    terminal.desk.answers["TH1:6BF 12"] = prepared(5)
    form = typing(terminal)
    page = terminal.window.counter.typing
    assert page is not None
    if pasted:
        form.serial.insert("TH1:6BF 12")
        terminal.settle()
    else:
        type_keys(terminal, "TH1:6BF 12")
    assert page.edit.toPlainText() == "TH1:6BF 12"
    assert form.serial.text() == ""
    press(terminal, Qt.Key.Key_Return)
    assert isinstance(state(terminal), CardOpen)


def test_tab_goes_through_the_form(terminal: Terminal) -> None:
    form = typing(terminal)
    page = terminal.window.counter.typing
    assert page is not None
    form.serial.show_digits(SERIAL)
    form.password.setText("135790")
    form.serial.setFocus()
    seen = []
    for _ in range(4):
        seen.append(terminal.window.focusWidget())
        press(terminal, Qt.Key.Key_Tab)
    assert seen == [form.serial, form.password, form.eye, page._cancel]
    assert terminal.window.focusWidget() is page.check
    press(terminal, Qt.Key.Key_Return)
    assert terminal.desk.tried == [(SERIAL, "135790")]


def test_a_locked_serial_is_cleared_by_a_supervisor(terminal: Terminal) -> None:
    terminal.desk.serials[SERIAL, "135790"] = refused(VerdictKind.LOCKED, "wrong_passwords")
    form = typing(terminal)
    type_keys(terminal, SERIAL + "135790")
    press(terminal, Qt.Key.Key_Return)
    assert "密码已错三次" in words(terminal.window.counter.verdict)
    press(terminal, Qt.Key.Key_F4)
    page = terminal.window.counter.supervisor
    assert page is not None
    type_keys(terminal, "2468")
    assert not page.decide.isEnabled(), "what was checked is not said yet"
    click(terminal, page.note.usual[0])
    click(terminal, page.note.edit)
    type_keys(terminal, "OK 12")
    click(terminal, page.decide)
    assert terminal.desk.reviews == [(voucher(1), "s02", "身份证件 · OK 12")]
    assert state(terminal) == TypingCode(SERIAL, unlocked=True)
    assert "已解除锁定" in words(form)
    type_keys(terminal, "2")
    assert "已解除锁定" not in words(form)


# ---------------------------------------------------------------- hints and words


def test_the_card_tells_where_the_phone_is(terminal: Terminal) -> None:
    plain = prepared(1, tier=Tier.V3)
    assert plain.card is not None
    for warnings, distance_m, told in (
        (("place_far",), 2312.0, "手机位置距门店约 2.3 公里"),
        (("place_far",), 846.0, "手机位置距门店约 850 米"),
        (("place_far",), None, "手机位置不在门店附近"),
        (("place_unknown",), None, "手机未提供位置"),
    ):
        card = replace(plain.card, warnings=warnings, distance_m=distance_m)
        terminal.desk.answers["a"] = replace(plain, card=card)
        terminal.scan("a")
        assert told in words(terminal.window.counter.card)
        press(terminal, Qt.Key.Key_Escape)
    terminal.desk.answers["a"] = plain
    terminal.scan("a")
    assert "手机" not in words(terminal.window.counter.card).replace("手机签名码", "")


@pytest.mark.parametrize(
    "reason, told, advice",
    [
        ("rebooted", "断网重启", "扫三笔订单"),
        ("wall_clock_behind", "系统时间落后", "校正系统时间"),
        ("wall_clock_changed", "系统时间被改动", "检查系统时间"),
        ("never_synced", "从未校时", "接入网络"),
        ("new_reason", "new_reason", "店长授权"),
    ],
)
def test_the_bar_tells_what_to_do_about_the_clock(
    terminal: Terminal, reason: str, told: str, advice: str
) -> None:
    terminal.show_status(now=Instant(NOW_UNIX_S, Confidence.UNSURE, reason))
    clock = terminal.window.status_bar.items["clock"]
    assert told in clock.accessibleName()
    assert advice in clock.toolTip()
    assert advice in clock.accessibleDescription()
    terminal.show_status()
    assert clock.accessibleDescription() == ""


def test_every_reason_has_its_words_in_both_languages(terminal: Terminal) -> None:
    said: dict[str, dict[str, tuple[str, ...]]] = {}
    for language in Language:
        terminal.window.use_language(language)
        for reason in REASONS:
            text = verdict_text(Verdict(VerdictKind.NEEDS_REVIEW, reason))
            sentences = (text.headline, text.customer, text.clerk, text.next_step)
            assert all(sentences), reason
            said.setdefault(reason, {})[language] = sentences
    for reason, languages in said.items():
        chinese, english = languages[Language.CHINESE], languages[Language.ENGLISH]
        assert not set(chinese) & set(english), reason
        assert all(ord(character) < 0x3000 for each in english for character in each), reason
        general = verdict_text(Verdict(VerdictKind.NEEDS_REVIEW, ""))
        assert english[2] != general.clerk, f"{reason} tells nothing of its own"
