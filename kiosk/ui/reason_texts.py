"""What a reason adds to its verdict's kind: where it tells more, staff hear the reason."""

from __future__ import annotations

from typing import NamedTuple

from kiosk.ui.language import QT_TRANSLATE_NOOP, translate


class ReasonText(NamedTuple):
    """Sentences to translate; an empty one leaves the kind's own in place."""

    headline: str = ""
    customer: str = ""
    clerk: str = ""
    next_step: str = ""
    short: str = ""
    """A few words, where a supervisor let it pass."""


REASONS = {
    "same_request": ReasonText(
        headline=QT_TRANSLATE_NOOP("Verdict", "Already handed over with this code"),
        customer=QT_TRANSLATE_NOOP("Verdict", "This code has just been used."),
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "Do not hand over again, unless the goods are still on the counter."
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Look at the time of the redemption. When in doubt, call the supervisor."
        ),
    ),
    "showing_undone": ReasonText(
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "This code was redeemed here, and the supervisor has undone that."
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Have a fresh code shown, and scan that one. Nothing was recorded."
        ),
    ),
    "card_expired": ReasonText(
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "The order card was open too long. Nothing was recorded."
        ),
        next_step=QT_TRANSLATE_NOOP("Verdict", "Scan the customer's code again."),
    ),
    "issued_in_future": ReasonText(
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "The code claims to come from the future: a clock is wrong."
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict",
            "Check the clock below. If it is right, ask the customer to open the order again.",
        ),
    ),
    "shown_in_future": ReasonText(
        customer=QT_TRANSLATE_NOOP(
            "Verdict", "Please set the time of your phone to automatic, then open the order again."
        ),
        clerk=QT_TRANSLATE_NOOP("Verdict", "The phone's clock is ahead of this terminal's."),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Have the phone's time set to automatic, then scan the new code."
        ),
    ),
    "refunded": ReasonText(
        clerk=QT_TRANSLATE_NOOP("Verdict", "The order was refunded."),
    ),
    "status_list": ReasonText(
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "The voucher is on head office's list of withdrawn vouchers."
        ),
    ),
    "held": ReasonText(
        clerk=QT_TRANSLATE_NOOP("Verdict", "Head office holds this voucher back for a check."),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Do not hand over. Head office has to release it first."
        ),
    ),
    "offline_too_long": ReasonText(
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "This terminal has been offline for longer than allowed."
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Connect the terminal to the network, or call the supervisor."
        ),
        short=QT_TRANSLATE_NOOP("Verdict", "offline for longer than allowed"),
    ),
    "tier_needs_network": ReasonText(
        clerk=QT_TRANSLATE_NOOP("Verdict", "Codes of this kind need the network to be checked."),
        short=QT_TRANSLATE_NOOP("Verdict", "this kind of code needs the network"),
    ),
    "value_needs_network": ReasonText(
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "An order of this value needs the network to be checked."
        ),
        short=QT_TRANSLATE_NOOP("Verdict", "an order of this value needs the network"),
    ),
    "bundle_split": ReasonText(
        clerk=QT_TRANSLATE_NOOP("Verdict", "The parts of a bundle have to leave together."),
        next_step=QT_TRANSLATE_NOOP("Verdict", "Scan again and choose the whole bundle."),
    ),
    "more_than_left": ReasonText(
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "Some of it was picked up elsewhere meanwhile. Nothing was recorded."
        ),
        next_step=QT_TRANSLATE_NOOP("Verdict", "Scan the customer's code again."),
    ),
    "too_long": ReasonText(
        clerk=QT_TRANSLATE_NOOP("Verdict", "What was scanned is too long for a pickup code."),
    ),
    "holder_payload": ReasonText(
        customer=QT_TRANSLATE_NOOP("Verdict", "Please open the order again and show its code."),
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "What the phone signed is not in the form of a pickup code."
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Have the order opened in the mini-program, not in another app."
        ),
    ),
    "holder_signature": ReasonText(
        customer=QT_TRANSLATE_NOOP(
            "Verdict", "Please open the order on the phone that it is bound to."
        ),
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "The code was not signed by the phone that the order is bound to."
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Do not hand over. Only the customer's own phone can show this order."
        ),
    ),
    "binding_too_old": ReasonText(
        headline=QT_TRANSLATE_NOOP("Verdict", "Phone has to renew the order"),
        customer=QT_TRANSLATE_NOOP(
            "Verdict", "Please connect to the internet and open the order again."
        ),
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "The phone has not renewed the order for 24 hours. The code is genuine."
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Have the phone go online for a moment, open the order, then scan again."
        ),
    ),
    "key_revoked": ReasonText(
        headline=QT_TRANSLATE_NOOP("Verdict", "Issuer's key withdrawn"),
        customer=QT_TRANSLATE_NOOP("Verdict", "Please open the order again to get a new code."),
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "Head office has withdrawn the key that signed this code."
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Do not hand over on this code. A code opened anew has the new key."
        ),
    ),
    "not_caught_up": ReasonText(
        headline=QT_TRANSLATE_NOOP("Verdict", "Terminal was restored"),
        customer=QT_TRANSLATE_NOOP("Verdict", "One moment please, our terminal has to be updated."),
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "This terminal does not know yet what was handed over before its repair."
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Go online: it catches up within a minute. Or call the supervisor."
        ),
        short=QT_TRANSLATE_NOOP("Verdict", "restored, not caught up"),
    ),
    "key_set_too_old": ReasonText(
        headline=QT_TRANSLATE_NOOP("Verdict", "Key list is too old"),
        customer=QT_TRANSLATE_NOOP("Verdict", "One moment please, our terminal has to be updated."),
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "The list of issuers' keys on this terminal is older than allowed."
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Go online: the list comes within a minute. Or call the supervisor."
        ),
        short=QT_TRANSLATE_NOOP("Verdict", "key list too old"),
    ),
    "status_too_old": ReasonText(
        headline=QT_TRANSLATE_NOOP("Verdict", "Withdrawal list is too old"),
        customer=QT_TRANSLATE_NOOP("Verdict", "One moment please, our terminal has to be updated."),
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "This terminal's list of withdrawn vouchers is older than allowed."
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Go online: the list comes within a minute. Or call the supervisor."
        ),
        short=QT_TRANSLATE_NOOP("Verdict", "withdrawal list too old"),
    ),
    "status_unknown": ReasonText(
        headline=QT_TRANSLATE_NOOP("Verdict", "Withdrawal list is missing"),
        customer=QT_TRANSLATE_NOOP("Verdict", "One moment please, our terminal has to be updated."),
        clerk=QT_TRANSLATE_NOOP(
            "Verdict",
            "This terminal does not have the list that says whether the voucher was withdrawn.",
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Go online: the list comes within a minute. Or call the supervisor."
        ),
        short=QT_TRANSLATE_NOOP("Verdict", "withdrawal list missing"),
    ),
    "serial_unknown": ReasonText(
        customer=QT_TRANSLATE_NOOP("Verdict", "No order was found for this serial number."),
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "This terminal knows no voucher with this serial number."
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Compare the number digit by digit and type it again (F3)."
        ),
    ),
    "wrong_password": ReasonText(
        headline=QT_TRANSLATE_NOOP("Verdict", "Wrong password"),
        customer=QT_TRANSLATE_NOOP(
            "Verdict", "The password does not belong to this serial number."
        ),
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "Recorded as a wrong try. Three of them lock the serial number."
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Have the customer read the six digits out, then type them again (F3)."
        ),
    ),
    "wrong_passwords": ReasonText(
        customer=QT_TRANSLATE_NOOP("Verdict", "The password was wrong three times."),
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "Three wrong passwords: the serial number is locked, whatever is typed now."
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "A supervisor checks the customer's identity and clears it here (F4)."
        ),
    ),
    "serial_check_digit": ReasonText(
        headline=QT_TRANSLATE_NOOP("Verdict", "Serial number is mistyped"),
        customer=QT_TRANSLATE_NOOP("Verdict", "Please read the serial number out once more."),
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "The last digit does not fit the others. This was not counted as a try."
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Compare the number digit by digit and type it again (F3)."
        ),
    ),
    "password_form": ReasonText(
        headline=QT_TRANSLATE_NOOP("Verdict", "Password is incomplete"),
        customer=QT_TRANSLATE_NOOP(
            "Verdict", "Please read the six digits of the password out once more."
        ),
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "A password has six digits. This was not counted as a try."
        ),
        next_step=QT_TRANSLATE_NOOP("Verdict", "Type the password again (F3)."),
    ),
    "serial_needs_a_terminal": ReasonText(
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "A serial number and its password can only be checked on the typing page."
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Press F3 and type the serial number and the password."
        ),
    ),
    "challenge_required": ReasonText(
        customer=QT_TRANSLATE_NOOP(
            "Verdict", "Please type the digits that our screen shows on your phone."
        ),
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "An order of this value needs the phone to sign digits that are shown here."
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Scan again and have the digits typed, or call the supervisor."
        ),
        short=QT_TRANSLATE_NOOP("Verdict", "without the digits on the phone"),
    ),
    "challenge_wrong": ReasonText(
        customer=QT_TRANSLATE_NOOP("Verdict", "Please type the digits that our screen shows now."),
        clerk=QT_TRANSLATE_NOOP(
            "Verdict",
            "The phone signed other digits than those shown here: mistyped, or an earlier code.",
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Scan again and have the digits typed, or call the supervisor."
        ),
        short=QT_TRANSLATE_NOOP("Verdict", "other digits on the phone"),
    ),
    "place_far": ReasonText(
        customer=QT_TRANSLATE_NOOP(
            "Verdict", "One moment please, a colleague will check your order."
        ),
        clerk=QT_TRANSLATE_NOOP(
            "Verdict",
            "The phone says that it is not near this store. The code may have been passed on.",
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Ask to see the order on the customer's own phone, or call the supervisor."
        ),
        short=QT_TRANSLATE_NOOP("Verdict", "phone away from the store"),
    ),
    "place_unknown": ReasonText(
        customer=QT_TRANSLATE_NOOP(
            "Verdict", "Please allow your location in the mini-program, then show the code again."
        ),
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "The phone does not say where it is, and this order asks for that."
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Have location allowed and scan again, or call the supervisor."
        ),
        short=QT_TRANSLATE_NOOP("Verdict", "phone's place unknown"),
    ),
    "holder_velocity": ReasonText(
        customer=QT_TRANSLATE_NOOP(
            "Verdict", "One moment please, a colleague will check your order."
        ),
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "This customer has picked up unusually many orders lately."
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Call the supervisor, who looks at the orders and decides."
        ),
        short=QT_TRANSLATE_NOOP("Verdict", "unusually many pickups"),
    ),
    "voucher_blocked": ReasonText(
        clerk=QT_TRANSLATE_NOOP("Verdict", "Head office has blocked this voucher."),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Do not hand over. Give the code for support below to head office."
        ),
    ),
    "holder_blocked": ReasonText(
        clerk=QT_TRANSLATE_NOOP("Verdict", "Head office has blocked the holder of this voucher."),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Do not hand over. Give the code for support below to head office."
        ),
    ),
    "never_synced": ReasonText(
        clerk=QT_TRANSLATE_NOOP("Verdict", "This terminal has never had the time from central."),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict", "Connect the terminal to the network once, or call the supervisor."
        ),
        short=QT_TRANSLATE_NOOP("Verdict", "clock never synchronised"),
    ),
    "rebooted": ReasonText(
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "The terminal restarted without a network: how long it was off is not known."
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict",
            "Go online, or scan fresh changing codes of three orders, or call the supervisor.",
        ),
        short=QT_TRANSLATE_NOOP("Verdict", "restarted without network"),
    ),
    "wall_clock_changed": ReasonText(
        clerk=QT_TRANSLATE_NOOP("Verdict", "The clock of this machine was changed while it ran."),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict",
            "Check the clock, go online, scan three orders' fresh codes, or call the supervisor.",
        ),
        short=QT_TRANSLATE_NOOP("Verdict", "system clock was changed"),
    ),
    "wall_clock_behind": ReasonText(
        clerk=QT_TRANSLATE_NOOP(
            "Verdict", "The clock of this machine is behind a time that has certainly passed."
        ),
        next_step=QT_TRANSLATE_NOOP(
            "Verdict",
            "Set the system clock right and connect to the network, or call the supervisor.",
        ),
        short=QT_TRANSLATE_NOOP("Verdict", "system clock is behind"),
    ),
}
REASONS |= dict.fromkeys(
    ("holder_challenge", "holder_place", "holder_time"), REASONS["holder_payload"]
)


def reason_in_short(reason: str) -> str:
    """A reason in a few words, in the language in force; the reason itself when it has none."""
    text = REASONS.get(reason)
    return translate("Verdict", text.short) if text is not None and text.short else reason
