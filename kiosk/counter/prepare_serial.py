"""Prepare from a typed serial and password (V0): an order card or a refusal."""

from __future__ import annotations

from kiosk.counter.prepare import Prepared, prepare_code
from kiosk.domain.approval import Approval
from kiosk.domain.ports import Central, Clock, Store
from kiosk.domain.serials import (
    SerialVoucher,
    locked,
    password_matches,
    read_password,
    read_serial,
)
from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.domain.vouchers import CodeOptions, PickupCode, Tier


def prepare_serial(
    serial: str,
    password: str,
    *,
    store: Store,
    central: Central,
    clock: Clock,
    approval: Approval | None = None,
    staff: str | None = None,
) -> Prepared:
    """Check form, serial, lock and password, then judge the voucher as any other code.

    ``staff``: who is on duty; a wrong try is theirs too.
    ``approval``: of a supervisor, who lets pass what may be; a lock needs a review instead.
    Takes about 50 ms (scrypt) and one commit; runs on the counter thread, so no two passwords are
    tried at a time. A wrong password is durable before it is answered, and a right one leaves an
    audit line: with a disk that takes no more, neither is told from the other. Raises LedgerError
    when the disk fails.
    """
    number, typed = read_serial(serial), read_password(password)
    if number is None:
        return _refused(VerdictKind.MALFORMED, "serial_check_digit")
    if typed is None:
        return _refused(VerdictKind.MALFORMED, "password_form")
    found = store.serial_voucher(number)
    if found is not None and locked(found.open_tries):
        return _refused(VerdictKind.LOCKED, "wrong_passwords", found.voucher)
    right = password_matches(typed, found)
    if found is None:
        return _refused(VerdictKind.UNKNOWN_VOUCHER, "serial_unknown")
    if not right:
        open_tries = store.record_wrong_password(found.voucher, staff)
        central.nudge()  # the other counters count it too
        if locked(open_tries):
            return _refused(VerdictKind.LOCKED, "wrong_passwords", found.voucher)
        return _refused(VerdictKind.UNKNOWN_VOUCHER, "wrong_password", found.voucher)
    store.record_right_password(found.voucher, staff)
    _, store_id = store.identity()
    code = _code(number, found, store_id)
    return prepare_code(code, store=store, central=central, clock=clock, approval=approval)


def _code(serial: str, voucher: SerialVoucher, store_id: str) -> PickupCode:
    """The replica's voucher as a code of the lowest tier; the typed serial is the evidence."""
    return PickupCode(
        voucher=voucher.voucher,
        tier=Tier.V0,
        stores=(store_id,),  # the feed brings a store the vouchers that are for it, and no others
        issued_at_s=0,
        expires_at_s=voucher.expires_s,
        not_before_s=voucher.not_before_s or None,
        items=voucher.items,
        key_id=b"",
        presented=serial.encode("ascii"),
        options=CodeOptions(value_class=voucher.value_class, holder=voucher.holder),
    )


def _refused(kind: VerdictKind, reason: str, voucher: bytes | None = None) -> Prepared:
    return Prepared(None, Verdict(kind, reason, voucher))
