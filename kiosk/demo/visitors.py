"""Who comes to the counter when a button of the strip is pressed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from kiosk.demo.customers import Customer, Showing
from kiosk.demo.programs import ProgramFailed

TOLD_EVERY_S = 10.0


class Visitors:
    """Customers come on threads of their own, so the window never waits. Any thread.

    The latest choice counts: who was still on the way turns round when another one is called.
    """

    def __init__(
        self,
        kinds: Sequence[Customer],
        *,
        show: Callable[[Showing], None],
        leave: Callable[[], None],
        say: Callable[[str], None],
    ) -> None:
        """``show`` and ``leave`` are the phone's; ``show`` may take seconds."""
        self._kinds = {kind.key: kind for kind in kinds}
        self._show, self._leave, self._say = show, leave, say
        self._changed = threading.Condition()
        self._turn = 0
        self._counter = threading.Lock()
        self._threads: list[threading.Thread] = []

    def bring(self, key: str) -> None:
        """The customer of this kind comes next; returns at once."""
        arguments = (self._kinds[key], self._next_turn())
        thread = threading.Thread(target=self._come, args=arguments, name="customer")
        self._threads = [t for t in self._threads if t.is_alive()] + [thread]
        thread.start()

    def leave(self) -> None:
        """The phone leaves the view, and nobody else is on the way."""
        self._next_turn()
        self._leave()

    def close(self) -> None:
        """Nobody comes any more; waits for who is at the counter."""
        self._next_turn()
        for thread in self._threads:
            thread.join()

    def _next_turn(self) -> int:
        with self._changed:
            self._turn += 1
            self._changed.notify_all()
            return self._turn

    def _come(self, customer: Customer, turn: int) -> None:
        if self._turned_round(customer, turn):
            return
        with self._counter:
            if turn != self._turn:
                return
            try:
                self._show(customer.show())
            except ProgramFailed as error:
                self._say(str(error))

    def _turned_round(self, customer: Customer, turn: int) -> bool:
        """Wait until the customer can come; whether another one was called meanwhile."""
        if customer.ready_in_s() > 0:
            self._leave()
        while (left_s := customer.ready_in_s()) > 0:
            self._say(f"{customer.label_zh} / {customer.label_en}: comes in {left_s:.0f} s")
            with self._changed:
                wait_s = min(left_s, TOLD_EVERY_S)
                if self._changed.wait_for(lambda: turn != self._turn, wait_s):
                    return True
        return False
