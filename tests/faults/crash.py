"""Kills a redeeming terminal (and sometimes central) again and again, and looks what is left."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kiosk.domain.vouchers import Item, Tier
from kiosk.ledger.home import Home
from tests.e2e.equality import assert_each_once, assert_equal
from tests.e2e.processes import Central, Code, Line, central_at, redeeming, sync
from tests.faults.wholeness import redeemed_in

ISSUED_AT_ONCE = 12
PROVEN_EVERY = 10
KILLED_AT_START, CENTRAL_KILLED = 0.15, 0.12
LONGEST_START_S, LONGEST_PAUSE_S = 0.4, 0.04
UNANSWERED = frozenset({"stale", "needs_review"})
"""Verdicts on a code that comes too late after its showing, or while central's claim of before
the crash is still settled: nothing was handed over."""


@dataclass(slots=True)
class CrashReport:
    """What a run did and found."""

    seed: int
    kills: int = 0
    central_kills: int = 0
    green: int = 0
    """Answers after which goods changed hands."""
    found_done: int = 0
    """Codes that were committed but not answered, and said so when they came again."""
    redeemed: int = 0


class CrashRun:
    """One terminal through many crashes. Raises AssertionError when anything is lost or double."""

    def __init__(self, central: Central, home: Path, seed: int) -> None:
        self._central, self._home = central, home
        self._terminal = Home(home).registration().terminal
        self._chance = random.Random(seed)
        self._fresh: list[Code] = []
        self._uncertain: list[Code] = []
        """Sent before a crash and not answered: they come again, as customers do."""
        self._green: dict[str, int] = {}
        self.report = CrashReport(seed)

    def crash(self) -> None:
        """Start the terminal, redeem a little, kill it at a random moment, look at its ledger."""
        chance, report = self._chance, self.report
        sent = self._uncertain + self._next_codes(chance.randint(2, ISSUED_AT_ONCE))
        asked, left = 0, len(sent)
        if chance.random() < CENTRAL_KILLED:
            self._central.kill()
            report.central_kills += 1
        with redeeming(self._home) as terminal:
            if chance.random() < KILLED_AT_START:
                terminal.send(*(code.text for code in sent))
                time.sleep(chance.uniform(0, LONGEST_START_S))
            else:
                asked = chance.randint(1, left)
                for code in sent[:asked]:
                    self._note(terminal.ask(code.text))
                if not self._central.running:
                    self._central.start()
                terminal.send(*(code.text for code in sent[asked:]))
                time.sleep(chance.uniform(0, LONGEST_PAUSE_S))
            answers = terminal.kill()
        report.kills += 1
        for answer in answers:
            self._note(answer)
        self._uncertain = sent[asked + len(answers) :]
        if not self._central.running:
            self._central.start()
        self._look(prove=report.kills % PROVEN_EVERY == 0)

    def settle(self) -> None:
        """Answer what is open, sync, and compare with central."""
        with redeeming(self._home) as terminal:
            for code in self._uncertain:
                self._note(terminal.ask(code.text))
            assert terminal.finish().status == 0
        self._look(prove=True)
        assert sync(self._home)["ok"]
        recorded = assert_equal(self._central, [self._home])
        assert_each_once(recorded, redeemed_in(self._home))

    def _next_codes(self, count: int) -> list[Code]:
        if len(self._fresh) < count:
            # Not many at once: a dynamic code is good for a minute.
            for tier in (Tier.V1, Tier.V2):
                bundle = (Item("TEA-LJ", 1, 1), Item("MOON-8", 2, 1))
                self._fresh += self._central.issue(ISSUED_AT_ONCE, tier=tier, items=bundle)
            self._chance.shuffle(self._fresh)
        taken, self._fresh = self._fresh[:count], self._fresh[count:]
        return taken

    def _note(self, answer: Line) -> None:
        if answer["seq"] is not None:
            assert answer["verdict"] == "accepted", answer
            assert answer["voucher"] not in self._green, "handed over twice"
            self._green[answer["voucher"]] = answer["seq"]
            self.report.green += 1
        elif answer["verdict"] not in UNANSWERED:
            assert answer["verdict"] in {"accepted", "already_redeemed"}, answer
            assert answer["terminal"] == self._terminal, answer
            self.report.found_done += 1

    def _look(self, *, prove: bool) -> None:
        redeemed = redeemed_in(self._home, prove=prove)
        lost = self._green.items() - redeemed.items()
        assert not lost, f"answered, and not in the ledger: {lost}"
        self.report.redeemed = len(redeemed)


def crash_run(
    folder: Path,
    *,
    seed: int,
    kills: int,
    until_s: float = float("inf"),
    progress: Callable[[CrashReport], None] = lambda _report: None,
) -> CrashReport:
    """So many crashes (or until ``time.monotonic()`` is ``until_s``), then the comparison."""
    with central_at(folder / "head-office") as central:
        run = CrashRun(central, central.enroll(folder / "terminal"), seed)
        while run.report.kills < kills and time.monotonic() < until_s:
            run.crash()
            progress(run.report)
        run.settle()
        return run.report
