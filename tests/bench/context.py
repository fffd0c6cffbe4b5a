"""What the benchmarks of one run share."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.processes import ROOT, answer_of
from tests.bench.shop import Shop


class Skipped(Exception):
    """This machine lacks what a benchmark needs; the message says what."""


@dataclass
class Context:
    """One run: a folder that is thrown away, a shop made when first asked for, screens."""

    folder: Path
    screens: Mapping[str, Mapping[str, str]]
    _shop: Shop | None = None
    _made: dict[str, int] = field(default_factory=dict)

    def tell(self, what: str) -> None:
        """Progress, for the people who wait."""
        print(f"bench: {what} …", file=sys.stderr, flush=True)

    def new_path(self, name: str) -> Path:
        """A path in the folder that no other part of the run uses."""
        self._made[name] = number = self._made.get(name, 0) + 1
        return self.folder / f"{number}-{name}"

    def shop(self) -> Shop:
        """A shop with its central running and a terminal enrolled."""
        if self._shop is None:
            self.tell("making a shop")
            self._shop = Shop(self.folder / "shop")
        self._shop.open()
        return self._shop

    def empty_stream(self, seconds: float) -> Path:
        """A folder of 720p frames without a customer, 30 for each second."""
        folder = self.new_path("empty")
        answer_of("empty_frames", str(folder), str(round(seconds * 30)))
        return folder

    def close(self) -> None:
        """Stop what runs."""
        if self._shop is not None:
            self._shop.close()


def test_data() -> Path:
    """Shared test pictures: KIOSK_TEST_DATA, or shared/data beside the checkout."""
    folder = Path(os.environ.get("KIOSK_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        raise Skipped(f"no test data: {folder} is absent, KIOSK_TEST_DATA names another place")
    return folder


def need_proc() -> None:
    """Figures that only Linux tells."""
    if not Path("/proc/self/smaps_rollup").exists():
        raise Skipped("this system has no /proc/PID/smaps_rollup")
