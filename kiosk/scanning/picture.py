"""Still pictures from files, whatever is in them: a grey picture or a reason, in bounded memory."""

from __future__ import annotations

import enum
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kiosk.scanning.decoder import decode_photo
from kiosk.scanning.symbols import Symbol
from kiosk.scanning.vision import MAX_PICTURE_PX, Grey, as_u8, cv2

MAX_FILE_BYTES = 64 * 1024 * 1024
_MIN_BUFFER = 64
"""OpenCV's WebP reader refuses the smallest valid files unless zeros follow."""


class PictureProblem(enum.StrEnum):
    """Why a file gives no picture."""

    NOT_FOUND = "not_found"
    PERMISSION_DENIED = "permission_denied"
    NOT_A_FILE = "not_a_file"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    """Damaged, no picture at all, or one of more than `MAX_PICTURE_PX` pixels."""


@dataclass(frozen=True, slots=True)
class DecodedFile:
    """What `decode_files` found in one file; `ms` covers reading, unpacking and decoding."""

    image: str
    texts: tuple[str, ...]
    ms: float
    error: PictureProblem | None


def decode_files(paths: Iterable[Path]) -> Iterator[DecodedFile]:
    """The codes of each picture, in turn. Never raises for what a file holds."""
    for path in paths:
        began = time.perf_counter()
        picture = load_grey(path)
        symbols: list[Symbol] = []
        error = None
        if isinstance(picture, PictureProblem):
            error = picture
        else:
            symbols = decode_photo(picture)
        ms = (time.perf_counter() - began) * 1e3
        yield DecodedFile(str(path), tuple(s.text for s in symbols), ms, error)


def load_grey(path: Path) -> Grey | PictureProblem:
    """An H×W uint8 picture from any format OpenCV knows; an animation's first frame."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            # Also keeps us from reading devices and pipes, which have no end.
            return PictureProblem.NOT_A_FILE
        if status.st_size == 0:
            return PictureProblem.EMPTY
        if status.st_size > MAX_FILE_BYTES:
            return PictureProblem.TOO_LARGE
        # Not cv2.imread: on Windows it fails for paths beyond the system's code page.
        data = np.fromfile(path, np.uint8)
    except FileNotFoundError:
        return PictureProblem.NOT_FOUND
    except PermissionError:
        return PictureProblem.PERMISSION_DENIED
    except (OSError, ValueError):
        return PictureProblem.UNREADABLE
    return grey_from_bytes(data)


def grey_from_bytes(data: np.typing.NDArray[np.uint8]) -> Grey | PictureProblem:
    """As `load_grey`, from the file's bytes."""
    if data.size < _MIN_BUFFER:
        data = np.pad(data, (0, _MIN_BUFFER - data.size))
    try:
        picture = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    except (cv2.error, MemoryError):
        picture = None
    if picture is None or picture.size == 0 or picture.size > 4 * MAX_PICTURE_PX:
        return PictureProblem.UNREADABLE
    return _grey(picture)


def _grey(picture: np.typing.NDArray[np.generic]) -> Grey:
    if picture.dtype == np.uint16:
        picture = (picture >> 8).astype(np.uint8)  # type: ignore[operator]
    elif picture.dtype != np.uint8:
        # Floating point (HDR, TIFF): 0 … 1 is what a screen would show.
        picture = (np.nan_to_num(picture.astype(np.float32)).clip(0, 1) * 255).astype(np.uint8)
    pixels = as_u8(picture)
    if pixels.ndim == 2:
        return np.ascontiguousarray(pixels)
    channels = pixels.shape[2]
    if channels == 4:
        return _on_white(pixels)
    if channels == 3:
        return as_u8(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY))
    return np.ascontiguousarray(pixels[:, :, 0])


def _on_white(pixels: Grey) -> Grey:
    """Transparent parts are paper: black modules on nothing would else be black on black."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGRA2GRAY)
    alpha = pixels[:, :, 3]
    ink = cv2.multiply(grey, alpha, scale=1 / 255)
    return as_u8(cv2.add(ink, cv2.bitwise_not(alpha)))
