"""The part of the build that pyproject.toml cannot state.

`resources/` lies beside the package in a checkout, and inside it, as `kiosk/resources`, in a wheel.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


class BuildWithResources(build_py):
    """build_py, and the resources."""

    def run(self) -> None:
        """Build the modules, then put the resources where the installed program looks for them."""
        super().run()
        if not self.editable_mode:
            inside = Path(self.build_lib) / "kiosk" / "resources"
            shutil.rmtree(inside, ignore_errors=True)
            # Translations are loaded from the compiled .qm files; .ts is what people edit.
            shutil.copytree(ROOT / "resources", inside, ignore=shutil.ignore_patterns("*.ts"))


setup(cmdclass={"build_py": BuildWithResources})
