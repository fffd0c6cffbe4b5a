"""What a broken installation makes of the window. Without Qt: the command line names these too."""

from __future__ import annotations


class MissingResources(Exception):
    """The resources folder is not where the program expects it."""


class BadSkin(Exception):
    """A skin that is not there or has a wrong token; the message names file and token."""


class MissingTranslation(Exception):
    """A language's file is missing or broken."""
