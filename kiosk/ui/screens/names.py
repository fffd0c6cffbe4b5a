"""What ids are called on screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Names:
    """Looks up names for ids. Qt thread."""

    staff: Callable[[str | None], str]
    """The name of a member of staff; the id itself when it is unknown."""
    own_store: Callable[[str], str]
    """The name of this store for its own id; empty for any other."""
