"""Every state, in both languages, at the three sizes: nothing cut off, nothing overlapping."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from kiosk.counter.prepare import Prepared
from kiosk.domain.approval import Approval
from kiosk.domain.clock import Confidence, Instant
from kiosk.domain.link import Link, LinkState
from kiosk.domain.orders import OrderDetails
from kiosk.domain.ports import OutboxStatus
from kiosk.domain.staff import Role, StaffMember
from kiosk.domain.status import CameraState, CameraStatus
from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.domain.vouchers import Tier
from kiosk.ledger.errors import DiskTrouble
from kiosk.ui.demo_panel import DemoActions, DemoCustomer
from kiosk.ui.language import Language
from kiosk.ui.presenters.states import TypingCode
from kiosk.ui.reason_texts import REASONS
from kiosk.ui.verdict_looks import LOOKS, Tone
from kiosk.ui.verdict_texts import verdict_text
from tests.ui.conftest import MakeTerminal, Terminal
from tests.ui.fakes import (
    CAKE,
    CRAB,
    NOW_UNIX_S,
    TOOLS,
    VINEGAR,
    line,
    prepared,
    recent_row,
    record,
    refused,
    voucher,
)
from tests.ui.fits import misfits

SERIAL = "123456789014"
SIZES = [(1024, 600), (1280, 800), (1920, 1080)]
HANDED_OVER = {VerdictKind.ACCEPTED, VerdictKind.PARTIALLY_REDEEMED}
both_languages = pytest.mark.parametrize("language", Language)
three_sizes = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


def open_card(terminal: Terminal) -> None:
    terminal.desk.answers["full"] = prepared(
        2,
        line(CRAB, 3, 2, on_hand=1),
        line(CAKE, 1, group=1),
        line(TOOLS, 1, group=1),
        line(VINEGAR, 4, 0),
        details=OrderDetails("202611230002", "138****1234", "请轻拿轻放,附赠贺卡一张", "B217"),
        earlier=record(),
    )
    terminal.scan("full")


def offline(terminal: Terminal) -> None:
    terminal.camera.status = CameraStatus(CameraState.LOST, "no_frames")
    terminal.show_status(
        link=Link(LinkState.OFFLINE, 1000.0 - 4320, "refused", None),
        outbox=OutboxStatus(1270, NOW_UNIX_S - 40000, 13, 2),
        data_age_s=45000.0,
        offline_left_s=42000.0,
        now=Instant(NOW_UNIX_S, Confidence.UNSURE, "rebooted"),
    )


def partial(terminal: Terminal) -> None:
    open_card(terminal)
    terminal.window.counter_presenter.start_partial()


def waiting(terminal: Terminal) -> None:
    open_card(terminal)
    terminal.desk.answers["b"] = prepared(9)
    terminal.scan("b")


def many_handed_over(terminal: Terminal) -> None:
    known = [line(product, 2) for product in (CRAB, VINEGAR, TOOLS, CAKE)]
    others = [line(None, 1, sku=f"SKU-{number}") for number in range(6)]
    terminal.desk.answers["many"] = prepared(1, *known, *others)
    terminal.scan("many")
    terminal.window.counter_presenter.confirm()


def already_redeemed(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = refused(VerdictKind.ALREADY_REDEEMED)
    terminal.scan("a")


def full_disk(terminal: Terminal) -> None:
    open_card(terminal)
    terminal.desk.outcome = DiskTrouble("/var/lib/kiosk/ledger.db: database or disk is full")
    terminal.window.counter_presenter.confirm()


def wrong_pin(terminal: Terminal) -> None:
    terminal.window.sign_out()
    presenter = terminal.window.sign_in_presenter
    presenter.choose("s01")
    for digit in "9999":
        presenter.digit(digit)
    presenter.submit()


def warned_card(terminal: Terminal) -> None:
    plain = prepared(
        3,
        line(CRAB, 3, 2, on_hand=1),
        line(CAKE),
        tier=Tier.V3,
        earlier=record(),
        details=OrderDetails("202611230003", "138****1234", "请轻拿轻放,附赠贺卡一张", "B218"),
    )
    assert plain.card is not None
    card = replace(
        plain.card,
        warnings=("place_far", "approved"),
        distance_m=2312.0,
        approval=Approval("s02", ("wall_clock_changed", "offline_too_long", "place_far")),
    )
    terminal.desk.answers["warned"] = replace(plain, card=card)
    terminal.scan("warned")


def approvable(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = refused(VerdictKind.OVER_OFFLINE_LIMIT, "offline_too_long")
    terminal.scan("a")


def approval(terminal: Terminal) -> None:
    approvable(terminal)
    terminal.window.counter_presenter.call_supervisor()
    terminal.settle()
    supervisor = terminal.window.counter_presenter.supervisor
    supervisor.choose("s02")
    for digit in "9999":
        supervisor.digit(digit)
    supervisor.submit()


def approval_of_many(terminal: Terminal) -> None:
    terminal.desk.staff = (
        *terminal.desk.staff,
        StaffMember("s08", "欧阳文静", Role.SUPERVISOR, ""),
        StaffMember("s09", "Alexandra Montgomery", Role.SUPERVISOR, ""),
    )
    approval(terminal)


def locked_serial(terminal: Terminal) -> None:
    terminal.desk.serials[SERIAL, "111111"] = refused(VerdictKind.LOCKED, "wrong_passwords")
    terminal.window.counter_presenter.type_code()
    terminal.window.counter_presenter.typed_serial(SERIAL, "111111")


def review(terminal: Terminal) -> None:
    terminal.desk.staff = (
        *terminal.desk.staff,
        StaffMember("s08", "欧阳文静", Role.SUPERVISOR, ""),
    )
    terminal.desk.review_fault = DiskTrouble("full")
    locked_serial(terminal)
    terminal.settle()
    terminal.window.counter_presenter.call_supervisor()
    terminal.settle()
    supervisor = terminal.window.counter_presenter.supervisor
    supervisor.choose("s02")
    supervisor.write("ID")
    for digit in "2468":
        supervisor.digit(digit)
    supervisor.submit()


def challenge(terminal: Terminal) -> None:
    terminal.desk.answers["a"] = refused(VerdictKind.NEEDS_REVIEW, "challenge_required")
    terminal.scan("a")


def challenge_wrong(terminal: Terminal) -> None:
    challenge(terminal)
    terminal.desk.answers["a"] = refused(VerdictKind.NEEDS_REVIEW, "challenge_wrong")
    terminal.scan("a")
    terminal.desk.answers["b"] = prepared(9)
    terminal.scan("b")


def mistyped(terminal: Terminal) -> None:
    terminal.window.counter_presenter.type_code()
    terminal.settle()
    page = terminal.window.counter.typing
    assert page is not None
    page.form.serial.setText("123456789013")


def code_text(terminal: Terminal) -> None:
    terminal.window.counter_presenter.type_code()
    terminal.settle()
    page = terminal.window.counter.typing
    assert page is not None
    page.turn_to_text("TH1:6BFOXN TS0BI")


def unlocked(terminal: Terminal) -> None:
    terminal.window.counter_presenter._move(TypingCode(SERIAL, unlocked=True))


STATES: dict[str, Callable[[Terminal], None]] = {
    "ready": lambda _terminal: None,
    "offline": offline,
    "card": open_card,
    "partial": partial,
    "waiting": waiting,
    "many": many_handed_over,
    "typing": lambda terminal: terminal.window.counter_presenter.type_code(),
    "fault": full_disk,
    "warned card": warned_card,
    "approvable": approvable,
    "approval": approval,
    "approval of many": approval_of_many,
    "locked serial": locked_serial,
    "review": review,
    "challenge": challenge,
    "challenge wrong": challenge_wrong,
    "mistyped": mistyped,
    "code text": code_text,
    "unlocked": unlocked,
    "sign-in": wrong_pin,
}
DEMO = (
    tuple(
        DemoCustomer(
            f"c{number}",
            f"第 {number} 位顾客",
            f"Customer number {number}",
            "打开订单,确认后变绿。",
            "The card opens; green after confirming.",
        )
        for number in range(12)
    ),
    DemoActions(lambda _key: None, lambda _online: None),
)


@both_languages
@three_sizes
def test_every_state_fits(
    make_terminal: MakeTerminal, language: Language, size: tuple[int, int]
) -> None:
    for name, enter in STATES.items():
        terminal = make_terminal(language=language, size=size)
        terminal.desk.rows = tuple(recent_row(seq) for seq in range(20, 0, -1))
        terminal.window.status_changed()
        enter(terminal)
        terminal.settle()
        assert terminal.window.size().toTuple() == size, f"{name} makes the window grow"
        assert misfits(terminal.window) == [], name
        terminal.window.close()


@both_languages
@three_sizes
def test_every_verdict_fits_and_says_its_words(
    make_terminal: MakeTerminal, language: Language, size: tuple[int, int]
) -> None:
    terminal = make_terminal(language=language, size=size)
    page = terminal.window.counter.verdict
    for kind in VerdictKind:
        terminal.desk.answers["a"] = refused(kind)
        terminal.clock.now_s += 5.0  # the answer before was to be seen
        terminal.scan("a")
        text = verdict_text(Verdict(kind, ""))
        said = [label.text() for label in _labels(page)]
        assert text.headline in said, kind
        assert text.clerk in said, kind
        assert text.next_step in said, kind
        assert text.customer in said, kind
        assert misfits(terminal.window) == [], kind
        middle = page.grab().toImage().pixelColor(page.width() - 12, page.height() // 2)
        assert middle == page.skin.colour(LOOKS[kind].tone), kind


def _labels(page: QWidget) -> list[QLabel]:
    return [label for label in page.findChildren(QLabel) if label.isVisible()]


KINDS = {
    "same_request": VerdictKind.ACCEPTED,
    "held": VerdictKind.NEEDS_REVIEW,
    # As they look once a supervisor approved in vain; else they open the page with the digits.
    "challenge_required": VerdictKind.OVER_OFFLINE_LIMIT,
    "wall_clock_changed": VerdictKind.CLOCK_UNTRUSTED,
    "binding_too_old": VerdictKind.EXPIRED,
    "wrong_passwords": VerdictKind.LOCKED,
}
"""The kind that a reason comes with; any other is tried with the longest: one with a button."""


@both_languages
def test_the_longest_reasons_fit_the_smallest_window(
    make_terminal: MakeTerminal, language: Language
) -> None:
    terminal = make_terminal(language=language, size=(1024, 600), demo=DEMO)
    for reason in REASONS:
        kind = KINDS.get(reason, VerdictKind.OVER_OFFLINE_LIMIT)
        terminal.desk.answers["a"] = refused(kind, reason)
        terminal.clock.now_s += 5.0
        terminal.scan("a")
        assert verdict_text(Verdict(kind, reason)).clerk in _said(terminal), reason
        assert misfits(terminal.window) == [], reason


@both_languages
@three_sizes
def test_a_repeated_handover_fits(
    make_terminal: MakeTerminal, language: Language, size: tuple[int, int]
) -> None:
    terminal = make_terminal(language=language, size=size, demo=DEMO)
    again = Verdict(VerdictKind.ACCEPTED, "same_request", voucher(1), record())
    terminal.desk.answers["a"] = Prepared(None, again)
    terminal.scan("a")
    assert verdict_text(again).headline in _said(terminal)
    assert misfits(terminal.window) == []


def _said(terminal: Terminal) -> list[str]:
    return [label.text() for label in _labels(terminal.window.counter.verdict)]


@both_languages
@three_sizes
def test_the_demonstration_fits(
    make_terminal: MakeTerminal, language: Language, size: tuple[int, int]
) -> None:
    terminal = make_terminal(language=language, size=size, demo=DEMO)
    open_card(terminal)
    assert misfits(terminal.window) == []
    demo = terminal.window.demo
    assert demo is not None
    demo._toggle()
    terminal.settle()
    assert misfits(terminal.window) == []
    demo._toggle()
    terminal.window.sign_out()
    terminal.settle()
    assert misfits(terminal.window) == []
    for tile in terminal.window.sign_in.tiles.values():
        assert tile.visibleRegion().boundingRect().size() == tile.size(), "a name is cut off"


@three_sizes
def test_whatever_can_be_touched_is_large_enough_and_has_a_name(
    make_terminal: MakeTerminal, size: tuple[int, int]
) -> None:
    new = (approvable, approval, locked_serial, review, challenge, mistyped, code_text)
    for enter in (partial, wrong_pin, full_disk, offline, *new):
        terminal = make_terminal(size=size)
        enter(terminal)
        terminal.settle()
        for button in terminal.window.findChildren(QAbstractButton):
            if button.isVisible():
                assert min(button.width(), button.height()) >= 44, button
                assert button.accessibleName() or button.text().strip(), button
        terminal.window.close()


def test_green_means_handed_over() -> None:
    for kind in VerdictKind:
        good = LOOKS[kind].tone in {Tone.SUCCESS, Tone.PARTIAL}
        assert good == (kind in HANDED_OVER), kind


def test_no_two_kinds_share_an_icon() -> None:
    icons = [look.icon for look in LOOKS.values()]
    assert len(set(icons)) == len(icons) == len(VerdictKind)


def long_card(terminal: Terminal) -> None:
    terminal.desk.answers["long"] = prepared(1, *[line(CRAB, number) for number in range(1, 12)])
    terminal.scan("long")


FIRST_PICTURES: dict[str, Callable[[Terminal], None]] = {
    "challenge": challenge,
    "approvable": approvable,
    "card": open_card,
    "long card": long_card,
    "answer": already_redeemed,
    "handed over": many_handed_over,
}


@both_languages
@pytest.mark.parametrize("name", FIRST_PICTURES)
def test_the_very_first_picture_fits(
    make_terminal: MakeTerminal,
    monkeypatch: pytest.MonkeyPatch,
    language: Language,
    name: str,
) -> None:
    """What is drawn is laid out at once, not with a later event."""
    terminal = make_terminal(language=language, size=(1024, 600))

    def deliver_only() -> None:
        # Runs what was posted to the window, and nothing that Qt has put off.
        for _ in range(6):
            QCoreApplication.sendPostedEvents(terminal.window.bridge, 0)

    monkeypatch.setattr(terminal, "settle", deliver_only)
    FIRST_PICTURES[name](terminal)
    deliver_only()
    pages = terminal.window.counter.pages
    first = pages.grab().toImage()
    assert misfits(terminal.window) == []
    monkeypatch.undo()
    terminal.settle()
    assert pages.grab().toImage() == first, "nothing moves afterwards"
