"""How a camera is set up: wishes, each of which a camera may be unable to fulfil.

Standard library only: the window's process says them, the scanning process acts on them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

PixelFormat = Literal["auto", "yuyv", "nv12", "mjpeg"]
Rotation = Literal[0, 90, 180, 270]


@dataclass(frozen=True, slots=True)
class CameraOptions:
    """`rotate`: degrees clockwise that make the picture upright; `mirror`: flip left and right
    after that, for a camera that looks into a mirror. `exposure` and `focus` are in the driver's
    own units, None: automatic. `torch`: switch the camera's lamp on, where there is one.
    """

    rotate: Rotation = 0
    mirror: bool = False
    pixel_format: PixelFormat = "auto"
    exposure: int | None = None
    focus: int | None = None
    torch: bool = False

    def arguments(self) -> Iterator[str]:
        """As options of the scanning process's command line."""
        yield f"--rotate={self.rotate}"
        yield f"--format={self.pixel_format}"
        if self.exposure is not None:
            yield f"--exposure={self.exposure}"
        if self.focus is not None:
            yield f"--focus={self.focus}"
        yield from ("--mirror",) * self.mirror
        yield from ("--torch",) * self.torch

    @staticmethod
    def add_to(parser: argparse.ArgumentParser) -> None:
        """Declare those options."""
        parser.add_argument("--rotate", type=int, choices=get_args(Rotation), default=0)
        parser.add_argument("--format", choices=get_args(PixelFormat), default="auto")
        parser.add_argument("--exposure", type=int)
        parser.add_argument("--focus", type=int)
        parser.add_argument("--mirror", action="store_true")
        parser.add_argument("--torch", action="store_true")

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> CameraOptions:
        """Back from a parsed command line."""
        return cls(
            rotate=arguments.rotate,
            mirror=arguments.mirror,
            pixel_format=arguments.format,
            exposure=arguments.exposure,
            focus=arguments.focus,
            torch=arguments.torch,
        )
