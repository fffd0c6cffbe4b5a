"""A shop to measure in: a real central, one enrolled terminal, vouchers.

Made by the product's own commands, each in a process of its own (see `processes`).
"""

from __future__ import annotations

from pathlib import Path

from kiosk.demo.programs import CentralProcess, run_kiosk

STORE = "S001"
CLERK, CLERK_PIN = "1001", "1357"
ITEMS = ("--item", "CRAB-4M:2:1", "--item", "VINEGAR:2:1", "--item", "MOON-8:1")


class Shop:
    """Opened on first use. Raises the demonstration's ProgramFailed."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "terminal"
        self.office = folder / "head-office"
        self.central = CentralProcess(self.office)

    def open(self) -> None:
        """Seed central and enrol the terminal, once; start central unless it runs."""
        if not self.office.exists():
            self.office.mkdir(parents=True)
            self._admin("seed", "--demo", "--store", STORE)
        if not self.central.running:
            self.central.start()
        if not self.home.exists():
            code = self.enrolment_code()
            url = self.central.url
            home = ("--home", str(self.home))
            run_kiosk("enroll", "--central", url, *home, given=code + "\n")
            run_kiosk("sync", "--until-empty", *home)  # staff and products

    def close(self) -> None:
        """Stop central."""
        self.central.stop()

    def enrolment_code(self) -> str:
        """Lets one more terminal in."""
        return self._admin("enroll-code", "--store", STORE).strip()

    def issue(self, count: int) -> list[str]:
        """Texts of codes for fresh vouchers, three lines of goods each."""
        return self._admin(
            "issue", "--store", STORE, "--count", str(count), "--phone", "13800001234", *ITEMS
        ).splitlines()

    def _admin(self, action: str, *arguments: str) -> str:
        return run_kiosk("central", action, "--home", str(self.office), *arguments)
