"""The lock file fits pyproject.toml and holds no address. `make lock` repairs what fails here."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "packaging" / "requirements.lock").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Pin:
    name: str
    version: str
    hashes: int
    wanted_by_project: bool


def pins() -> list[Pin]:
    found = []
    for block in re.split(r"\n(?=[A-Za-z0-9])", LOCK)[1:]:
        head = Requirement(block.partition("\\")[0])
        (version,) = (part.version for part in head.specifier)
        direct = re.search(r"# +(via )?pickup-kiosk \(pyproject\.toml", block) is not None
        found.append(Pin(canonicalize_name(head.name), version, block.count("--hash="), direct))
    return found


def wanted() -> list[Requirement]:
    project = PROJECT["project"]
    texts = [
        *project["dependencies"],
        *(text for extra in project["optional-dependencies"].values() for text in extra),
        *PROJECT["dependency-groups"]["build"],
    ]
    requirements = [Requirement(text) for text in texts]
    return [each for each in requirements if each.name != project["name"]]


@pytest.mark.parametrize("requirement", wanted(), ids=str)
def test_what_the_project_wants_is_locked(requirement: Requirement) -> None:
    versions = [pin.version for pin in pins() if pin.name == canonicalize_name(requirement.name)]
    assert versions, "not locked"
    assert all(requirement.specifier.contains(version) for version in versions), versions


def test_nothing_is_locked_for_the_project_that_it_no_longer_wants() -> None:
    names = {canonicalize_name(requirement.name) for requirement in wanted()}
    assert {pin.name for pin in pins() if pin.wanted_by_project} == names


def test_every_pin_has_hashes() -> None:
    assert not [pin.name for pin in pins() if pin.hashes == 0]


def test_no_address_and_no_path() -> None:
    strays = [
        line for line in LOCK.splitlines() if "://" in line or re.search(r"--(?!hash=)|\s/\w", line)
    ]
    assert not strays
