"""What the simulated camera shows: a small JSON file that anyone may replace at any time.

Standard library only: the demo's controls write scenes without loading OpenCV.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

Pose = Literal["hold", "approach"]
MAX_LEVEL = 4
_MISFORMED = re.compile("[\ud800-\udfff]")
"""Half a character: JSON can hold one, nothing can show it."""
_REPLACE_TRIES = 40
_REPLACE_PAUSE_S = 0.025


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene.

    `text` is the code's text, None an empty counter. Another text with the same `seed` is the same
    phone showing its next code; another seed is another phone, which comes into view (`approach`)
    or is simply there (`hold`). `level` is how hard the picture is to read, 0 … 4. `started_at`
    (monotonic seconds) sets the beginning of the approach; without it, that is when the scene is
    first seen.
    """

    text: str | None = None
    caption: str = ""
    seed: int = 1
    level: int = 0
    pose: Pose = "hold"
    started_at: float | None = None


class BadScene(ValueError):
    """A scene file that says something else than a scene; the message names the field."""


def write_scene(path: Path, scene: Scene) -> None:
    """Puts `scene` in the file at once, as seen by readers.

    On Windows a file that is just being read cannot be replaced: tried again for a second, then
    raises the PermissionError.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.write_text(json.dumps(asdict(scene), ensure_ascii=False), encoding="utf-8")
    try:
        for attempt in range(_REPLACE_TRIES):
            try:
                draft.replace(path)
            except PermissionError:
                if attempt == _REPLACE_TRIES - 1:
                    raise
                time.sleep(_REPLACE_PAUSE_S)
            else:
                return
    finally:
        draft.unlink(missing_ok=True)


def read_scene(path: Path) -> Scene:
    """The scene in the file. Raises OSError, and BadScene for a wrong field."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadScene(f"not JSON: {error}") from error
    if not isinstance(raw, dict):
        raise BadScene("not a JSON object")
    unknown = raw.keys() - Scene.__dataclass_fields__.keys()
    if unknown:
        raise BadScene(f"unknown field {min(unknown)}")
    text, caption = raw.get("text"), raw.get("caption", "")
    if not (text is None or isinstance(text, str)) or not isinstance(caption, str):
        raise BadScene("text and caption must be strings")
    if _MISFORMED.search((text or "") + caption):
        raise BadScene("text and caption must be whole characters")
    seed, level = raw.get("seed", 1), raw.get("level", 0)
    if type(seed) is not int or seed < 0:
        raise BadScene("seed must be a whole number, 0 or more")
    if type(level) is not int or not 0 <= level <= MAX_LEVEL:
        raise BadScene(f"level must be 0 to {MAX_LEVEL}")
    pose = raw.get("pose", "hold")
    if pose not in get_args(Pose):
        raise BadScene("pose must be hold or approach")
    started_at = raw.get("started_at")
    if started_at is not None and type(started_at) not in (int, float):
        raise BadScene("started_at must be a number")
    return Scene(text or None, caption, seed, level, pose, started_at)
