"""Sign in with a PIN: constant time, locked after five wrong tries, remembered over restarts."""

from __future__ import annotations

from kiosk.domain.ports import Store
from kiosk.domain.staff import NOBODYS_HASH, SignInRefusal, StaffMember, after_try, pin_matches


def sign_in(staff: str, pin: str, *, store: Store) -> StaffMember | SignInRefusal:
    """The member who signed in, or why not. Takes about 50 ms; not for the Qt thread."""
    member = store.staff_member(staff)
    if member is None:
        pin_matches(pin, NOBODYS_HASH)  # An unknown id must not answer faster than a wrong PIN.
        return SignInRefusal.UNKNOWN_STAFF
    now_s = store.now().at_least_s
    failures = store.pin_failures(staff)
    if failures.locked_until_s > now_s:
        return SignInRefusal.LOCKED
    right = pin_matches(pin, member.pin_hash)
    policy = store.policy()
    after = after_try(
        failures,
        right=right,
        now_s=now_s,
        max_failures=policy.pin_max_failures,
        lock_s=policy.pin_lock_s,
    )
    store.record_sign_in(staff, after, right=right)
    if right:
        return member
    return SignInRefusal.LOCKED if after.locked_until_s > now_s else SignInRefusal.WRONG_PIN
