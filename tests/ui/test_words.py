"""Times, quantities and translations in both languages."""

import time
from collections.abc import Callable

import pytest

from kiosk.ui import translations
from kiosk.ui.errors import MissingTranslation
from kiosk.ui.formats import (
    UNKNOWN,
    ago,
    clock_time,
    countdown,
    duration,
    moment,
    pieces,
    product_name,
)
from kiosk.ui.language import Language, Languages, translate
from tests.ui.fakes import CRAB

Speak = Callable[[Language], None]


@pytest.fixture
def speak(languages: Languages) -> Speak:
    return languages.use


def at(*when: int) -> float:
    return time.mktime((*when, 0, 0, 0, -1))  # type: ignore[arg-type]


NOW = at(2026, 11, 23, 14, 3)


@pytest.mark.parametrize(
    "seconds, chinese, english",
    [
        (0, "0 秒", "0 seconds"),
        (1, "1 秒", "1 second"),
        (59.9, "59 秒", "59 seconds"),
        (60, "1 分钟", "1 minute"),
        (3599, "59 分钟", "59 minutes"),
        (3600, "1 小时", "1 hour"),
        (3900, "1 小时 5 分钟", "1 hour 5 minutes"),
        (36_000, "10 小时", "10 hours"),
        (47 * 3600, "47 小时", "47 hours"),
        (48 * 3600, "2 天", "2 days"),
        (-5, "0 秒", "0 seconds"),
    ],
)
def test_durations(speak: Speak, seconds: float, chinese: str, english: str) -> None:
    speak(Language.CHINESE)
    assert duration(seconds) == chinese
    speak(Language.ENGLISH)
    assert duration(seconds) == english


@pytest.mark.parametrize(
    "when, chinese, english",
    [
        (at(2026, 11, 23, 9, 5), "今天 09:05", "today 09:05"),
        (at(2026, 11, 22, 23, 59), "昨天 23:59", "yesterday 23:59"),
        (at(2026, 11, 3, 8, 0), "11月3日 08:00", "3 Nov, 08:00"),
        (at(2025, 12, 31, 8, 0), "2025年12月31日 08:00", "31 Dec 2025, 08:00"),
    ],
)
def test_moments(speak: Speak, when: float, chinese: str, english: str) -> None:
    speak(Language.CHINESE)
    assert moment(when, NOW) == chinese
    speak(Language.ENGLISH)
    assert moment(when, NOW) == english


@pytest.mark.parametrize(
    "when", [1e12, -1e12, 2.0**63, -(2.0**63), 1e300, float("inf"), float("-inf"), float("nan")]
)
def test_a_time_that_no_calendar_has_is_a_dash(speak: Speak, when: float) -> None:
    for language in Language:
        speak(language)
        assert (clock_time(when), moment(when, NOW), moment(NOW, when)) == (UNKNOWN,) * 3


@pytest.mark.parametrize("seconds", [1e12, 2.0**63, 1e300, float("inf"), float("nan")])
def test_a_length_of_time_that_nobody_lives_is_a_dash(speak: Speak, seconds: float) -> None:
    speak(Language.CHINESE)
    assert duration(seconds) == UNKNOWN
    assert duration(float("-inf")) == "0 秒"


def test_numbers_take_their_plurals(speak: Speak) -> None:
    speak(Language.CHINESE)
    assert (pieces(1), pieces(12), ago(125)) == ("共 1 件", "共 12 件", "2 分钟前")
    speak(Language.ENGLISH)
    assert (pieces(1), pieces(12), ago(125)) == ("1 piece", "12 pieces", "2 minutes ago")


def test_the_countdown() -> None:
    assert [countdown(left) for left in (180, 59.9, 5, -1)] == ["3:00", "0:59", "0:05", "0:00"]


def test_products_have_the_name_of_the_language(speak: Speak) -> None:
    speak(Language.ENGLISH)
    assert product_name(CRAB, CRAB.sku) == CRAB.name_en
    speak(Language.CHINESE)
    assert product_name(CRAB, CRAB.sku) == CRAB.name_zh
    assert product_name(None, "SKU-1") == "SKU-1"


def test_the_translations_are_complete_and_in_step() -> None:
    assert translations.faults() == []


def test_the_check_finds_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = translations.stored

    def spoiled(path: object) -> list[translations.Message]:
        first, second, third, *rest = stored(path)  # type: ignore[arg-type]
        return [
            translations.Message(*first.key, ("",)),
            translations.Message(*second.key, ("{surplus}",)),
            translations.Message(*third.key, ("其他",)),
            *rest[:-1],
        ]

    monkeypatch.setattr(translations, "stored", spoiled)
    told = "\n".join(translations.faults())
    for expected in ("not translated", "placeholders differ", "says otherwise", "not in step"):
        assert expected in told


def test_a_sentence_without_translation_stays_english(speak: Speak) -> None:
    speak(Language.CHINESE)
    assert translate("Verdict", "No such sentence") == "No such sentence"


def test_a_missing_language_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from pathlib import Path

    from kiosk.ui import language

    monkeypatch.setattr(language, "resource", lambda *_parts: Path("nowhere.qm"))
    with pytest.raises(MissingTranslation, match=r"nowhere\.qm"):
        Languages().use(Language.ENGLISH)
