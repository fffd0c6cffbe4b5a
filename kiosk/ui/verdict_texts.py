"""What each verdict says: to the customer, to the clerk, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.ui.language import QT_TRANSLATE_NOOP, translate
from kiosk.ui.reason_texts import REASONS, ReasonText


@dataclass(frozen=True, slots=True)
class VerdictText:
    """Finished sentences in the language in force."""

    headline: str
    customer: str
    clerk: str
    next_step: str


class _Source(NamedTuple):
    headline: str
    customer: str
    clerk: str
    next_step: str


_TEXTS = {
    VerdictKind.ACCEPTED: _Source(
        QT_TRANSLATE_NOOP("Verdict", "Redeemed"),
        QT_TRANSLATE_NOOP("Verdict", "Your order is complete. Thank you!"),
        QT_TRANSLATE_NOOP("Verdict", "Recorded on this terminal. The goods may be handed over."),
        QT_TRANSLATE_NOOP("Verdict", "Hand over the goods below."),
    ),
    VerdictKind.PARTIALLY_REDEEMED: _Source(
        QT_TRANSLATE_NOOP("Verdict", "Partly redeemed"),
        QT_TRANSLATE_NOOP("Verdict", "Keep the order: the other items can be picked up later."),
        QT_TRANSLATE_NOOP("Verdict", "Recorded on this terminal. The rest stays on the voucher."),
        QT_TRANSLATE_NOOP("Verdict", "Hand over only the goods below."),
    ),
    VerdictKind.ALREADY_REDEEMED: _Source(
        QT_TRANSLATE_NOOP("Verdict", "Already redeemed"),
        QT_TRANSLATE_NOOP("Verdict", "This order has been picked up before."),
        QT_TRANSLATE_NOOP("Verdict", "Nothing is left on this voucher."),
        QT_TRANSLATE_NOOP(
            "Verdict", "Do not hand over. If the customer objects, call the supervisor."
        ),
    ),
    VerdictKind.EXPIRED: _Source(
        QT_TRANSLATE_NOOP("Verdict", "Code has expired"),
        QT_TRANSLATE_NOOP("Verdict", "The time for picking up this order is over."),
        QT_TRANSLATE_NOOP("Verdict", "The code is genuine, but past its last day."),
        QT_TRANSLATE_NOOP(
            "Verdict", "Ask the customer to open the order again, or to contact service."
        ),
    ),
    VerdictKind.NOT_YET_VALID: _Source(
        QT_TRANSLATE_NOOP("Verdict", "Not valid yet"),
        QT_TRANSLATE_NOOP("Verdict", "This order cannot be picked up yet."),
        QT_TRANSLATE_NOOP("Verdict", "The pickup time of this order has not begun."),
        QT_TRANSLATE_NOOP("Verdict", "Look up the pickup time in the order together."),
    ),
    VerdictKind.STALE: _Source(
        QT_TRANSLATE_NOOP("Verdict", "Code is out of date"),
        QT_TRANSLATE_NOOP("Verdict", "Please open the order again and show the live code."),
        QT_TRANSLATE_NOOP("Verdict", "This looks like a screenshot, or a page left open too long."),
        QT_TRANSLATE_NOOP("Verdict", "Have the code refreshed in the mini-program, then scan it."),
    ),
    VerdictKind.REPLAYED: _Source(
        QT_TRANSLATE_NOOP("Verdict", "Code was used elsewhere"),
        QT_TRANSLATE_NOOP("Verdict", "This code was just used at another counter."),
        QT_TRANSLATE_NOOP("Verdict", "The very same showing was redeemed by another terminal."),
        QT_TRANSLATE_NOOP(
            "Verdict", "Do not hand over. Have the code refreshed, or call the supervisor."
        ),
    ),
    VerdictKind.WRONG_STORE: _Source(
        QT_TRANSLATE_NOOP("Verdict", "For another store"),
        QT_TRANSLATE_NOOP("Verdict", "This order has to be picked up in another store."),
        QT_TRANSLATE_NOOP("Verdict", "The voucher is bound to another store."),
        QT_TRANSLATE_NOOP("Verdict", "Show the customer the store in the order."),
    ),
    VerdictKind.REVOKED: _Source(
        QT_TRANSLATE_NOOP("Verdict", "No longer valid"),
        QT_TRANSLATE_NOOP("Verdict", "This order was cancelled or refunded."),
        QT_TRANSLATE_NOOP("Verdict", "Head office has withdrawn this voucher."),
        QT_TRANSLATE_NOOP("Verdict", "Do not hand over. Refund questions go to service."),
    ),
    VerdictKind.UNKNOWN_KEY: _Source(
        QT_TRANSLATE_NOOP("Verdict", "Unknown issuer"),
        QT_TRANSLATE_NOOP("Verdict", "This code cannot be checked here."),
        QT_TRANSLATE_NOOP("Verdict", "This terminal does not know the key that signed the code."),
        QT_TRANSLATE_NOOP(
            "Verdict", "Do not hand over. Check the data age below, then call the supervisor."
        ),
    ),
    VerdictKind.BAD_SIGNATURE: _Source(
        QT_TRANSLATE_NOOP("Verdict", "Not a genuine code"),
        QT_TRANSLATE_NOOP("Verdict", "This code could not be confirmed."),
        QT_TRANSLATE_NOOP("Verdict", "The signature does not match: altered or forged."),
        QT_TRANSLATE_NOOP(
            "Verdict", "Do not hand over. Have the order opened in the mini-program."
        ),
    ),
    VerdictKind.MALFORMED: _Source(
        QT_TRANSLATE_NOOP("Verdict", "Not a pickup code"),
        QT_TRANSLATE_NOOP("Verdict", "Please show the pickup code of your order."),
        QT_TRANSLATE_NOOP("Verdict", "What was scanned is not one of our pickup codes."),
        QT_TRANSLATE_NOOP("Verdict", "In the mini-program: My orders → Pickup code."),
    ),
    VerdictKind.UNKNOWN_VOUCHER: _Source(
        QT_TRANSLATE_NOOP("Verdict", "Voucher not found"),
        QT_TRANSLATE_NOOP("Verdict", "No order was found for this number."),
        QT_TRANSLATE_NOOP("Verdict", "This terminal knows no voucher with this number."),
        QT_TRANSLATE_NOOP("Verdict", "Check the number and type it again."),
    ),
    VerdictKind.LOCKED: _Source(
        QT_TRANSLATE_NOOP("Verdict", "Locked"),
        QT_TRANSLATE_NOOP("Verdict", "The password was wrong three times."),
        QT_TRANSLATE_NOOP("Verdict", "The voucher is locked against guessing."),
        QT_TRANSLATE_NOOP("Verdict", "The supervisor can unlock it after an identity check."),
    ),
    VerdictKind.CLOCK_UNTRUSTED: _Source(
        QT_TRANSLATE_NOOP("Verdict", "Clock not trusted"),
        QT_TRANSLATE_NOOP("Verdict", "One moment please, a colleague will check your order."),
        QT_TRANSLATE_NOOP(
            "Verdict", "This terminal is not sure of the time, so live codes cannot be judged."
        ),
        QT_TRANSLATE_NOOP("Verdict", "Restore the network, or call the supervisor."),
    ),
    VerdictKind.OVER_OFFLINE_LIMIT: _Source(
        QT_TRANSLATE_NOOP("Verdict", "Needs the network"),
        QT_TRANSLATE_NOOP("Verdict", "One moment please, the network is interrupted."),
        QT_TRANSLATE_NOOP("Verdict", "This order may not be handed over without the network."),
        QT_TRANSLATE_NOOP("Verdict", "Wait for the network, or call the supervisor."),
    ),
    VerdictKind.OUT_OF_STOCK: _Source(
        QT_TRANSLATE_NOOP("Verdict", "Out of stock"),
        QT_TRANSLATE_NOOP("Verdict", "We are sorry: an item is out of stock at the moment."),
        QT_TRANSLATE_NOOP("Verdict", "The stock of this store does not cover the order."),
        QT_TRANSLATE_NOOP("Verdict", "Look on the shelf; if it is there, call the supervisor."),
    ),
    VerdictKind.STOCK_CLOSED: _Source(
        QT_TRANSLATE_NOOP("Verdict", "Stock is closed"),
        QT_TRANSLATE_NOOP("Verdict", "One moment please, we are counting stock."),
        QT_TRANSLATE_NOOP("Verdict", "Handing over is paused while stock is being counted."),
        QT_TRANSLATE_NOOP("Verdict", "Wait for the end of the count, or call the supervisor."),
    ),
    VerdictKind.GOODS_EXPIRED: _Source(
        QT_TRANSLATE_NOOP("Verdict", "Goods past their date"),
        QT_TRANSLATE_NOOP("Verdict", "These goods can no longer be handed over."),
        QT_TRANSLATE_NOOP("Verdict", "The batch is past its date and must not leave the store."),
        QT_TRANSLATE_NOOP("Verdict", "Set the goods aside. Take a fresh batch, or offer a refund."),
    ),
    VerdictKind.RISK_BLOCKED: _Source(
        QT_TRANSLATE_NOOP("Verdict", "Stopped for safety"),
        QT_TRANSLATE_NOOP("Verdict", "This order needs a check before it can be picked up."),
        QT_TRANSLATE_NOOP("Verdict", "A risk rule of head office stops this voucher."),
        QT_TRANSLATE_NOOP("Verdict", "Do not hand over. Call the supervisor."),
    ),
    VerdictKind.NEEDS_REVIEW: _Source(
        QT_TRANSLATE_NOOP("Verdict", "Needs a check"),
        QT_TRANSLATE_NOOP("Verdict", "One moment please, a colleague will check your order."),
        QT_TRANSLATE_NOOP("Verdict", "This voucher cannot be handed over without a check."),
        QT_TRANSLATE_NOOP("Verdict", "Call the supervisor."),
    ),
}

_NO_REASON = ReasonText()


def verdict_text(verdict: Verdict) -> VerdictText:
    """The sentences for a verdict, in the language in force. Qt thread."""
    source = _TEXTS[verdict.kind]
    reason = REASONS.get(verdict.reason, _NO_REASON)
    return VerdictText(
        headline=translate("Verdict", reason.headline or source.headline),
        customer=translate("Verdict", reason.customer or source.customer),
        clerk=translate("Verdict", reason.clerk or source.clerk),
        next_step=translate("Verdict", reason.next_step or source.next_step),
    )
