"""The customers of the demonstration: what each shows, and what the terminal should say."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from kiosk.demo.shop import OTHER_STORE, IssuedVoucher, Shop
from kiosk.demo.telling import say
from kiosk.domain.redemption import VoucherHistory
from kiosk.domain.serials import grouped
from kiosk.domain.verdicts import VerdictKind
from kiosk.domain.vouchers import PickupCode
from kiosk.protocol import cose
from kiosk.protocol.codes import encode_code, parse_text, read_claims
from kiosk.protocol.cose import Algorithm

SCREENSHOT_AGE_S = 63.0
BOX, CRABS, VINEGAR, LIPSTICK = "MOON-8", "CRAB-4M", "VINEGAR", "LIP-01"
PHONE, CHARGER = "PHONE-X", "CHARGER"
BOXES = 3
"""In the order of the customer who takes one of them first."""


@dataclass(frozen=True, slots=True)
class Showing:
    """A phone's screen: a code text, and how the phone gets the next one when it changes."""

    text: str
    live: Callable[[], tuple[str, int] | None] | None = None
    """The next text and for how many seconds it is shown; None when the phone gets none."""
    typed: tuple[str, str] | None = None
    """Serial number and password, of a customer whose phone stays in the pocket."""


def _at_once() -> float:
    return 0.0


@dataclass(frozen=True, slots=True)
class Customer:
    """One kind of customer."""

    key: str
    label_zh: str
    label_en: str
    expected: VerdictKind
    why_zh: str
    why_en: str
    show: Callable[[], Showing]
    take: int | None = None
    """Hand over only so many of the first line (partial pickup)."""
    ready_in_s: Callable[[], float] = _at_once
    """Seconds until what this customer shows is what it should be."""


class Customers:
    """Makes customers on demand; some things (a screenshot) have to age first."""

    def __init__(self, shop: Shop, history: Callable[[PickupCode], VoucherHistory]) -> None:
        """``history``: what the terminal before the camera knows of a voucher."""
        self._shop, self._history = shop, history
        self._screenshot = ""
        self._screenshot_at_s = 0.0
        self._slip = IssuedVoucher("", "", "", "")
        self._forwarded = ""
        self._forwarded_at_s = 0.0
        self._expired = ""
        self._redeemed = ""
        self._partly: IssuedVoucher | None = None

    def prepare(self) -> None:
        """What has to exist beforehand; takes a few seconds. Raises ProgramFailed."""
        say("taking a screenshot of a changing code …")  # first: it has to age
        (shown,) = self._shop.issue(f"{LIPSTICK}:1", tier="V2")
        self._take_screenshot(shown)
        self._forwarded = self._bound().text
        self._forwarded_at_s = time.monotonic()
        (self._slip,) = self._shop.issue(f"{VINEGAR}:9", serial=True)
        say("issuing a voucher that expires …")
        (expired,) = self._shop.issue(f"{BOX}:1", expires_in_s=1)
        self._expired = expired.text
        say("issuing a voucher and redeeming it at the second counter …")
        (redeemed,) = self._shop.issue(f"{CRABS}:1", f"{BOX}:1")
        self._redeemed = redeemed.text
        self._shop.redeem_at_second_terminal(redeemed.text)

    def all(self) -> tuple[Customer, ...]:
        """Every kind, in the order of the tour."""
        return (
            Customer(
                "v1", "静态码 V1", "Static code V1", VerdictKind.ACCEPTED,
                "有效凭证：核对后确认核销", "valid: check, then confirm",
                lambda: self._new(
                    "V1", f"{CRABS}:2:1", f"{VINEGAR}:2:1", f"{BOX}:1", note="请附赠品袋两个"
                ),
            ),
            Customer(
                "v2", "动态码 V2", "Changing code V2", VerdictKind.ACCEPTED,
                "手机每 30 秒刷新，屏幕显示哪一张都可核销", "refreshed every 30 s by central",
                lambda: self._new("V2", f"{PHONE}:1:1", f"{CHARGER}:1:1", note="当面开箱验机"),
            ),
            Customer(
                "v3", "V3 手机绑定码", "Phone-bound code V3", VerdictKind.ACCEPTED,
                "手机用自己的密钥每 15 秒签名，手机和终端都离线也可核销",
                "signed by the phone's own key every 15 s; works with both of them offline",
                self._bound,
            ),
            Customer(
                "serial", "序列号+密码", "Serial and password", VerdictKind.ACCEPTED,
                f"没带手机：按 F3 输入 {grouped(self._slip.serial)}，密码 {self._slip.password}",
                f"no phone: press F3, type {grouped(self._slip.serial)}, "
                f"password {self._slip.password}",
                lambda: Showing("", typed=(self._slip.serial, self._slip.password)),
            ),
            Customer(
                "partial", "部分提货", "Partial pickup", VerdictKind.PARTIALLY_REDEEMED,
                "三盒只取一盒，其余保留", "takes one of three, the rest stays",
                self._partial, take=1,
            ),
            Customer(
                "rest", "提取剩余", "The rest", VerdictKind.ACCEPTED,
                "再来取余下两盒", "comes back for the other two",
                self._rest,
            ),
            Customer(
                "redeemed", "已核销", "Already redeemed", VerdictKind.ALREADY_REDEEMED,
                "另一柜台已核销，显示时间与终端", "done at the other counter: says when and where",
                lambda: Showing(self._redeemed),
            ),
            Customer(
                "expired", "已过期", "Expired", VerdictKind.EXPIRED,
                "凭证已过有效期", "past its date",
                lambda: Showing(self._expired),
            ),
            Customer(
                "other-store", "其他门店的码", "Another shop's code", VerdictKind.WRONG_STORE,
                "凭证属于 S002 门店", "belongs to shop S002",
                lambda: Showing(self._shop.issue(f"{BOX}:1", store=OTHER_STORE)[0].text),
            ),
            Customer(
                "forged", "伪造的码", "Forged code", VerdictKind.BAD_SIGNATURE,
                "用别人的私钥签名", "signed with a stranger's key",
                self._forged,
            ),
            Customer(
                "revoked", "已撤销", "Revoked", VerdictKind.REVOKED,
                "总部刚刚撤销，经变更流送达", "head office has just withdrawn it",
                self._revoked,
            ),
            Customer(
                "screenshot", "V2 截图", "Screenshot of V2", VerdictKind.STALE,
                "截图超过 60 秒：动态码已失效（演示刚启动时要等它变旧，最多一分钟）",
                "older than 60 s: the window has passed (at first it comes when it is old enough,"
                " within a minute)",
                lambda: Showing(self._screenshot), ready_in_s=self._screenshot_ready_in_s,
            ),
            Customer(
                "forwarded", "转发的 V3 截图", "Forwarded screenshot of V3", VerdictKind.STALE,
                "截图没有手机的密钥，超过 60 秒就作废，离线也一样",
                "a picture has no key: worthless after 60 s, also offline",
                lambda: Showing(self._forwarded), ready_in_s=self._forwarded_ready_in_s,
            ),
            Customer(
                "two-counters", "同一凭证两柜台", "Same voucher at two counters",
                VerdictKind.ACCEPTED,
                "先断开网络：两柜台都交货，恢复网络后出现冲突角标；联网时直接拒绝",
                "network off first: both hand over, and the conflict badge comes with the network;"
                " online it is refused",
                self._contested,
            ),
        )  # fmt: skip

    def _new(self, tier: str, *items: str, note: str = "") -> Showing:
        (issued,) = self._shop.issue(*items, tier=tier, note=note)
        live = partial(self._shop.fresh_code, issued) if tier == "V2" else None
        return Showing(issued.text, live)

    def _bound(self) -> Showing:
        """A phone with its key; from now on it needs no network."""
        (issued,) = self._shop.issue(f"{CRABS}:1", f"{VINEGAR}:1", tier="V3")
        phone = self._shop.bind(issued)
        return Showing(phone.code()[0], phone.code)

    def _partial(self) -> Showing:
        (self._partly,) = self._shop.issue(f"{BOX}:{BOXES}")
        return Showing(self._partly.text)

    def _rest(self) -> Showing:
        """Who took a part here; when nobody did, somebody who took one piece next door."""
        if self._partly is None or not 0 < self._taken(self._partly) < BOXES:
            (self._partly,) = self._shop.issue(f"{BOX}:{BOXES}")
            self._shop.take_one_at_second_terminal(self._partly.text)
        return Showing(self._partly.text)

    def _taken(self, issued: IssuedVoucher) -> int:
        """Pieces that were handed over, as far as this terminal knows."""
        history = self._history(read_claims(parse_text(issued.text)))
        return sum(item.quantity for item in history.taken)

    def _contested(self) -> Showing:
        (issued,) = self._shop.issue(f"{CRABS}:1")
        self._shop.take_one_at_second_terminal(issued.text)
        return Showing(issued.text)

    def _revoked(self) -> Showing:
        (issued,) = self._shop.issue(f"{LIPSTICK}:1")
        self._shop.revoke(issued.voucher)
        return Showing(issued.text)

    def _forged(self) -> Showing:
        """A real code's content under a key that is not central's."""
        (issued,) = self._shop.issue(f"{PHONE}:1")
        honest = read_claims(parse_text(issued.text))
        return Showing(encode_code(honest, cose.generate_key(Algorithm.ED25519)))

    def _take_screenshot(self, shown: IssuedVoucher) -> None:
        fresh = self._shop.fresh_code(shown)
        self._screenshot = fresh[0] if fresh else shown.text
        self._screenshot_at_s = time.monotonic()

    def _forwarded_ready_in_s(self) -> float:
        return max(0.0, self._forwarded_at_s + SCREENSHOT_AGE_S - time.monotonic())

    def _screenshot_ready_in_s(self) -> float:
        return max(0.0, self._screenshot_at_s + SCREENSHOT_AGE_S - time.monotonic())
