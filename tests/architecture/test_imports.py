"""Who may import what: the layers, and the libraries that stay in one place each."""

import subprocess
import sys
import tokenize
from ast import Import, ImportFrom, parse, walk
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "kiosk"

# A library and the parts of the package that may import it.
HOMES = {
    "PySide6": ("kiosk.ui", "kiosk.devices.voice"),
    "shiboken6": ("kiosk.ui",),
    "sqlalchemy": ("kiosk.ledger", "kiosk.central"),
    "sqlcipher3": ("kiosk.ledger", "kiosk.central"),
    "alembic": ("kiosk.ledger", "kiosk.central"),
    "cv2": ("kiosk.scanning",),
    "zxingcpp": ("kiosk.scanning",),
    "pyzbar": ("kiosk.scanning",),
    "requests": ("kiosk.sync",),
    "urllib3": ("kiosk.sync",),
    "litestar": ("kiosk.central",),
    "uvicorn": ("kiosk.central",),
    "psycopg": ("kiosk.central",),
    "escpos": ("kiosk.devices",),
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_inside(module: str, homes: tuple[str, ...]) -> bool:
    return any(module == home or module.startswith(f"{home}.") for home in homes)


def imported_names(path: Path) -> set[str]:
    """Every absolute name that a file imports, also inside functions and `if TYPE_CHECKING`."""
    with tokenize.open(path) as source:
        tree = parse(source.read(), str(path))
    names: set[str] = set()
    for node in walk(tree):
        if isinstance(node, Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


def test_layers() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_libraries_stay_at_home(path: Path) -> None:
    module = module_name(path)
    strays = {
        name
        for name in imported_names(path)
        if not is_inside(module, HOMES.get(name.partition(".")[0], (module,)))
    }
    assert not strays, f"{module} may not import {sorted(strays)}"


def test_domain_is_standard_library_only() -> None:
    strays = {
        f"{module_name(path)}: {name}"
        for path in (PACKAGE / "domain").rglob("*.py")
        for name in imported_names(path)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not is_inside(name, ("kiosk.domain",))
    }
    assert not strays
