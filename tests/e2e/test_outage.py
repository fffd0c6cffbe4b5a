"""A hundred codes, central killed in the middle: in the end both sides hold the same."""

from pathlib import Path

import pytest

from kiosk.domain.vouchers import Item, Tier
from tests.e2e.equality import assert_each_once, assert_equal
from tests.e2e.processes import central_at, redeeming, sync
from tests.e2e.starting import KIOSK

pytestmark = [pytest.mark.e2e]

BUNDLE = (Item("TEA-LJ", 1, 1), Item("MOON-8", 1, 1))
KILLED_AFTER, BACK_AFTER, COUNT = 40, 70, 100


@pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def test_killed_in_the_middle_and_equal_in_the_end(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = request.getfixturevalue("empty_postgres_url") if database == "postgres" else None
    with central_at(tmp_path / "head-office", url, cold=not url) as central:
        home = central.enroll(tmp_path / "terminal")
        static = central.issue(COUNT // 2, items=(Item("CRAB-4M", 1), Item("VINEGAR", 2)))
        dynamic = central.issue(COUNT // 2, tier=Tier.V2, items=BUNDLE)
        codes = [code for pair in zip(static, dynamic, strict=True) for code in pair]
        answers = []
        with redeeming(home, command=KIOSK) as terminal:
            for number, code in enumerate(codes):
                if number == KILLED_AFTER:
                    central.kill()
                if number == BACK_AFTER:
                    central.start()
                answers.append(terminal.ask(code.text))
            ended = terminal.finish()
        assert ended.status == 0, ended.stderr

        assert [answer["verdict"] for answer in answers] == ["accepted"] * COUNT
        assert [answer["voucher"] for answer in answers] == [code.voucher for code in codes]
        assert [answer["seq"] for answer in answers] == list(range(1, COUNT + 1))

        assert sync(home)["waiting"] == 0
        recorded = assert_equal(central, [home])
        assert_each_once(recorded, (code.voucher for code in codes))
        assert sync(home)["sent"] == 0
