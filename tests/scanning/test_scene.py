"""Scene files: written whole, read strictly."""

import json
from pathlib import Path

import pytest

from kiosk.scanning import scene as scene_module
from kiosk.scanning.scene import BadScene, Scene, read_scene, write_scene


def test_a_scene_is_read_as_written(tmp_path: Path) -> None:
    path = tmp_path / "场景.json"
    scene = Scene("TH1:ABC", "订单 42\n茶 ×2", 7, 3, "approach", 12.5)
    write_scene(path, scene)
    assert read_scene(path) == scene
    assert [entry.name for entry in tmp_path.iterdir()] == ["场景.json"]


@pytest.mark.parametrize(
    "content,told",
    [
        ("", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"txt": "A"}', "txt"),
        ('{"text": 5}', "text"),
        ('{"text": "\\ud800"}', "whole characters"),
        ('{"level": 5}', "level"),
        ('{"level": true}', "level"),
        ('{"seed": -1}', "seed"),
        ('{"pose": "jump"}', "pose"),
        ('{"started_at": "now"}', "started_at"),
    ],
)
def test_a_wrong_scene_names_its_fault(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "scene.json"
    path.write_text(content, "utf-8")
    with pytest.raises(BadScene, match=told):
        read_scene(path)


def test_fields_left_out_have_their_defaults(tmp_path: Path) -> None:
    path = tmp_path / "scene.json"
    path.write_text(json.dumps({"text": ""}), "utf-8")
    assert read_scene(path) == Scene(text=None)


def test_a_file_that_is_just_being_read_is_replaced_a_little_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, where an open file cannot be replaced."""
    refusals = [PermissionError, PermissionError]
    replace = Path.replace

    def reluctant(self: Path, target: Path) -> Path:
        if refusals:
            raise refusals.pop()
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", reluctant)
    monkeypatch.setattr(scene_module, "_REPLACE_PAUSE_S", 0)
    write_scene(tmp_path / "scene.json", Scene("A"))
    assert read_scene(tmp_path / "scene.json") == Scene("A")


def test_a_file_that_stays_locked_is_an_error_and_leaves_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(str(target))

    monkeypatch.setattr(Path, "replace", refuse)
    monkeypatch.setattr(scene_module, "_REPLACE_PAUSE_S", 0)
    with pytest.raises(PermissionError):
        write_scene(tmp_path / "scene.json", Scene("A"))
    assert not list(tmp_path.iterdir())
