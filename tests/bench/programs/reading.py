"""What the pipeline reads from the shared pictures, beside zxing-cpp and zbar alone."""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import zxingcpp
from pyzbar import pyzbar

from kiosk.scanning.decoder import FrameDecoder, decode_frame, decode_photo
from kiosk.scanning.effort import Effort
from kiosk.scanning.picture import PictureProblem, load_grey
from kiosk.scanning.vision import Grey
from tests.bench.programs.saying import say

FRAME_S = 1 / 30
Reader = Callable[[Grey], Iterable[str]]


def zxing_alone(grey: Grey) -> list[str]:
    """zxing-cpp as it comes, QR codes only."""
    formats = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
    return [code.text for code in zxingcpp.read_barcodes(grey, formats=formats)]


def zbar_alone(grey: Grey) -> list[str]:
    """pyzbar as it comes, QR codes only."""
    codes = pyzbar.decode(grey, symbols=[pyzbar.ZBarSymbol.QRCODE])
    return [code.data.decode("utf-8", "replace") for code in codes]


def photo_pipeline(grey: Grey) -> list[str]:
    """What `kiosk decode` does with a still picture."""
    return [symbol.text for symbol in decode_photo(grey)]


def frame_pipeline(grey: Grey) -> list[str]:
    """Every view of the live pipeline on one frame."""
    return [symbol.text for symbol in decode_frame(grey)]


def compare(files: list[tuple[Path, str]], readers: dict[str, Reader]) -> dict[str, object]:
    """Share read, false reads and milliseconds of each reader on the same pictures."""
    right: dict[str, int] = dict.fromkeys(readers, 0)
    wrong: dict[str, int] = dict.fromkeys(readers, 0)
    times_ms: defaultdict[str, list[float]] = defaultdict(list)
    with_code = 0
    for path, text in files:
        grey = load_grey(path)
        if isinstance(grey, PictureProblem):
            raise TypeError(f"{path}: {grey}")
        with_code += bool(text)
        for name, read in readers.items():
            began_s = time.perf_counter()
            texts = set(read(grey))
            times_ms[name].append((time.perf_counter() - began_s) * 1e3)
            right[name] += bool(text) and text in texts
            wrong[name] += bool(texts - {text}) if not text else bool(texts and text not in texts)
    return {
        "pictures": with_code,
        "empty": len(files) - with_code,
        "readers": {
            name: {
                "read": 100 * right[name] / with_code if with_code else 0.0,
                "wrong": wrong[name],
                "ms": times_ms[name],
            }
            for name in readers
        },
    }


def play(frames: list[tuple[Path, str, bool]]) -> dict[str, object]:
    """One stream as the scanning process sees it: when it read, and its processor time."""
    decoder, effort = FrameDecoder(), Effort()
    visible_at, read_at, spent_s = -1, -1, 0.0
    for number, (path, text, visible) in enumerate(frames):
        grey = load_grey(path)
        if isinstance(grey, PictureProblem):
            raise TypeError(f"{path}: {grey}")
        began_s = time.thread_time()
        symbols = decoder.read(grey, effort=effort.for_frame(grey, number * FRAME_S))
        spent_s += time.thread_time() - began_s
        visible_at = number if visible and visible_at < 0 else visible_at
        if read_at < 0 and text and any(symbol.text == text for symbol in symbols):
            read_at = number
    waited = round((read_at - visible_at) * FRAME_S * 1e3) if read_at >= 0 else None
    share = 100 * spent_s / (len(frames) * FRAME_S)
    return {"visible": visible_at >= 0, "waited_ms": waited, "share": share}


def main() -> int:
    """`reading.py DATA`"""
    data = Path(sys.argv[1])
    alone: dict[str, Reader] = {"zxing-cpp": zxing_alone, "pyzbar": zbar_alone}
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
            "photos": compare(files, {"pipeline": photo_pipeline} | alone),
            "frames": {
                kind: compare(files, {"pipeline": frame_pipeline} | alone)
                for kind, files in sorted(levels.items())
            },
            "streams": {
                each["stream"]: play(
                    [
                        (data / "streams" / frame["file"], frame["text"], frame["visible"])
                        for frame in each["frames"]
                    ]
                )
                for each in streams
            },
        }
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
