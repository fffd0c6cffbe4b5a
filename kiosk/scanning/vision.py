"""The one door to OpenCV, set up for untrusted pictures and a shared machine."""

from __future__ import annotations

import os
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

MAX_PICTURE_PX = 40_000_000
"""A picture of more is refused by its header, before any memory is taken."""

# OpenCV reads these once, when it is loaded.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_PICTURE_PX))
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_WIDTH", "65500")
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_HEIGHT", "65500")
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")

import cv2  # noqa: E402

# Measured: one thread costs half the processor time of two and reads no later.
cv2.setNumThreads(1)

Grey: TypeAlias = npt.NDArray[np.uint8]
"""H×W brightness."""
Colour: TypeAlias = npt.NDArray[np.uint8]
"""H×W×3, blue first, as OpenCV has it."""


def as_u8(picture: Any) -> npt.NDArray[np.uint8]:
    """Tells the type checker what OpenCV's loose stubs do not: these are bytes."""
    checked: npt.NDArray[np.uint8] = picture
    return checked


__all__ = ["MAX_PICTURE_PX", "Colour", "Grey", "as_u8", "cv2"]
