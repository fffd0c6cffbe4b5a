"""What holds for every file of the repository."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 500
# Spelt so that this file does not match itself.
REGISTRY_HOST = re.compile(
    r"\b(pypi|pythonhosted|npmjs|crates|rubygems|anaconda)[.](org|com|io)\b|/(pypi|simple)/"
)


@pytest.fixture(scope="module")
def tracked_files() -> list[Path]:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: which files are the project's is not known")
    listed = subprocess.run(
        [git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_no_python_file_grows_too_long(tracked_files: list[Path]) -> None:
    """Past 500 lines a file says why, in a line `# long: reason` near its top."""
    too_long = []
    for path in tracked_files:
        if path.suffix == ".py":
            lines = path.read_text("utf-8").splitlines()
            excused = any(re.match(r"# long: \S", line) for line in lines[:10])
            if len(lines) > LONGEST_FILE and not excused:
                too_long.append(f"{path.relative_to(ROOT)}: {len(lines)} lines")
    assert not too_long


def test_no_package_registry_is_named(tracked_files: list[Path]) -> None:
    """Where packages come from is the installer's setting (a mirror, say), not the project's."""
    named = []
    for path in tracked_files:
        content = path.read_bytes()
        if b"\0" in content:
            continue
        for number, line in enumerate(content.decode("utf-8").splitlines(), start=1):
            if REGISTRY_HOST.search(line):
                named.append(f"{path.relative_to(ROOT)}:{number}")
    assert not named
