"""What `pip install` brings: every module, and what the program reads beside its modules."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("kiosk", "resources", "pyproject.toml", "setup.py", "MANIFEST.in", "LICENSE")


@pytest.fixture(scope="module")
def installed_files(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel built from a copy, because a build leaves folders behind."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, copy / name)
    (copy / "README.md").write_text("# pickup-kiosk\n", "utf-8")
    wheels = tmp_path_factory.mktemp("wheels")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    done = subprocess.run(
        [*pip, "--no-index", "--wheel-dir", wheels, copy],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = wheels.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_everything_beside_the_modules_is_installed(installed_files: set[str]) -> None:
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "kiosk").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert package - installed_files == set()


def test_resources_are_inside_the_package(installed_files: set[str]) -> None:
    wanted = {
        f"kiosk/{path.relative_to(ROOT).as_posix()}"
        for path in (ROOT / "resources").rglob("*")
        if path.is_file() and path.suffix != ".ts"  # what is loaded is compiled from it
    }
    assert {name for name in installed_files if name.startswith("kiosk/resources/")} == wanted


def test_nothing_else_is_installed(installed_files: set[str]) -> None:
    tops = {name.partition("/")[0] for name in installed_files}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"kiosk"}
