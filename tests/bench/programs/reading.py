"""What the pipeline reads from the shared pictures, beside zxing-cpp and zbar alone."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from kiosk.scanning.picture import PictureProblem, load_grey
from kiosk.scanning.trial_bench import (
    FRAME_READERS,
    PHOTO_READERS,
    Reader,
    compare,
    live_reader,
    play,
)
from kiosk.scanning.vision import Grey
from tests.bench.programs.saying import say


def grey_of(path: Path) -> Grey:
    """The picture, which is known to be one."""
    grey = load_grey(path)
    if isinstance(grey, PictureProblem):
        raise TypeError(f"{path}: {grey}")
    return grey


def compared(files: list[tuple[Path, str]], readers: dict[str, Reader]) -> dict[str, object]:
    """Share read, false reads and milliseconds of each reader on the same pictures."""
    scores = compare(((grey_of(path), text) for path, text in files), readers)
    with_code = sum(bool(text) for _, text in files)
    return {
        "pictures": with_code,
        "empty": len(files) - with_code,
        "readers": {
            name: {"read": score.rate, "wrong": score.wrong, "ms": score.ms}
            for name, score in scores.items()
        },
    }


def played(frames: Iterable[tuple[Path, str, bool]], reader: str) -> dict[str, object]:
    """One stream as the scanning process sees it: when it read, and its processor time."""

    def shown() -> Iterator[tuple[Grey, tuple[str, ...], bool]]:
        for path, text, visible in frames:
            yield grey_of(path), (text,) if text else (), visible

    result = play(shown(), live_reader(reader))
    waited = result.showings[0].waited_ms if result.showings else None
    return {
        "visible": bool(result.showings),
        "waited_ms": None if waited is None else round(waited),
        "share": result.core_share,
    }


def main() -> int:
    """`reading.py DATA`"""
    data = Path(sys.argv[1])
    photos = json.loads((data / "qr-photos" / "manifest.json").read_text("utf-8"))
    frames = json.loads((data / "frames" / "manifest.json").read_text("utf-8"))
    streams = json.loads((data / "streams" / "manifest.json").read_text("utf-8"))
    levels: defaultdict[str, list[tuple[Path, str]]] = defaultdict(list)
    for each in frames:
        kind = f"level {each['level']}" if each["text"] else "without a code"
        levels[kind].append((data / "frames" / each["file"], each["text"]))
    files = [(data / "qr-photos" / each["file"], each["text"]) for each in photos]
    say(
        {
            "photos": compared(files, PHOTO_READERS),
            "frames": {
                kind: compared(files, FRAME_READERS) for kind, files in sorted(levels.items())
            },
            "streams": {
                f"{each['stream']}, {reader}": played(
                    [
                        (data / "streams" / frame["file"], frame["text"], frame["visible"])
                        for frame in each["frames"]
                    ],
                    reader,
                )
                for each in streams
                for reader in FRAME_READERS
            },
        }
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
