"""What is behind the phone: a shop, out of focus, seen from the terminal on its counter."""

from __future__ import annotations

import numpy as np

from kiosk.scanning.vision import Colour, as_u8, cv2

_SHELF_COLOURS = (
    (196, 92, 70), (222, 170, 88), (98, 142, 104), (84, 120, 160), (206, 196, 178),
    (150, 88, 104), (232, 214, 170), (70, 82, 100),
)  # fmt: skip


def shop_backdrop(width: int, height: int, seed: int = 0) -> Colour:
    """An H×W×3 picture (blue first): shelves, lamps, a counter's edge; vignetted."""
    dice = np.random.default_rng(seed)
    wall = np.linspace(1, 0.72, height)[:, None, None] * np.array((150, 162, 172))
    picture = np.broadcast_to(wall.astype(np.uint8), (height, width, 3)).copy()
    for shelf in range(3):
        _shelf(picture, dice, round(height * (0.2 + 0.21 * shelf)), height // 6)
    picture = as_u8(cv2.GaussianBlur(picture, (0, 0), height / 55))
    for _ in range(7):
        _lamp(picture, dice)
    _counter(picture)
    return as_u8(cv2.multiply(picture, _vignette(width, height), scale=1 / 255))


def _shelf(picture: Colour, dice: np.random.Generator, floor: int, tall: int) -> None:
    width = picture.shape[1]
    x = int(dice.integers(-40, 0))
    while x < width:
        wide, high = int(dice.integers(26, 74)), int(tall * dice.uniform(0.45, 0.95))
        r, g, b = _SHELF_COLOURS[int(dice.integers(len(_SHELF_COLOURS)))]
        cv2.rectangle(picture, (x, floor - high), (x + wide, floor), (b, g, r), -1)
        label = floor - high // 2
        cv2.rectangle(picture, (x + 6, label - 9), (x + wide - 6, label + 9), (214, 222, 226), -1)
        x += wide + int(dice.integers(3, 24))
    cv2.rectangle(picture, (0, floor), (width, floor + 12), (92, 118, 146), -1)


def _lamp(picture: Colour, dice: np.random.Generator) -> None:
    height, width = picture.shape[:2]
    at = (int(dice.integers(0, width)), int(dice.integers(0, height // 5)))
    glow = np.zeros_like(picture)
    cv2.circle(glow, at, int(dice.integers(16, 34)), (92, 128, 150), -1, cv2.LINE_AA)
    cv2.add(picture, cv2.GaussianBlur(glow, (0, 0), 3.5), picture)


def _counter(picture: Colour) -> None:
    height, width = picture.shape[:2]
    edge = round(height * 0.84)
    grain = np.random.default_rng(9).normal(0, 9, (height - edge, width)).astype(np.float32)
    streaks = cv2.GaussianBlur(grain, (0, 0), sigmaX=40, sigmaY=1.2) * 5
    wood = np.array((84, 122, 164), np.float32) + streaks[..., None]
    wood *= np.linspace(1.12, 0.75, height - edge, dtype=np.float32)[:, None, None]
    picture[edge:] = wood.clip(0, 255).astype(np.uint8)
    picture[edge - 12 : edge + 12] = cv2.GaussianBlur(picture, (0, 0), 4)[edge - 12 : edge + 12]


def _vignette(width: int, height: int) -> Colour:
    y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)[None, :]
    light = (255 * (1 - 0.16 * (x**2 + y**2))).astype(np.uint8)
    return as_u8(cv2.cvtColor(light, cv2.COLOR_GRAY2BGR))
