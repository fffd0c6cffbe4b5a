"""The customers of the demonstration: what each shows, and what the terminal should say."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.demo.shop import OTHER_STORE, IssuedVoucher, Shop
from kiosk.domain.verdicts import VerdictKind
from kiosk.protocol import cose
from kiosk.protocol.codes import encode_code, parse_text, read_claims
from kiosk.protocol.cose import Algorithm

SCREENSHOT_AGE_S = 63.0
BOX, CRABS, VINEGAR, LIPSTICK = "MOON-8", "CRAB-4M", "VINEGAR", "LIP-01"
PHONE, CHARGER = "PHONE-X", "CHARGER"


@dataclass(frozen=True, slots=True)
class Showing:
    """A phone's screen: a code text, and the voucher to refresh it with when it is live."""

    text: str
    live: IssuedVoucher | None = None


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


class Customers:
    """Makes customers on demand; some things (a screenshot) have to age first."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._screenshot = ""
        self._screenshot_at_s = 0.0
        self._expired = ""
        self._redeemed = ""
        self._partly: IssuedVoucher | None = None

    def prepare(self) -> None:
        """What has to exist beforehand; takes a few seconds."""
        (self._expired_voucher,) = self._shop.issue(f"{BOX}:1", expires_in_s=1)
        self._expired = self._expired_voucher.text
        (shown,) = self._shop.issue(f"{LIPSTICK}:1", tier="V2")
        self._take_screenshot(shown)
        (redeemed,) = self._shop.issue(f"{CRABS}:1", f"{BOX}:1")
        self._redeemed = redeemed.text
        self._shop.redeem_at_second_terminal(redeemed.text)

    def screenshot_ready_in_s(self) -> float:
        """Seconds until the screenshot is old enough to be refused."""
        return max(0.0, self._screenshot_at_s + SCREENSHOT_AGE_S - time.monotonic())

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
                "截图超过 60 秒：动态码已失效", "older than 60 s: the window has passed",
                lambda: Showing(self._screenshot),
            ),
        )  # fmt: skip

    def _new(self, tier: str, *items: str, note: str = "") -> Showing:
        (issued,) = self._shop.issue(*items, tier=tier, note=note)
        return Showing(issued.text, issued if tier == "V2" else None)

    def _partial(self) -> Showing:
        (self._partly,) = self._shop.issue(f"{BOX}:3")
        return Showing(self._partly.text)

    def _rest(self) -> Showing:
        return Showing(self._partly.text) if self._partly else self._partial()

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
