"""Still pictures: every kind that people have, and everything that is wrong with files."""

import os
import struct
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.scanning import picture as picture_module
from kiosk.scanning.picture import (
    DecodedFile,
    PictureProblem,
    decode_files,
    grey_from_bytes,
    load_grey,
)
from kiosk.scanning.vision import cv2

TEXT = "TH1:PICTURES/OF/ALL/KINDS"


def code(white: int = 255) -> np.ndarray:
    rows = segno.make(TEXT, error="q").matrix
    matrix = np.pad(np.array([list(row) for row in rows]), 4)
    return np.kron(np.where(matrix > 0, 0, white), np.ones((6, 6))).astype(np.uint16)


def save(path: Path, picture: np.ndarray) -> Path:
    done, data = cv2.imencode(path.suffix, picture)
    assert done
    data.tofile(path)
    return path


def only(path: Path) -> DecodedFile:
    (result,) = decode_files([path])
    return result


def test_a_path_in_any_script_is_read(tmp_path: Path) -> None:
    path = save(tmp_path / "提货码 №1 é.png", code().astype(np.uint8))
    result = only(path)
    assert (result.image, result.texts, result.error) == (str(path), (TEXT,), None)
    assert result.ms > 0


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".bmp", ".tiff", ".jp2", ".pgm"])
def test_the_usual_formats_are_read(tmp_path: Path, suffix: str) -> None:
    assert only(save(tmp_path / f"code{suffix}", code().astype(np.uint8))).texts == (TEXT,)


def test_sixteen_bits_a_pixel_are_read(tmp_path: Path) -> None:
    assert only(save(tmp_path / "deep.png", code(65_535))).texts == (TEXT,)


def test_floating_point_is_read(tmp_path: Path) -> None:
    picture = code(1).astype(np.float32)
    picture[0, :3] = (np.nan, np.inf, -np.inf)
    assert only(save(tmp_path / "high.tiff", picture)).texts == (TEXT,)


def test_black_modules_on_nothing_are_seen_on_white(tmp_path: Path) -> None:
    transparent = np.zeros((*code().shape, 4), np.uint8)
    transparent[:, :, 3] = 255 - code()
    assert only(save(tmp_path / "logo.png", transparent)).texts == (TEXT,)


def test_half_transparent_and_deep_at_once_is_read(tmp_path: Path) -> None:
    deep = np.full((*code().shape, 4), 65_535, np.uint16)
    deep[:, :, :3] = code(65_535)[:, :, None]
    deep[:20, :, 3] = 30_000
    assert only(save(tmp_path / "deep.png", deep)).texts == (TEXT,)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, data: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", data), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_a_bomb_of_pixels_is_refused_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png(50_000, 50_000, zlib.compress(bytes(50_001) * 200)))
    began = time.monotonic()
    assert only(path).error is PictureProblem.UNREADABLE
    assert time.monotonic() - began < 5, "its pixels would take a minute"


@pytest.mark.skipif(sys.platform == "win32", reason="resource limits are POSIX")
def test_a_bomb_of_pixels_takes_no_memory(tmp_path: Path) -> None:
    import subprocess

    path = tmp_path / "bomb.png"
    path.write_bytes(png(50_000, 50_000, zlib.compress(bytes(50_001) * 2_000)))
    script = (
        "import sys, resource; from pathlib import Path;"
        "from kiosk.scanning.picture import decode_files;"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "list(decode_files([Path(sys.argv[1])]));"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    grown_kib = subprocess.check_output([sys.executable, "-c", script, str(path)], text=True)
    assert int(grown_kib) < 50_000


@pytest.mark.parametrize(
    "content,problem",
    [
        (b"", PictureProblem.EMPTY),
        (b"\x89PNG", PictureProblem.UNREADABLE),
        (b"just a text, no picture at all\n" * 9, PictureProblem.UNREADABLE),
        (png(10, 10, b"not deflate"), PictureProblem.UNREADABLE),
        (b"GIF89a" + bytes(500), PictureProblem.UNREADABLE),
    ],
)
def test_a_file_without_a_picture_gives_its_reason(
    tmp_path: Path, content: bytes, problem: PictureProblem
) -> None:
    path = tmp_path / "wrong.png"
    path.write_bytes(content)
    result = only(path)
    assert (result.texts, result.error) == ((), problem)


def test_what_is_not_a_file_gives_its_reason(tmp_path: Path) -> None:
    assert load_grey(tmp_path / "absent.png") is PictureProblem.NOT_FOUND
    assert load_grey(tmp_path) is PictureProblem.NOT_A_FILE
    assert load_grey(tmp_path / "nul\0byte.png") is PictureProblem.UNREADABLE


@pytest.mark.skipif(sys.platform == "win32", reason="devices and pipes are files on POSIX")
def test_endless_files_are_not_read(tmp_path: Path) -> None:
    assert load_grey(Path("/dev/zero")) is PictureProblem.NOT_A_FILE
    os.mkfifo(tmp_path / "pipe.png")
    assert load_grey(tmp_path / "pipe.png") is PictureProblem.NOT_A_FILE


def test_a_file_too_large_to_be_a_picture_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(tmp_path / "code.png", code().astype(np.uint8))
    monkeypatch.setattr(picture_module, "MAX_FILE_BYTES", path.stat().st_size - 1)
    assert load_grey(path) is PictureProblem.TOO_LARGE


def test_one_bad_file_does_not_end_the_row(tmp_path: Path) -> None:
    good = save(tmp_path / "good.png", code().astype(np.uint8))
    results = list(decode_files([tmp_path / "absent.png", good]))
    assert [result.error for result in results] == [PictureProblem.NOT_FOUND, None]
    assert results[1].texts == (TEXT,)


def encoded(suffix: str) -> bytes:
    return bytes(cv2.imencode(suffix, code().astype(np.uint8))[1])


FILES = {suffix: encoded(suffix) for suffix in (".png", ".jpg", ".webp", ".bmp", ".tiff")}


@settings(max_examples=150)
@given(st.sampled_from(sorted(FILES)), st.data())
def test_damaged_files_give_a_picture_or_a_reason(suffix: str, data: st.DataObject) -> None:
    whole = FILES[suffix]
    damaged = bytearray(whole[: data.draw(st.integers(1, len(whole)))])
    for _ in range(data.draw(st.integers(0, 8))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    result = grey_from_bytes(np.frombuffer(bytes(damaged), np.uint8))
    if not isinstance(result, PictureProblem):
        assert result.dtype == np.uint8
        assert result.ndim == 2
        assert result.size > 0
