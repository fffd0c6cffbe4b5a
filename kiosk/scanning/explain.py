"""Shows what the decoder saw: each way of looking at a still picture, saved as a picture."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kiosk.scanning import module_grid
from kiosk.scanning.decoder import FRAME_BUDGET_S, MAX_FRAME_SIDE_PX
from kiosk.scanning.equaliser import equalised
from kiosk.scanning.ground import Placed
from kiosk.scanning.patient import placements, solved
from kiosk.scanning.soft_symbol import SymbolSolver
from kiosk.scanning.views import PHOTO, PHOTO_RESCUE, resized
from kiosk.scanning.vision import Grey, as_u8, cv2

_MODULE_PX = 8
_MAX_SAVED_SIDE_PX = 2_000


@dataclass(frozen=True, slots=True)
class Look:
    """One way of looking: its name, the picture saved (None: left out), what it gave, how long."""

    name: str
    picture: Path | None
    texts: tuple[str, ...]
    ms: float


def explained(grey: Grey, folder: Path, stem: str) -> Iterator[Look]:
    """Every look at an H×W uint8 picture, saved in `folder` as STEM-NN-NAME.png. Raises OSError.

    All are made, also after one has read: the comparison is the point.
    """
    number = 0
    for view in (*PHOTO, *PHOTO_RESCUE):
        number += 1
        if not view.applies(grey):
            yield Look(view.name, None, (), 0.0)
            continue
        began = time.perf_counter()
        texts = tuple(symbol.text for symbol in view.read(grey))
        ms = (time.perf_counter() - began) * 1e3
        path = folder / f"{stem}-{number:02}-{view.name}.png"
        _save(path, view.picture(grey))
        yield Look(view.name, path, texts, ms)
    scale = min(1.0, MAX_FRAME_SIDE_PX / max(grey.shape))
    small = resized(grey, scale) if scale < 1 else grey
    began = time.perf_counter()
    deadline = time.monotonic() + FRAME_BUDGET_S
    for index, placed in enumerate(placements(small, deadline), 1):
        text = solved(SymbolSolver(placed.layout), module_grid.thirds(small, placed))
        ms = (time.perf_counter() - began) * 1e3
        path = folder / f"{stem}-{number + index:02}-patient.png"
        _save(path, _side_by_side(small, placed))
        yield Look(f"patient, version {placed.layout.version}", path, (text,) if text else (), ms)
        began = time.perf_counter()


def _side_by_side(grey: Grey, placed: Placed) -> Grey:
    """The symbol seen straight on, and its modules as the equaliser sees them (grey: unsure)."""
    size = placed.layout.size
    seen = module_grid.rectified(grey, placed.matrix, size, _MODULE_PX)
    soft = equalised(module_grid.thirds(grey, placed), placed.layout.fixed)
    drawn = (127.5 - 127.5 * soft.clip(-1, 1)).astype(np.uint8)
    drawn = np.pad(drawn, module_grid.MARGIN, constant_values=255)
    return np.hstack((seen, drawn.repeat(_MODULE_PX, axis=0).repeat(_MODULE_PX, axis=1)))


def _save(path: Path, picture: Grey) -> None:
    scale = _MAX_SAVED_SIDE_PX / max(picture.shape)
    if scale < 1:
        picture = resized(picture, scale)
    done, data = cv2.imencode(".png", picture)
    if not done:
        raise OSError(f"{path} cannot be written as PNG")
    # Not cv2.imwrite: on Windows it fails for paths beyond the system's code page.
    as_u8(data).tofile(path)
