"""The tour: one customer after the other, an outage, a conflict; seen against expected."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kiosk.bootstrap import Terminal
from kiosk.demo.customers import BOX, CRABS, Customer, Customers, Showing
from kiosk.demo.phone import Phone
from kiosk.demo.shop import CLERK, CLERK_PIN, SUPERVISOR, SUPERVISOR_PIN, Shop
from kiosk.domain.link import LinkState
from kiosk.domain.verdicts import VerdictKind
from kiosk.ledger.export import exported
from kiosk.ui.presenters.states import CardOpen, Ready, VerdictShown
from kiosk.ui.robot import RobotTimeout, WindowRobot

OFFLINE_REDEMPTIONS = 20
_LATER = {"screenshot", "forwarded", "two-counters"}
"""Two have to age first, the other comes with the outage."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the table."""

    name: str
    expected: str
    seen: str
    seconds: float

    @property
    def matches(self) -> bool:
        """Whether the terminal did what it should."""
        return self.expected == self.seen


class Tour:
    """Runs on a thread of its own beside the window."""

    def __init__(
        self,
        *,
        shop: Shop,
        terminal: Terminal,
        customers: Customers,
        phone: Phone,
        robot: WindowRobot,
        told: Callable[[Step], None],
        screenshots: Path | None,
    ) -> None:
        self._shop, self._terminal = shop, terminal
        self._customers, self._phone, self._robot = customers, phone, robot
        self._told, self._screenshots = told, screenshots
        self._pictures = 0
        self.steps: list[Step] = []

    @property
    def all_match(self) -> bool:
        """Whether every step did what it should."""
        return bool(self.steps) and all(step.matches for step in self.steps)

    def run(self) -> None:
        """The whole tour, about a minute and a half."""
        self._step("sign-in", CLERK, self._sign_in)
        for customer in self._customers.all():
            if customer.key not in _LATER:
                self._step(customer.key, customer.expected.value, lambda c=customer: self._visit(c))  # type: ignore[misc]
        self._lock_and_review()
        self._outage()
        for key in ("screenshot", "forwarded"):
            self._step(key, VerdictKind.STALE.value, lambda key=key: self._show_aged(key))  # type: ignore[misc]
        self._step("chain", "holds", self._prove_chain)
        self._step("ledger and central", "equal", self._compare)

    def _step(self, name: str, expected: str, act: Callable[[], str]) -> None:
        began_s = time.monotonic()
        try:
            seen = act()
        except RobotTimeout as timeout:
            seen = f"timeout: {timeout}"
        step = Step(name, expected, seen, round(time.monotonic() - began_s, 2))
        self.steps.append(step)
        self._told(step)

    # ------------------------------------------------------------ customers

    def _sign_in(self) -> str:
        self._robot.wait_for_staff()
        self._picture("sign-in")
        self._robot.sign_in(CLERK, CLERK_PIN)
        self._robot.wait("camera", self._robot.camera_is_live)
        self._picture("ready")
        staff = self._terminal.ledger.store.staff_member(CLERK)
        return staff.staff if staff else "unknown"

    def _visit(self, customer: Customer) -> str:
        showing = customer.show()
        if customer.expected is VerdictKind.REVOKED:
            self._wait_for_news(showing)
        if showing.typed is not None:
            return self._serve_typed(*showing.typed, customer.key)
        return self._serve(showing, customer.key, take=customer.take)

    def _serve(
        self, showing: Showing, name: str, *, take: int | None = None, quick: bool = False
    ) -> str:
        """Show a phone, confirm what there is to confirm; the verdict's word."""
        self._robot.go_on()
        self._robot.wait("ready counter", lambda: isinstance(self._robot.state, Ready))
        self._phone.show(showing, quick=quick)
        answer = self._robot.answer()
        if isinstance(answer, CardOpen):
            if take is not None:
                self._robot.take_only(0, take)
            if not quick:
                self._picture(f"{name}-card")
            answer = self._robot.confirm()
        if not quick:
            self._picture(name)
        self._phone.leave()
        return answer.verdict.kind.value

    def _serve_typed(self, serial: str, password: str, name: str) -> str:
        """No phone: the clerk types; the verdict's word."""
        store = self._terminal.ledger.store
        self._robot.wait("serial in the replica", lambda: store.serial_voucher(serial) is not None)
        self._robot.type_serial(serial)
        self._picture(f"{name}-typing")
        self._robot.type_password(password)
        return self._confirmed(self._robot.answer(), name)

    def _lock_and_review(self) -> None:
        (issued,) = self._shop.issue(f"{BOX}:1", serial=True)
        wrong = "000000" if issued.password != "000000" else "111111"  # noqa: S105 - a wrong one
        self._step(
            "three wrong passwords",
            "unknown_voucher, unknown_voucher, locked",
            lambda: ", ".join(
                self._serve_typed(issued.serial, wrong, f"wrong-{number}") for number in range(3)
            ),
        )
        self._step(
            "after the supervisor's review", "accepted", lambda: self._review(issued.password)
        )

    def _review(self, password: str) -> str:
        self._robot.decide(SUPERVISOR, SUPERVISOR_PIN, "身份证件")
        self._picture("reviewed")
        self._robot.type_password(password)
        return self._confirmed(self._robot.answer(), "reviewed")

    def _confirmed(self, answer: CardOpen | VerdictShown, name: str) -> str:
        if isinstance(answer, CardOpen):
            self._picture(f"{name}-card")
            answer = self._robot.confirm()
        self._picture(name)
        return answer.verdict.kind.value

    def _show_aged(self, key: str) -> str:
        (customer,) = (c for c in self._customers.all() if c.key == key)
        time.sleep(customer.ready_in_s())
        return self._visit(customer)

    def _wait_for_news(self, showing: Showing) -> None:
        """The withdrawal reaches the replica through the changes feed."""
        from kiosk.protocol.codes import parse_text, read_claims

        code = read_claims(parse_text(showing.text))
        history = self._terminal.ledger.store.history

        def withdrawn() -> bool:
            state = history(code).state
            return state is not None and state.value == "revoked"

        self._robot.wait("withdrawal in the replica", withdrawn)

    # ------------------------------------------------------------ the outage

    def _outage(self) -> None:
        texts = [v.text for v in self._shop.issue(f"{BOX}:1", count=OFFLINE_REDEMPTIONS)]
        (contested,) = self._shop.issue(f"{CRABS}:1")
        self._step("central is stopped", "offline", self._stop_central)
        self._step(
            f"{OFFLINE_REDEMPTIONS} redemptions offline",
            f"{OFFLINE_REDEMPTIONS} accepted",
            lambda: self._serve_offline(texts),
        )
        self._step(
            "same voucher at the other counter, also offline",
            "accepted",
            lambda: str(
                self._shop.redeem_at_second_terminal(contested.text, sync=False)[0]["verdict"]
            ),
        )
        self._step(
            "and here", "accepted", lambda: self._serve(Showing(contested.text), "offline-last")
        )
        self._step("central is back", "online, 0 wait, 1 conflict", self._reconnect)

    def _stop_central(self) -> str:
        self._shop.central.stop()
        self._robot.wait("offline", lambda: self._link() is LinkState.OFFLINE, 60.0)
        self._picture("offline")
        return self._link().value

    def _serve_offline(self, texts: list[str]) -> str:
        seen = [self._serve(Showing(text), "offline", quick=True) for text in texts]
        self._picture("offline-outbox")
        good = seen.count(VerdictKind.ACCEPTED.value)
        waiting = self._terminal.status().outbox.waiting
        return f"{good} accepted" if waiting >= good else f"{good} accepted, {waiting} wait"

    def _reconnect(self) -> str:
        """The other counter reaches central first: this one's fact is the contradiction."""
        self._terminal.sync.set_network(enabled=False)
        self._shop.central.start()
        self._shop.sync_second_terminal()
        self._terminal.sync.set_network(enabled=True)

        def settled() -> bool:
            status = self._terminal.status()
            arrived = status.outbox.waiting == 0 and status.outbox.conflicts > 0
            return arrived and self._link() is LinkState.ONLINE

        self._robot.wait("empty outbox and the conflict", settled, 60.0)
        self._robot.go_on()
        self._picture("conflict")
        outbox = self._terminal.status().outbox
        return f"{self._link().value}, {outbox.waiting} wait, {outbox.conflicts} conflict"

    def _link(self) -> LinkState:
        return self._terminal.sync.link().state

    # ------------------------------------------------------------ proofs

    def _prove_chain(self) -> str:
        report = self._terminal.ledger.prove_chain()
        return "holds" if report.fault is None else report.fault.reason

    def _compare(self) -> str:
        """Every entry of this ledger is at central, once, by its hash."""
        mine = [str(entry["hash"]) for entry in exported(self._terminal.ledger.database)]
        terminal = self._terminal.ledger.identity.terminal
        theirs = [
            str(fact["entry"])
            for fact in self._shop.facts_at_central()
            if fact["terminal"] == terminal
        ]
        return "equal" if sorted(mine) == sorted(theirs) else f"{len(mine)} and {len(theirs)}"

    def _picture(self, name: str) -> None:
        if self._screenshots is not None:
            self._pictures += 1
            self._robot.picture(self._screenshots / f"{self._pictures:02}-{name}.png")
