"""Fills a folder with pictures of a counter where nobody stands, as a 720p camera would send them.

A few dozen different ones, so that no two neighbours are equal (a sensor's noise); further names
are links to them, for a stream of any length takes no more room.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from kiosk.scanning.render import Stage
from kiosk.scanning.vision import cv2
from tests.bench.programs.saying import say

DIFFERENT = 30
_QUALITY = 90


def main() -> int:
    """`empty_frames.py FOLDER COUNT`"""
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True)
    stage = Stage()
    for number in range(count):
        path = folder / f"{number:05}.jpg"
        if number < DIFFERENT:
            picture = stage.empty(1)
            _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
            path.write_bytes(data.tobytes())
        else:
            os.link(folder / f"{number % DIFFERENT:05}.jpg", path)
    say({"frames": count})
    return 0


if __name__ == "__main__":
    sys.exit(main())
