"""Where skins, translations, icons and sounds lie: in a checkout, and when installed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import kiosk
from kiosk.ui.errors import MissingResources


@cache
def resources_root() -> Path:
    """The folder with `skins`, `i18n`, `icons` and `sounds`. Raises MissingResources.

    A wheel carries it as `kiosk/resources`; in a checkout it lies beside the package.
    """
    package = Path(kiosk.__file__).resolve().parent
    for candidate in (package / "resources", package.parent / "resources"):
        if (candidate / "skins").is_dir():
            return candidate
    raise MissingResources(
        f"no resources folder in or beside {package}; install pickup-kiosk again"
    )


def resource(*parts: str) -> Path:
    """The path of one resource, such as `resource("icons", "check.svg")`."""
    return resources_root().joinpath(*parts)
