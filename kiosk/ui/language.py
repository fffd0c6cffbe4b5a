"""Languages: every sentence through one function, switched while the program runs.

Sentences are English in the source, with the screen's name as context; `resources/i18n` holds both
languages (English for its plurals). Installing a translator makes Qt send LanguageChange to every
widget, and each view then words itself again.
"""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QCoreApplication, QLocale, QTranslator

from kiosk.ui.errors import MissingTranslation
from kiosk.ui.resources import resource


class Language(StrEnum):
    """The languages the product speaks; the value names the translation file."""

    CHINESE = "zh_CN"
    ENGLISH = "en"


def translate(context: str, text: str, comment: str = "", count: int = -1) -> str:
    """The sentence in the language in force; `%n` becomes `count`. Qt thread.

    The name and the order of arguments are what lupdate looks for.
    """
    return QCoreApplication.translate(context, text, comment, count)


def QT_TRANSLATE_NOOP(_context: str, text: str) -> str:  # the name that lupdate looks for
    """Mark a sentence for translation where it is stored; `translate` words it when it is shown."""
    return text


class Languages:
    """The language in force; one for the application. Qt thread."""

    def __init__(self) -> None:
        self._translator: QTranslator | None = None
        self._catalogue = b""
        self.language = Language.CHINESE

    def use(self, language: Language) -> None:
        """Speak this language from now on. Raises MissingTranslation."""
        path = resource("i18n", f"kiosk_{language}.qm")
        translator = QTranslator()
        # Qt would map the file: one that an update rewrites would crash the running program. It
        # does not copy these bytes either, so they live as long as the translator.
        catalogue = path.read_bytes() if path.is_file() else b""
        if not translator.load(catalogue):
            raise MissingTranslation(f"cannot load {path}; install pickup-kiosk again")
        if self._translator is not None:
            QCoreApplication.removeTranslator(self._translator)
        self.language = language
        QLocale.setDefault(QLocale(str(language)))
        self._translator, self._catalogue = translator, catalogue
        QCoreApplication.installTranslator(translator)


def chinese() -> bool:
    """Whether names and units should be the Chinese ones."""
    return QLocale().language() is QLocale.Language.Chinese
