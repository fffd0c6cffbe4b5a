"""A counter without ledger, camera and sound: what the screens' tests stand on."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TypeVar

from kiosk.counter.prepare import Prepared
from kiosk.devices.signals import Sound, SoundState
from kiosk.domain.approval import Approval
from kiosk.domain.challenge import Challenge
from kiosk.domain.clock import ClockReading, Confidence, Instant
from kiosk.domain.link import Link, LinkState
from kiosk.domain.orders import Handover, OrderCard, OrderDetails, OrderLine, Product
from kiosk.domain.ports import OutboxStatus, RecentRedemption
from kiosk.domain.serials import ReviewRefusal
from kiosk.domain.staff import Role, SignInRefusal, StaffMember
from kiosk.domain.status import CameraState, CameraStatus, TerminalStatus
from kiosk.domain.verdicts import RedemptionRecord, Verdict, VerdictKind
from kiosk.domain.vouchers import Item, PickupCode, Tier
from kiosk.ui.ports import Quad

T = TypeVar("T")

NOW_UNIX_S = int(time.mktime((2026, 11, 23, 14, 3, 0, 0, 0, -1)))
LI = StaffMember("s01", "李明", Role.CLERK, "")
ZHANG = StaffMember("s02", "张晓梅", Role.SUPERVISOR, "")
STAFF = (LI, ZHANG, StaffMember("s03", "陈思远", Role.CLERK, ""))
CRAB = Product(
    "CRAB-GIFT-8", "阳澄湖大闸蟹礼盒 8 只装", "Yangcheng Lake crab gift box, 8 pcs", "盒", "box"
)
VINEGAR = Product("VINEGAR-500", "镇江香醋 500 毫升", "Zhenjiang vinegar, 500 ml", "瓶", "bottle")
TOOLS = Product("CRAB-TOOLS", "蟹八件工具套装", "Crab tool set, 8 pieces", "套", "set")
CAKE = Product("MOONCAKE-6", "广式月饼礼盒 6 枚", "Cantonese mooncakes, box of 6", "盒", "box")
CHALLENGE = Challenge("12345678", 1180.0)
PRODUCTS = {each.sku: each for each in (CRAB, VINEGAR, TOOLS, CAKE)}


class FakeClock:
    """Monotonic time that a test moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def read(self) -> ClockReading:
        return ClockReading(NOW_UNIX_S + self.now_s - 1000.0, self.now_s, "boot")

    def monotonic_s(self) -> float:
        return self.now_s


class FakeSignals:
    """Remembers the tones."""

    def __init__(self) -> None:
        self.played: list[Sound] = []
        self.muted = False

    @property
    def state(self) -> SoundState:
        return SoundState.MUTED if self.muted else SoundState.ON

    def mute(self, muted: bool) -> None:
        self.muted = muted

    def play(self, sound: Sound) -> None:
        self.played.append(sound)


def deliver(future: Future[T], then: Callable[[Future[T]], None]) -> None:
    """A bridge within one thread: the result is handed on as soon as it is there."""
    future.add_done_callback(then)


def done(value: T) -> Future[T]:
    """A future that has its result."""
    future: Future[T] = Future()
    future.set_result(value)
    return future


@dataclass
class FakeTicket:
    """A claim that remembers whether it was given back."""

    released: bool = False

    def wait(self, timeout_s: float) -> None:
        return None

    def release(self) -> None:
        self.released = True


@dataclass
class FakeDesk:
    """Answers what a test says; `held` keeps futures open until the test answers them."""

    answers: dict[str, Prepared | Exception] = field(default_factory=dict)
    confirmed: list[tuple[Prepared, tuple[Item, ...], str | None]] = field(default_factory=list)
    outcome: Handover | Exception | None = None
    pins: dict[str, str] = field(default_factory=lambda: {"s01": "1234", "s02": "2468"})
    locked: set[str] = field(default_factory=set)
    staff: tuple[StaffMember, ...] = STAFF
    rows: tuple[RecentRedemption, ...] = ()
    read_fault: Exception | None = None
    hold: bool = False
    held: list[tuple[Future[object], object]] = field(default_factory=list)
    dismissed: list[Prepared] = field(default_factory=list)

    approved: dict[str, Prepared | Exception] = field(default_factory=dict)
    """Answers to a judgement with an approval; by default the card is what it is without one."""
    approvals: list[tuple[str, Approval]] = field(default_factory=list)
    serials: dict[tuple[str, str], Prepared | Exception] = field(default_factory=dict)
    tried: list[tuple[str, str]] = field(default_factory=list)
    reviews: list[tuple[bytes, str, str]] = field(default_factory=list)
    review_fault: Exception | ReviewRefusal | None = None
    shown_challenge: Challenge = CHALLENGE

    def prepare(self, text: str, approval: Approval | None = None) -> Future[Prepared]:
        unknown = Prepared(None, Verdict(VerdictKind.MALFORMED, "prefix"))
        if approval is not None:
            self.approvals.append((text, approval))
            if text in self.approved:
                return self._answer(self.approved[text])
        return self._answer(self.answers.get(text, unknown))

    def prepare_serial(
        self,
        serial: str,
        password: str,
        approval: Approval | None = None,
        staff: str | None = None,
    ) -> Future[Prepared]:
        self.tried.append((serial, password))
        unknown = Prepared(None, Verdict(VerdictKind.UNKNOWN_VOUCHER, "serial_unknown"))
        if approval is not None:
            self.approvals.append((serial, approval))
            if serial in self.approved:
                return self._answer(self.approved[serial])
        return self._answer(self.serials.get((serial, password), unknown))

    def review_serial(self, voucher: bytes, staff: str, note: str) -> Future[ReviewRefusal | None]:
        self.reviews.append((voucher, staff, note))
        return self._answer(self.review_fault)

    def challenge(self) -> Challenge:
        return self.shown_challenge

    def confirm(
        self, prepared: Prepared, selected: tuple[Item, ...], staff: str | None
    ) -> Future[Handover]:
        self.confirmed.append((prepared, selected, staff))
        return self._answer(self.outcome or handed_over(prepared, selected))

    def dismiss(self, prepared: Prepared) -> None:
        self.dismissed.append(prepared)

    def sign_in(self, staff: str, pin: str) -> Future[StaffMember | SignInRefusal]:
        if staff in self.locked:
            return self._answer(SignInRefusal.LOCKED)
        member = next((each for each in self.staff if each.staff == staff), None)
        if member is None:
            return self._answer(SignInRefusal.UNKNOWN_STAFF)
        right = self.pins.get(staff) == pin
        return self._answer(member if right else SignInRefusal.WRONG_PIN)

    def staff_list(self) -> Future[tuple[StaffMember, ...]]:
        return self._answer(self.read_fault or self.staff)

    def recent(self, limit: int = 20) -> Future[tuple[RecentRedemption, ...]]:
        return self._answer(self.read_fault or self.rows[:limit])

    def answer_held(self) -> None:
        """Answer everything that was held back, in order."""
        held, self.held = self.held, []
        for future, value in held:
            _set(future, value)

    def _answer(self, value: object) -> Future[T]:
        future: Future[T] = Future()
        if self.hold:
            self.held.append((future, value))  # type: ignore[arg-type]
        else:
            _set(future, value)  # type: ignore[arg-type]
        return future


def _set(future: Future[object], value: object) -> None:
    if isinstance(value, Exception):
        future.set_exception(value)
    else:
        future.set_result(value)


def handed_over(prepared: Prepared, selected: tuple[Item, ...]) -> Handover:
    """What the ledger answers when all goes well."""
    card = prepared.card
    assert card is not None
    whole = sum(line.left for line in card.lines) == sum(item.quantity for item in selected)
    kind = VerdictKind.ACCEPTED if whole else VerdictKind.PARTIALLY_REDEEMED
    verdict = Verdict(kind, "", card.code.voucher)
    return Handover(verdict, seq=7, at_s=NOW_UNIX_S, items=selected)


def voucher(number: int) -> bytes:
    """A voucher id."""
    return number.to_bytes(16, "big")


def line(
    product: Product | None,
    quantity: int = 1,
    left: int | None = None,
    *,
    group: int | None = None,
    on_hand: int | None = None,
    sku: str = "",
) -> OrderLine:
    """A line of a card."""
    item = Item(product.sku if product else sku, quantity, group)
    return OrderLine(item, quantity if left is None else left, product, on_hand)


def prepared(
    number: int = 1,
    *lines: OrderLine,
    tier: Tier = Tier.V2,
    details: OrderDetails | None = None,
    earlier: RedemptionRecord | None = None,
    valid_until_s: float = 1180.0,
    ticket: FakeTicket | None = None,
) -> Prepared:
    """A card as the desk hands it out."""
    lines = lines or (line(CRAB, 2), line(VINEGAR))
    code = PickupCode(
        voucher=voucher(number),
        tier=tier,
        stores=("S001",),
        issued_at_s=NOW_UNIX_S,
        expires_at_s=NOW_UNIX_S + 60,
        not_before_s=None,
        items=tuple(each.item for each in lines),
        key_id=b"kidkidki",
        presented=b"",
    )
    short = any(each.on_hand is not None and each.on_hand < each.left for each in lines)
    card = OrderCard(
        code=code,
        lines=lines,
        details=details
        or OrderDetails(f"20261123{number:04d}", "138****1234", "", f"A{number:02d}"),
        request_id=bytes(16),
        judged_at_s=NOW_UNIX_S,
        valid_until_s=valid_until_s,
        earlier=earlier,
        warnings=("stock_short",) if short else (),
    )
    return Prepared(card, None, ticket or FakeTicket())


def record(*, here: bool = True, terminal: str = "T-0001") -> RedemptionRecord:
    """A redemption earlier today."""
    return RedemptionRecord(bytes(32), NOW_UNIX_S - 2580, "S001", terminal, "s01", here)


def refused(kind: VerdictKind, reason: str = "", number: int = 1) -> Prepared:
    """A refusal as the desk hands it out."""
    told = {VerdictKind.ALREADY_REDEEMED, VerdictKind.REPLAYED}
    fact = record(here=kind is VerdictKind.ALREADY_REDEEMED) if kind in told else None
    return Prepared(None, Verdict(kind, reason or kind.value, voucher(number), fact))


def recent_row(seq: int, state: str = "acked", items: tuple[Item, ...] = ()) -> RecentRedemption:
    """A line of the recent list."""
    return RecentRedemption(
        seq=seq,
        epoch=1,
        voucher=voucher(seq),
        at_s=NOW_UNIX_S - 60 * (30 - seq),
        staff="s01",
        items=items or (Item(CRAB.sku, 1), Item(VINEGAR.sku, 2)),
        order_no=f"20261123{seq:04d}",
        state=state,
    )


def status(**changes: object) -> TerminalStatus:
    """A healthy terminal; changes by field name."""
    healthy = TerminalStatus(
        store_name="湖滨路旗舰店",
        terminal="T-0001",
        link=Link(LinkState.ONLINE, 1000.0 - 754, "", 999.0),
        outbox=OutboxStatus(0, None, 0, 0),
        data_age_s=12.0,
        now=Instant(NOW_UNIX_S, Confidence.CARRIED),
        offline_left_s=None,
        monotonic_s=1000.0,
    )
    return replace(healthy, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class FakePreview:
    """One picture."""

    width: int
    height: int
    pixels: memoryview
    frame: int
    quad: Quad | None = None


class FakeCamera:
    """Pictures and states as a test sets them."""

    def __init__(self, state: CameraState = CameraState.LIVE, reason: str = "") -> None:
        self.status = CameraStatus(state, reason)
        self.preview: FakePreview | None = None

    def latest_preview(self) -> FakePreview | None:
        return self.preview

    def show(self, frame: int = 1, quad: Quad | None = None) -> None:
        """A picture of 64 by 36 grey pixels."""
        self.preview = FakePreview(64, 36, memoryview(bytes([90]) * (64 * 36 * 3)), frame, quad)
