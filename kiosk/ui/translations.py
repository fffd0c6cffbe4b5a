"""Keeps the translations in step: `python -m kiosk.ui.translations --update` or `--check`.

Sources → `resources/i18n/kiosk_LANGUAGE.ts` (lupdate) → `.qm` (lrelease). Both are committed, so
that an installation from the checkout speaks without Qt's tools. English needs only its plurals.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import PySide6

import kiosk.ui
from kiosk.ui.language import Language
from kiosk.ui.resources import resource

_PLACEHOLDER = re.compile(r"\{\w*\}|%n")


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence of a `.ts` file."""

    context: str
    source: str
    plural: bool
    translations: tuple[str, ...]
    finished: bool


def ts_path(language: Language) -> Path:
    """Where a language's sentences are kept."""
    return resource("i18n", f"kiosk_{language}.ts")


def messages(path: Path) -> Iterator[Message]:
    """The sentences of a `.ts` file."""
    for context in ElementTree.parse(path).getroot().iter("context"):  # noqa: S314 - our own file
        name = context.findtext("name", "")
        for message in context.iter("message"):
            translation = message.find("translation")
            if translation is None:
                continue
            plural = message.get("numerus") == "yes"
            forms = [form.text or "" for form in translation.iter("numerusform")]
            yield Message(
                name,
                message.findtext("source", ""),
                plural,
                tuple(forms) if plural else (translation.text or "",),
                translation.get("type") is None,
            )


def faults() -> list[str]:
    """What is wrong with the translations; empty when all is well."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for language in Language:
            committed, fresh = ts_path(language), Path(folder) / ts_path(language).name
            shutil.copyfile(committed, fresh)
            _extract(fresh, language)
            if fresh.read_bytes() != committed.read_bytes():
                found.append(f"{committed}: not in step with the sources; run --update")
            compiled = fresh.with_suffix(".qm")
            _compile(fresh, compiled)
            if not _same_bytes(compiled, committed.with_suffix(".qm")):
                found.append(f"{committed.with_suffix('.qm')}: not in step; run --update")
            found += [
                f"{committed}: [{message.context}] {message.source!r}: {fault}"
                for message in messages(fresh)
                if (fault := _fault(message))
            ]
    return found


def _fault(message: Message) -> str | None:
    if not message.finished or not all(message.translations):
        return "not translated"
    wanted = sorted(set(_PLACEHOLDER.findall(message.source)))
    for translation in message.translations:
        got = sorted(set(_PLACEHOLDER.findall(translation)))
        # "1 piece" may leave its number out; a placeholder that nobody fills may not come in.
        if [mark for mark in got if mark != "%n"] != [mark for mark in wanted if mark != "%n"]:
            return f"placeholders {got}, expected {wanted}"
    return None


def update() -> None:
    """Bring `.ts` and `.qm` in step with the sources; new sentences stay unfinished."""
    for language in Language:
        path = ts_path(language)
        _extract(path, language)
        _compile(path, path.with_suffix(".qm"))


def _extract(path: Path, language: Language) -> None:
    sources = sorted(Path(kiosk.ui.__file__).parent.rglob("*.py"))
    options = ["-locations", "none", "-no-obsolete", "-silent"]
    if language is Language.ENGLISH:
        options.append("-pluralonly")
    _tool("lupdate", *options, *map(str, sources), "-ts", str(path))


def _compile(path: Path, into: Path) -> None:
    _tool("lrelease", "-silent", str(path), "-qm", str(into))


def _tool(name: str, *arguments: str) -> None:
    suffix = ".exe" if sys.platform == "win32" else ""
    program = Path(PySide6.__file__).parent / f"{name}{suffix}"
    subprocess.run([str(program), *arguments], check=True)


def _same_bytes(first: Path, second: Path) -> bool:
    return second.exists() and first.read_bytes() == second.read_bytes()


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--update", action="store_true")
    what.add_argument("--check", action="store_true")
    if parser.parse_args().update:
        update()
    found = faults()
    for fault in found:
        print(fault, file=sys.stderr)  # noqa: T201 - a command's output
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
