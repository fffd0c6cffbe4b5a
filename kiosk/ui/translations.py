"""Keeps the translations in step: `python -m kiosk.ui.translations --update` or `--check`.

Sources → `resources/i18n/kiosk_LANGUAGE.ts` (Qt Linguist's format) → `.qm` (lrelease). Both are
committed, so an installation from a checkout needs no Qt tools. English needs only its plurals.

The sentences are taken out by Python's own parser: what lupdate takes for a plural in Python
differs from release to release.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import PySide6
from PySide6.QtCore import QTranslator

import kiosk.ui
from kiosk.ui.language import Language
from kiosk.ui.resources import resource

_PLACEHOLDER = re.compile(r"\{\w*\}")
_MARKERS = {"translate", "QT_TRANSLATE_NOOP"}
_PLURAL_FORMS = {Language.CHINESE: (5,), Language.ENGLISH: (1, 5)}
"""An example count for each plural form of a language."""


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence; `translations` has a form for each of the language's plurals, or one."""

    context: str
    source: str
    translations: tuple[str, ...] = ()

    @property
    def plural(self) -> bool:
        """Whether the sentence depends on a number."""
        return "%n" in self.source

    @property
    def key(self) -> tuple[str, str]:
        """What identifies it."""
        return (self.context, self.source)


def ts_path(language: Language) -> Path:
    """Where a language's sentences are kept."""
    return resource("i18n", f"kiosk_{language}.ts")


def sources() -> Iterator[Message]:
    """Every sentence in the sources, by file and line."""
    for path in sorted(Path(kiosk.ui.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in _MARKERS:
                words = [each.value for each in node.args[:2] if isinstance(each, ast.Constant)]
                # `translate("Verdict", text)` words a sentence that was marked elsewhere.
                if len(words) == 2 and all(isinstance(word, str) for word in words):
                    yield Message(str(words[0]), str(words[1]))


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else ""


def wanted(language: Language) -> list[Message]:
    """The sentences that a language has to have, by context, each once."""
    unique = {message.key: message for message in sources()}
    messages = sorted(unique.values(), key=lambda message: message.context)
    return [each for each in messages if language is not Language.ENGLISH or each.plural]


def stored(path: Path) -> list[Message]:
    """The sentences of a `.ts` file."""
    found = []
    for context in ET.parse(path).getroot().iter("context"):  # noqa: S314 - our own file
        for message in context.iter("message"):
            translation = message.find("translation")
            if translation is None:
                continue
            forms = [form.text or "" for form in translation.iter("numerusform")]
            found.append(
                Message(
                    context.findtext("name", ""),
                    message.findtext("source", ""),
                    tuple(forms) or (translation.text or "",),
                )
            )
    return found


def faults() -> list[str]:
    """What is wrong with the translations; empty when all is well."""
    found = []
    for language in Language:
        path = ts_path(language)
        messages = stored(path)
        if [each.key for each in messages] != [each.key for each in wanted(language)]:
            found.append(f"{path}: not in step with the sources; run --update")
        compiled = QTranslator()
        if not compiled.load(str(path.with_suffix(".qm"))):
            found.append(f"{path.with_suffix('.qm')}: cannot be loaded; run --update")
        for message in messages:
            fault = _fault(message, language) or _stale(message, language, compiled)
            if fault:
                found.append(f"{path}: [{message.context}] {message.source!r}: {fault}")
    return found


def _fault(message: Message, language: Language) -> str:
    forms = len(_PLURAL_FORMS[language]) if message.plural else 1
    if len(message.translations) != forms or not all(message.translations):
        return "not translated"
    expected = set(_PLACEHOLDER.findall(message.source))
    for translation in message.translations:
        if set(_PLACEHOLDER.findall(translation)) != expected:
            return f"placeholders differ from {sorted(expected)}"
    return ""


def _stale(message: Message, language: Language, compiled: QTranslator) -> str:
    counts = _PLURAL_FORMS[language] if message.plural else (-1,)
    for count, translation in zip(counts, message.translations, strict=True):
        if compiled.translate(message.context, message.source, "", count) != translation:
            return "the .qm file says otherwise; run --update"
    return ""


def update() -> None:
    """Bring `.ts` and `.qm` in step with the sources; new sentences come in empty."""
    for language in Language:
        path = ts_path(language)
        known = {message.key: message.translations for message in stored(path)}
        messages = [
            replace(message, translations=known.get(message.key, ()))
            for message in wanted(language)
        ]
        path.write_text(_as_ts(messages, language), encoding="utf-8")
        suffix = ".exe" if sys.platform == "win32" else ""
        lrelease = Path(PySide6.__file__).parent / f"lrelease{suffix}"
        compiled = str(path.with_suffix(".qm"))
        subprocess.run([str(lrelease), "-silent", str(path), "-qm", compiled], check=True)


def _as_ts(messages: list[Message], language: Language) -> str:
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        "<!DOCTYPE TS>",
        f'<TS version="2.1" language="{language}" sourcelanguage="en">',
    ]
    context = None
    for message in messages:
        if message.context != context:
            lines += ["</context>"] if context is not None else []
            lines += ["<context>", f"    <name>{escape(message.context)}</name>"]
            context = message.context
        lines += _as_message(message, language)
    return "\n".join([*lines, "</context>", "</TS>", ""])


def _as_message(message: Message, language: Language) -> list[str]:
    done = "" if all(message.translations) and message.translations else ' type="unfinished"'
    lines = [
        '    <message numerus="yes">' if message.plural else "    <message>",
        f"        <source>{escape(message.source)}</source>",
    ]
    if not message.plural:
        text = escape("".join(message.translations[:1]))
        return [*lines, f"        <translation{done}>{text}</translation>", "    </message>"]
    forms = [*message.translations, *[""] * len(_PLURAL_FORMS[language])]
    shown = forms[: len(_PLURAL_FORMS[language])]
    return [
        *lines,
        f"        <translation{done}>",
        *(f"            <numerusform>{escape(form)}</numerusform>" for form in shown),
        "        </translation>",
        "    </message>",
    ]


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
