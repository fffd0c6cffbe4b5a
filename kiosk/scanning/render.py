"""Renders camera frames of a phone held in front of a terminal: seeded, five levels of difficulty.

What hides a code from a camera is all there: perspective, a hand that shakes, blur, the sensor's
noise, the display's pixel grid, a lamp's reflection, a dim screen. Cheap enough for 30 frames a
second beside the decoder: backdrop, hands, page and noise are drawn once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from kiosk.scanning import phone_page
from kiosk.scanning.backdrop import shop_backdrop
from kiosk.scanning.phone_page import PhonePicture, phone_picture
from kiosk.scanning.vision import Colour, Grey, as_u8, cv2

WIDTH, HEIGHT = 1_280, 720
_FOCAL_PX = 1_150.0
_NOISE_MARGIN = 64
_APPROACH_S = 0.9
_AWAY_PX = 900.0


@dataclass(frozen=True, slots=True)
class Level:
    """How hard a frame is to read: each number is one enemy of the decoder."""

    scale: float
    """Size of the phone in the frame; 0.6 makes about 3.7 pixels of a module."""
    tilt_deg: float
    shake_px: float
    blur_px: float
    noise: float
    glare: float
    grid: float
    """Contrast of the display's pixel grid, which gives moiré."""
    light: float


LEVELS = (
    # scale, tilt, shake, blur, noise, glare, grid, light
    Level(0.58, 9, 3, 0.5, 3, 0.15, 0, 1),
    Level(0.54, 18, 5, 0.7, 5, 0.3, 0, 0.9),
    Level(0.49, 27, 7, 0.9, 8, 0.5, 0.1, 0.8),
    Level(0.45, 32, 9, 0.9, 9, 0.7, 0.15, 0.75),
    Level(0.43, 37, 12, 1, 10, 0.9, 0.2, 0.68),
)


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the phone is: middle in pixels, size, three angles (degrees), speed in pixels/frame."""

    x: float
    y: float
    scale: float
    pitch: float
    yaw: float
    roll: float
    speed_px: float = 0.0


class Hand:
    """How one customer holds a phone, as a function of time; the same seed, the same hand."""

    def __init__(self, seed: int, level: int) -> None:
        dice = np.random.default_rng((seed, level))
        self._level = LEVELS[level]
        self._middle = dice.uniform((-60, -6), (60, 22))
        self._angles = dice.uniform(-1, 1, 3) * self._level.tilt_deg
        self._phases = dice.uniform(0, math.tau, (6, 3))
        self._speeds = np.array((0.55, 1.3, 3.1)) * dice.uniform(0.8, 1.25, (6, 3))

    def pose(self, t_s: float, way_in: float = 1.0) -> Pose:
        """The pose at `t_s` seconds; `way_in` from 0 (out of view, below) to 1 (in place)."""
        waves = np.sin(self._speeds * (math.tau * t_s) + self._phases) @ np.array((0.7, 0.35, 0.12))
        x, y, size, pitch, yaw, roll = waves
        shake, tilt = self._level.shake_px, 1.5 + self._level.tilt_deg / 10
        away = (1 - way_in) ** 3
        return Pose(
            x=WIDTH / 2 + self._middle[0] + shake * x + 260 * away,
            y=HEIGHT / 2 + self._middle[1] + shake * y + _AWAY_PX * away,
            scale=self._level.scale * (1 + 0.02 * size) * (1 - 0.15 * away),
            pitch=self._angles[0] + tilt * pitch - 20 * away,
            yaw=self._angles[1] + tilt * yaw,
            roll=self._angles[2] * 0.7 + tilt * roll + 25 * away,
            speed_px=3 * (1 - way_in) ** 2 * _AWAY_PX / (_APPROACH_S * 30) if way_in < 1 else 0.0,
        )


class Stage:
    """Renders frames; keeps what does not change from one to the next. One thread."""

    def __init__(self, seed: int = 0) -> None:
        self._backdrop = shop_backdrop(WIDTH, HEIGHT, seed)
        self._dice = np.random.default_rng(seed)
        self._glare = _glow(256)

    def empty(self, level: int) -> Colour:
        """A 720×1280×3 frame without a phone."""
        return self._finish(self._backdrop.copy(), LEVELS[level])

    def frame(self, phone: PhonePicture, pose: Pose, level: int) -> Colour:
        """A 720×1280×3 frame of `phone` (see `show`) in `pose`."""
        frame = self._backdrop.copy()
        placed = _homography(pose, phone.alpha.shape)
        box = _bounds(placed, phone.alpha.shape)
        if box is not None:
            self._lay(frame, phone, placed, box, pose, LEVELS[level])
        return self._finish(frame, LEVELS[level])

    def _lay(
        self,
        frame: Colour,
        phone: PhonePicture,
        placed: npt.NDArray[np.float64],
        box: tuple[int, int, int, int],
        pose: Pose,
        level: Level,
    ) -> None:
        x, y, width, height = box
        moved = np.array(((1, 0, -x), (0, 1, -y), (0, 0, 1)), np.float64) @ placed
        size, how = (width, height), cv2.INTER_LINEAR
        colour = as_u8(cv2.warpPerspective(phone.colour, moved, size, flags=how))
        alpha = as_u8(cv2.warpPerspective(phone.alpha, moved, size, flags=how))
        if level.glare:
            self._reflect(colour, alpha, pose, level.glare)
        colour, alpha = (_blurred(p, level.blur_px, pose.speed_px) for p in (colour, alpha))
        under = frame[y : y + height, x : x + width]
        rest = cv2.cvtColor(cv2.bitwise_not(alpha), cv2.COLOR_GRAY2BGR)
        cv2.add(cv2.multiply(under, rest, scale=1 / 255), colour, under)

    def _reflect(self, colour: Colour, alpha: Grey, pose: Pose, strength: float) -> None:
        """A lamp mirrored in the glass; wanders as the phone tilts."""
        height, width = alpha.shape
        side = max(2, int(width * 0.55))
        at_x = int(width * (0.5 + pose.yaw / 70)) - side // 2
        at_y = int(height * (0.3 + pose.pitch / 60)) - side // 2
        left, top = max(0, at_x), max(0, at_y)
        right, low = min(width, at_x + side), min(height, at_y + side)
        if left >= right or top >= low:
            return
        lamp = cv2.resize(self._glare, (side, side))[
            top - at_y : low - at_y, left - at_x : right - at_x
        ]
        lit = cv2.multiply(lamp, alpha[top:low, left:right], scale=strength / 255)
        area = colour[top:low, left:right]
        cv2.add(area, cv2.cvtColor(lit, cv2.COLOR_GRAY2BGR), area)

    def _finish(self, frame: Colour, level: Level) -> Colour:
        noise = _noise(level.noise)
        x, y = self._dice.integers(0, _NOISE_MARGIN, 2)
        grain = noise[y : y + HEIGHT, x : x + WIDTH]
        # Grain is stored around 64: dim light and noise in one pass.
        return as_u8(cv2.addWeighted(frame, level.light, grain, 1, -64))


@lru_cache(maxsize=2)
def show(text: str, caption: str, seed: int, level: int) -> PhonePicture:
    """The phone as `Stage.frame` wants it: reduced about to its size in the frame.

    Reducing by averaging first makes the later warp free of the jagged edges of plain sampling.
    """
    phone = phone_picture(text, caption, seed).reduced(min(1.0, LEVELS[level].scale * 1.3))
    if LEVELS[level].grid:
        _grid(phone.colour, LEVELS[level].grid)
    return phone


def still(text: str | None, caption: str = "", *, seed: int = 1, level: int = 0) -> Colour:
    """One whole frame for a test, a benchmark or a picture in the handbook; None: nobody there."""
    stage = Stage(seed)
    if text is None:
        return stage.empty(level)
    return stage.frame(show(text, caption, seed, level), Hand(seed, level).pose(1.0), level)


def code_corners(phone: PhonePicture, pose: Pose) -> npt.NDArray[np.float64]:
    """Where the code lies in the frame: 4×2 pixels, clockwise from the symbol's top left."""
    factor = phone.alpha.shape[1] / phone_page.PICTURE_WIDTH
    left, top = phone_page.CODE_LEFT_IN_PICTURE, phone_page.CODE_TOP_IN_PICTURE
    right, low = left + phone_page.CODE_PX, top + phone_page.CODE_PX
    corners = np.array(((left, top), (right, top), (right, low), (left, low)), np.float64) * factor
    return _project(_homography(pose, phone.alpha.shape), corners)


def _homography(pose: Pose, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """From pixels of the phone's picture to pixels of the frame, for a pinhole camera."""
    pitch, yaw, roll = (math.radians(a) for a in (pose.pitch, pose.yaw, pose.roll))
    rx = np.array(((1, 0, 0), (0, math.cos(pitch), -math.sin(pitch)),
                   (0, math.sin(pitch), math.cos(pitch))))  # fmt: skip
    ry = np.array(((math.cos(yaw), 0, math.sin(yaw)), (0, 1, 0),
                   (-math.sin(yaw), 0, math.cos(yaw))))  # fmt: skip
    rz = np.array(((math.cos(roll), -math.sin(roll), 0), (math.sin(roll), math.cos(roll), 0),
                   (0, 0, 1)))  # fmt: skip
    turn = rz @ ry @ rx
    size = pose.scale * phone_page.PICTURE_WIDTH / shape[1]
    # Plane coordinates: pixels from the phone's middle, which is not the picture's.
    middle_y = (phone_page.PHONE_TOP + phone_page.PHONE_HEIGHT / 2) / phone_page.PICTURE_HEIGHT
    centred = np.array(((size, 0, -size * shape[1] / 2), (0, size, -size * shape[0] * middle_y),
                        (0, 0, 1)))  # fmt: skip
    plane = np.column_stack((turn[:, 0], turn[:, 1], (0, 0, _FOCAL_PX)))
    lens = np.array(((_FOCAL_PX, 0, pose.x), (0, _FOCAL_PX, pose.y), (0, 0, 1)))
    return np.asarray(lens @ plane @ centred, np.float64)


def _project(
    placed: npt.NDArray[np.float64], points: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    flat = np.column_stack((points, np.ones(len(points)))) @ placed.T
    return np.asarray(flat[:, :2] / flat[:, 2:], np.float64)


def _bounds(
    placed: npt.NDArray[np.float64], shape: tuple[int, ...]
) -> tuple[int, int, int, int] | None:
    """The part of the frame that the phone covers: x, y, width, height; None if it is outside."""
    height, width = shape[:2]
    corners = np.array(((0, 0), (width, 0), (width, height), (0, height)), np.float64)
    points = _project(placed, corners)
    x0, y0 = np.floor(points.min(axis=0)).astype(int).clip(0, (WIDTH, HEIGHT))
    x1, y1 = np.ceil(points.max(axis=0)).astype(int).clip(0, (WIDTH, HEIGHT))
    if x1 - x0 < 4 or y1 - y0 < 4:
        return None
    return int(x0), int(y0), int(x1 - x0), int(y1 - y0)


def _blurred(picture: Grey, blur_px: float, speed_px: float) -> Grey:
    if speed_px > 2:
        picture = as_u8(cv2.blur(picture, (1, min(25, int(speed_px / 2) | 1))))
    return as_u8(cv2.GaussianBlur(picture, (0, 0), blur_px)) if blur_px > 0.4 else picture


def _grid(colour: Colour, contrast: float) -> None:
    """Dark lines between the display's pixels, nearly as fine as the camera's."""
    height, width = colour.shape[:2]
    x = 1 - contrast * (0.5 + 0.5 * np.sin(np.arange(width) * math.tau / 2.3))
    y = 1 - contrast * (0.5 + 0.5 * np.sin(np.arange(height) * math.tau / 2.3))
    lines = (np.outer(y, x) * 255).astype(np.uint8)
    cv2.multiply(colour, cv2.cvtColor(lines, cv2.COLOR_GRAY2BGR), colour, scale=1 / 255)


def _glow(side: int) -> Grey:
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    near = np.clip(1 - np.hypot(x, y * 1.4), 0, 1)
    return as_u8((255 * near**1.6).astype(np.uint8))


@lru_cache(maxsize=1)
def _noise(strength: float) -> Colour:
    """A bank of sensor noise around 64, mostly brightness; frames take windows of it."""
    # Drawn as bytes: the same in floating point would briefly take four times the room.
    cv2.setRNGSeed(int(strength * 16))
    shape = (HEIGHT + _NOISE_MARGIN, WIDTH + _NOISE_MARGIN)
    grey, bank = np.empty(shape, np.uint8), np.empty((*shape, 3), np.uint8)
    cv2.randn(grey, np.array((64.0,)), np.array((strength * 0.9,)))
    cv2.randn(bank, np.full(3, 64.0), np.full(3, strength * 0.45))
    return as_u8(cv2.addWeighted(bank, 1, cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), 1, -64))
