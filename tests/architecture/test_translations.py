"""Every string of the program is translated, and no translation is left without its string."""

import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import PySide6
import pytest

ROOT = Path(__file__).parents[2]
CATALOGUES = sorted((ROOT / "resources" / "i18n").glob("*.ts"))
LUPDATE = Path(PySide6.__file__).with_name("lupdate")

Key = tuple[str, str, str]  # context, source text, disambiguating comment


def messages(catalogue: Path) -> dict[Key, ET.Element]:
    found = {}
    for context in ET.parse(catalogue).getroot().iter("context"):
        for message in context.iter("message"):
            key = (
                context.findtext("name", ""),
                message.findtext("source", ""),
                message.findtext("comment", ""),
            )
            found[key] = message
    return found


@pytest.fixture(scope="module")
def in_source(tmp_path_factory: pytest.TempPathFactory) -> dict[Key, ET.Element]:
    """What Qt's own extractor finds in the source files."""
    extracted = tmp_path_factory.mktemp("i18n") / "source.ts"
    sources = sorted(str(path) for path in (ROOT / "kiosk").rglob("*.py"))
    done = subprocess.run(
        [LUPDATE, "-silent", "-no-obsolete", *sources, "-ts", extracted],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return messages(extracted)


@pytest.mark.skipif(not CATALOGUES, reason="no catalogue in resources/i18n")
@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.name)
class TestCatalogue:
    def test_lists_the_strings_in_source_and_no_others(
        self, catalogue: Path, in_source: dict[Key, ET.Element]
    ) -> None:
        """English is what the source is written in: its catalogue needs the plurals only."""
        english = ET.parse(catalogue).getroot().get("language", "").startswith("en")
        wanted = {
            key
            for key, message in in_source.items()
            if not english or message.get("numerus") == "yes"
        }
        listed = {
            key
            for key, message in messages(catalogue).items()
            if _state(message) not in {"obsolete", "vanished"}
        }
        assert wanted - listed == set()
        assert listed - in_source.keys() == set()

    def test_is_complete(self, catalogue: Path) -> None:
        incomplete = [
            source
            for (_, source, _), message in messages(catalogue).items()
            if _state(message) or not _is_translated(message)
        ]
        assert not incomplete


def _state(message: ET.Element) -> str:
    translation = message.find("translation")
    return "missing" if translation is None else translation.get("type", "")


def _is_translated(message: ET.Element) -> bool:
    """Each form of a plural counts; the source language may repeat the source text."""
    translation = message.find("translation")
    if translation is None:
        return False
    forms = list(translation.iter("numerusform")) or [translation]
    return all((form.text or "").strip() for form in forms)
