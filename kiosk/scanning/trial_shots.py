"""What stands between a code and the decoder, in numbers: severity levels 0 … 4, drawn by a seed.

The level says how much of each enemy there may be; the dice say which of them come together. The
levels are set so that zxing-cpp alone reads about 100, 95, 90, 65 and 30 of a hundred.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

MAX_LEVEL = 4
WIDTH, HEIGHT = 1_280, 720


@dataclass(frozen=True, slots=True)
class Lamp:
    """A reflection in the glass: middle and half axes in shares of the code's side."""

    x: float
    y: float
    long: float
    wide: float
    angle_deg: float
    strength: float
    """In grey levels at its middle; above 255 it burns out an area."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One moment: where the page is and all that the camera does to it."""

    x: float
    y: float
    module_px: float
    roll_deg: float
    pitch_deg: float
    yaw_deg: float
    light: float = 1.0
    """Of the room and the sensor's exposure: below 1 the frame is dim."""
    screen: float = 1.0
    """The display's brightness; a phone dims itself."""
    blur_px: float = 0.0
    motion_px: tuple[float, float] = (0.0, 0.0)
    noise: float = 0.0
    moire: float = 0.0
    """Contrast of the stripes, 0 … 1."""
    moire_period_px: float = 4.0
    moire_angle_deg: float = 0.0
    moire_phase: float = 0.0
    lamps: tuple[Lamp, ...] = ()
    jpeg_quality: int = 95


@dataclass(frozen=True, slots=True)
class Severity:
    """The most of each enemy that a level allows."""

    module_px: tuple[float, float]
    roll_deg: float
    tilt_deg: float
    light: tuple[float, float]
    blur: float
    """Defocus and motion, in modules: what counts is how far modules run into each other."""
    noise: float
    moire: float
    lamps: int
    glare: float
    jpeg_quality: int


SEVERITIES = (
    Severity((2.2, 9.0), 10, 10, (0.8, 1.0), 0.22, 4, 0.04, 0, 0, 90),
    Severity((2.2, 9.0), 25, 18, (0.6, 1.0), 0.3, 7, 0.1, 1, 90, 85),
    Severity((2.2, 9.0), 60, 26, (0.45, 1.0), 0.38, 11, 0.2, 1, 200, 75),
    Severity((2.0, 9.0), 180, 34, (0.35, 1.0), 0.45, 16, 0.3, 2, 320, 65),
    Severity((2.0, 9.0), 180, 40, (0.25, 1.0), 0.55, 24, 0.42, 2, 480, 55),
)


def draw_shot(level: int, modules: int, dice: np.random.Generator) -> Shot:
    """A shot of a code of `modules` a side that lies within the frame."""
    most = SEVERITIES[level]
    smallest, largest = most.module_px
    module_px = dice.uniform(smallest, largest)
    module_px = min(module_px, 0.66 * HEIGHT / modules)
    room = 0.75 * module_px * modules
    blur = most.blur * module_px
    moved = dice.uniform(0, 2.2 * blur) * (dice.random() < 0.4)
    way = dice.uniform(0, np.pi)
    return Shot(
        x=dice.uniform(room, WIDTH - room) if 2 * room < WIDTH else WIDTH / 2,
        y=dice.uniform(room, HEIGHT - room) if 2 * room < HEIGHT else HEIGHT / 2,
        module_px=module_px,
        roll_deg=dice.uniform(-most.roll_deg, most.roll_deg),
        pitch_deg=dice.uniform(-most.tilt_deg, most.tilt_deg),
        yaw_deg=dice.uniform(-most.tilt_deg, most.tilt_deg),
        light=dice.uniform(*most.light),
        screen=dice.uniform(0.6, 1.0),
        blur_px=max(0.3, dice.uniform(0.3, 1) * blur),
        motion_px=(moved * np.cos(way), moved * np.sin(way)),
        noise=dice.uniform(0.4, 1) * most.noise,
        moire=dice.uniform(0, most.moire) * (dice.random() < 0.7),
        moire_period_px=float(np.exp(dice.uniform(np.log(2.5), np.log(14)))),
        moire_angle_deg=dice.uniform(0, 180),
        moire_phase=dice.uniform(0, 2 * np.pi),
        lamps=tuple(_lamp(most.glare, dice) for _ in range(dice.integers(0, most.lamps + 1))),
        jpeg_quality=int(dice.integers(most.jpeg_quality, 96)),
    )


def _lamp(glare: float, dice: np.random.Generator) -> Lamp:
    return Lamp(
        x=dice.uniform(-0.1, 1.1),
        y=dice.uniform(-0.1, 1.1),
        long=dice.uniform(0.12, 0.45),
        wide=dice.uniform(0.08, 0.2),
        angle_deg=dice.uniform(0, 180),
        strength=dice.uniform(0.4, 1) * glare,
    )


def steadied(shot: Shot) -> Shot:
    """The same without motion: a phone that is held."""
    return replace(shot, motion_px=(0.0, 0.0))
