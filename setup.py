"""The part of the build that pyproject.toml cannot state: resources and translations.

`resources/` lies beside the package in a checkout and inside it, as `kiosk/resources`, in a wheel.
Translations are kept as text (.ts) and loaded as binary (.qm): Qt's own compiler turns one into
the other, in the wheel, or in place for an editable install.
"""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


class BuildWithResources(build_py):
    """build_py, and the resources."""

    def run(self) -> None:
        """Build the modules, then put the resources where the program looks for them."""
        super().run()
        resources = ROOT / "resources"
        if not self.editable_mode:
            inside = Path(self.build_lib) / "kiosk" / "resources"
            shutil.rmtree(inside, ignore_errors=True)
            shutil.copytree(resources, inside, ignore=shutil.ignore_patterns("*.qm"))
            resources = inside
        for catalogue in sorted(resources.glob("i18n/*.ts")):
            compile_translation(catalogue)
            if not self.editable_mode:
                catalogue.unlink()


def compile_translation(catalogue: Path) -> None:
    """Write the .qm file beside a .ts file. Raises CalledProcessError."""
    pyside = importlib.util.find_spec("PySide6")
    if pyside is None or pyside.origin is None:
        sys.exit("PySide6-Essentials is needed to compile the translations")
    compiler = Path(pyside.origin).with_name(
        "lrelease.exe" if sys.platform == "win32" else "lrelease"
    )
    subprocess.run(
        [compiler, "-silent", catalogue, "-qm", catalogue.with_suffix(".qm")], check=True
    )


setup(cmdclass={"build_py": BuildWithResources})
