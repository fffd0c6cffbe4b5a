"""Renders trial frames: a page with a code, in any pose before any backdrop, and what hides it.

Unlike the simulated camera's phone, which is to look like a customer at a counter, these frames are
to be as different from each other as they can: they measure the decoder. Everything follows from
the seed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import segno

from kiosk.scanning.sighting import Quad
from kiosk.scanning.trial_shots import HEIGHT, WIDTH, Lamp, Shot, draw_shot
from kiosk.scanning.vision import Colour, Grey, as_u8, cv2

_BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_TEXTURE_MODULE_PX = 8
_FOCAL_PX = 1_150.0
_QUIET = 3
_SUBPIXEL_PHASES = (0.0, 0.9, 1.9)
"""How far the stripes of red, green and blue lie apart: moiré has colours."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page on a display: its picture, `module_px` pixels a module, and where its code lies."""

    text: str
    modules: int
    picture: Colour
    left: int
    top: int

    @property
    def side(self) -> int:
        """The code's side in the picture's pixels."""
        return self.modules * _TEXTURE_MODULE_PX


@dataclass(frozen=True, slots=True)
class Trial:
    """A frame (H×W×3), what is to be read in it (None: nothing), where, and how large."""

    frame: Colour
    text: str | None
    quad: Quad | None
    module_px: float


def trial(seed: int, level: int) -> Trial:
    """One frame with a code, of severity 0 … 4."""
    dice = np.random.default_rng((seed, level, 1))
    page = draw_page(dice)
    shot = draw_shot(level, page.modules, dice)
    backdrop = draw_backdrop(dice)
    placed = placement(page, shot)
    corners = project(placed, code_corners(page))
    frame = compressed(render(page, shot, backdrop, dice), shot.jpeg_quality)
    a, b, c, d = ((float(x), float(y)) for x, y in corners)
    return Trial(frame, page.text, (a, b, c, d), shot.module_px)


def empty_trial(seed: int, level: int) -> Trial:
    """One frame without a code, but with all else, also things that look like parts of one."""
    dice = np.random.default_rng((seed, level, 0))
    page = draw_page(dice)
    shot = draw_shot(level, page.modules, dice)
    backdrop = draw_backdrop(dice)
    return Trial(compressed(finished(backdrop, shot, dice), shot.jpeg_quality), None, None, 0.0)


def base45_text(dice: np.random.Generator) -> str:
    """A text like a pickup code's: 180 to 300 characters of base45."""
    letters = dice.integers(0, len(_BASE45), int(dice.integers(180, 301)))
    return "TH1:" + "".join(_BASE45[i] for i in letters[4:])


def draw_page(dice: np.random.Generator, text: str | None = None) -> Page:
    """A page with its code, light or dark, with words around; the code has a quiet zone."""
    text = text or base45_text(dice)
    symbol = segno.make(text, error="MQ"[int(dice.integers(2))], micro=False, boost_error=False)
    modules = np.where(np.array([list(row) for row in symbol.matrix]) > 0, 0, 255).astype(np.uint8)
    px, count = _TEXTURE_MODULE_PX, len(modules)
    code = np.pad(modules, _QUIET, constant_values=255).repeat(px, axis=0).repeat(px, axis=1)
    width = code.shape[1] + 2 * int(dice.integers(2, 8)) * px
    above, below = (int(n) * px for n in dice.integers(8, 30, 2))
    shade = dice.integers(205, 250, 3) if dice.random() < 0.6 else dice.integers(18, 60, 3)
    picture = np.full((above + code.shape[0] + below, width, 3), shade, np.uint8)
    _words(picture[:above], dice)
    _words(picture[above + code.shape[0] :], dice)
    left = (width - code.shape[1]) // 2
    picture[above : above + code.shape[0], left : left + code.shape[1]] = code[:, :, None]
    edge = int(dice.integers(1, 3)) * px
    picture = as_u8(
        cv2.copyMakeBorder(picture, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=(12, 12, 12))
    )
    quiet = _QUIET * px
    return Page(text, count, picture, left + edge + quiet, above + edge + quiet)


def _words(area: Colour, dice: np.random.Generator) -> None:
    ink = (30, 30, 30) if area.mean() > 128 else (220, 220, 220)
    for y in range(40, area.shape[0] - 8, 44):
        word = "".join(_BASE45[i] for i in dice.integers(10, 36, int(dice.integers(6, 22))))
        cv2.putText(area, word, (20, y), cv2.FONT_HERSHEY_SIMPLEX, 1, ink, 2, cv2.LINE_AA)


def draw_backdrop(dice: np.random.Generator) -> Colour:
    """Colours, shapes, words and chequers, or a woven texture."""
    if dice.random() < 0.35:
        return _texture(dice)
    a, b = dice.integers(10, 220, (2, 3))
    fade = np.linspace(0, 1, HEIGHT)[:, None, None]
    picture = np.broadcast_to(a * (1 - fade) + b * fade, (HEIGHT, WIDTH, 3)).astype(np.uint8).copy()
    for _ in range(int(dice.integers(10, 30))):
        _shape(picture, dice)
    return as_u8(cv2.GaussianBlur(picture, (0, 0), dice.uniform(0.6, 3)))


def _shape(picture: Colour, dice: np.random.Generator) -> None:
    x, y = int(dice.integers(0, WIDTH)), int(dice.integers(0, HEIGHT))
    wide, high = (int(n) for n in dice.integers(8, 130, 2))
    colour = tuple(int(c) for c in dice.integers(0, 256, 3))
    thick = -1 if dice.random() < 0.6 else int(dice.integers(1, 6))
    match int(dice.integers(5)):
        case 0:
            cv2.rectangle(picture, (x, y), (x + wide, y + high), colour, thick)
        case 1:
            cv2.circle(picture, (x, y), wide // 2, colour, thick)
        case 2:
            cv2.line(picture, (x, y), (x + 3 * wide, y + 2 * high - 130), colour, 1 + wide // 20)
        case 3:
            word = "".join(_BASE45[i] for i in dice.integers(0, 36, 8))
            cv2.putText(picture, word, (x, y), cv2.FONT_HERSHEY_DUPLEX, high / 60, colour, 2)
        case _:
            _chequers(picture[y : y + 2 * high, x : x + 2 * wide], 4 + wide // 8)


def _chequers(area: Colour, px: int) -> None:
    y, x = np.mgrid[: area.shape[0], : area.shape[1]] // px
    area[:] = np.where((x + y) % 2 == 0, 20, 235)[:, :, None]


def _texture(dice: np.random.Generator) -> Colour:
    grain = dice.normal(0, 60, (HEIGHT // 2, WIDTH // 2)).astype(np.float32)
    wide, high = dice.uniform(0.7, 6, 2)
    woven = cv2.GaussianBlur(grain, (0, 0), sigmaX=wide, sigmaY=high)
    factor = dice.uniform(15, 45) / max(float(woven.std()), 1e-3)
    shades = (woven * factor + dice.uniform(30, 190)).clip(0, 255).astype(np.uint8)
    picture = cv2.resize(shades, (WIDTH, HEIGHT))
    return as_u8(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR))


# ------------------------------------------------------------------ rendering


def placement(page: Page, shot: Shot) -> npt.NDArray[np.float64]:
    """3×3: from the page's pixels to the frame's, by a pinhole camera; the code around x, y."""
    roll, pitch, yaw = (math.radians(a) for a in (shot.roll_deg, shot.pitch_deg, shot.yaw_deg))
    sin, cos = math.sin, math.cos
    rx = np.array(((1, 0, 0), (0, cos(pitch), -sin(pitch)), (0, sin(pitch), cos(pitch))))
    ry = np.array(((cos(yaw), 0, sin(yaw)), (0, 1, 0), (-sin(yaw), 0, cos(yaw))))
    rz = np.array(((cos(roll), -sin(roll), 0), (sin(roll), cos(roll), 0), (0, 0, 1)))
    turn = rz @ ry @ rx
    size = shot.module_px / _TEXTURE_MODULE_PX
    x, y = page.left + page.side / 2, page.top + page.side / 2
    centred = np.array(((size, 0, -size * x), (0, size, -size * y), (0, 0, 1)))
    plane = np.column_stack((turn[:, 0], turn[:, 1], (0, 0, _FOCAL_PX)))
    lens = np.array(((_FOCAL_PX, 0, shot.x), (0, _FOCAL_PX, shot.y), (0, 0, 1)))
    return np.asarray(lens @ plane @ centred, np.float64)


def code_corners(page: Page) -> npt.NDArray[np.float64]:
    """4×2 in the page's pixels, clockwise from the symbol's own top left."""
    left, top = page.left - 0.5, page.top - 0.5
    right, low = left + page.side, top + page.side
    return np.array(((left, top), (right, top), (right, low), (left, low)), np.float64)


def project(
    placed: npt.NDArray[np.float64], points: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """`points` (k×2) through a homography."""
    flat = np.column_stack((points, np.ones(len(points)))) @ placed.T
    return np.asarray(flat[:, :2] / flat[:, 2:], np.float64)


def render(page: Page, shot: Shot, backdrop: Colour, dice: np.random.Generator) -> Colour:
    """The frame as the sensor sees it: page, moiré, reflections, blur, dim light, noise."""
    frame = backdrop.copy()
    lay(frame, page, shot)
    return finished(frame, shot, dice)


def lay(frame: Colour, page: Page, shot: Shot) -> None:
    """Puts one page into the frame."""
    placed = placement(page, shot)
    # Reduced by averaging first: the warp's plain sampling would leave jagged edges.
    factor = min(1.0, 1.6 * shot.module_px / _TEXTURE_MODULE_PX)
    picture = as_u8(
        cv2.resize(page.picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    )
    x_factor = picture.shape[1] / page.picture.shape[1]
    y_factor = picture.shape[0] / page.picture.shape[0]
    # Pixel middles are whole numbers in both.
    grown = np.array(
        (
            (1 / x_factor, 0, 0.5 / x_factor - 0.5),
            (0, 1 / y_factor, 0.5 / y_factor - 0.5),
            (0, 0, 1),
        )
    )
    size = (WIDTH, HEIGHT)
    shown = cv2.warpPerspective(picture, placed @ grown, size, flags=cv2.INTER_LINEAR)
    whole = np.full(picture.shape[:2], 255, np.uint8)
    cover = as_u8(cv2.warpPerspective(whole, placed @ grown, size, flags=cv2.INTER_LINEAR))
    x, y, wide, high = cv2.boundingRect(cover)
    if not (wide and high):
        return
    area = (slice(y, y + high), slice(x, x + wide))
    lit = shown[area].astype(np.float32) * shot.screen
    if shot.moire:
        _stripe(lit, shot, x, y)
    for lamp in shot.lamps:
        lit += _reflection(lamp, page, placed, lit.shape[:2], (x, y))[:, :, None]
    share = (cover[area].astype(np.float32) / 255)[:, :, None]
    under = frame[area].astype(np.float32)
    frame[area] = (under * (1 - share) + np.minimum(lit, 255) * share).astype(np.uint8)


def _stripe(lit: npt.NDArray[np.float32], shot: Shot, x: int, y: int) -> None:
    way = math.radians(shot.moire_angle_deg)
    across = np.arange(lit.shape[1], dtype=np.float32) + x
    down = np.arange(lit.shape[0], dtype=np.float32) + y
    turns = math.tau / shot.moire_period_px
    angle = turns * (math.cos(way) * across[None, :] + math.sin(way) * down[:, None])
    for channel, phase in enumerate(_SUBPIXEL_PHASES):
        wave = 0.5 + 0.5 * np.sin(angle + shot.moire_phase + phase)
        lit[:, :, channel] *= 1 - shot.moire * wave


def _reflection(
    lamp: Lamp,
    page: Page,
    placed: npt.NDArray[np.float64],
    shape: tuple[int, int],
    origin: tuple[int, int],
) -> npt.NDArray[np.float32]:
    at = np.array(((page.left + lamp.x * page.side, page.top + lamp.y * page.side),), np.float64)
    middle_x, middle_y = project(placed, at)[0]
    corners = project(placed, code_corners(page))
    side = float(np.hypot(*(corners[2] - corners[0]))) / math.sqrt(2)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    x, y = x + origin[0] - middle_x, y + origin[1] - middle_y
    way = math.radians(lamp.angle_deg)
    along = (x * math.cos(way) + y * math.sin(way)) / (lamp.long * side)
    aside = (y * math.cos(way) - x * math.sin(way)) / (lamp.wide * side)
    return np.asarray(lamp.strength * np.exp(-(along**2 + aside**2)), np.float32)


def finished(frame: Colour, shot: Shot, dice: np.random.Generator) -> Colour:
    """Optics and sensor: defocus, motion, exposure, noise."""
    if shot.blur_px > 0.3:
        frame = as_u8(cv2.GaussianBlur(frame, (0, 0), shot.blur_px))
    across, down = shot.motion_px
    length = math.hypot(across, down)
    if length > 1:
        frame = as_u8(cv2.filter2D(frame, -1, _streak(across, down)))
    grain = np.empty(frame.shape, np.int16)
    cv2.setRNGSeed(int(dice.integers(1 << 31)))
    cv2.randn(grain, np.zeros(3), np.full(3, shot.noise))
    dim = cv2.convertScaleAbs(frame, alpha=shot.light)
    return as_u8((dim.astype(np.int16) + grain).clip(0, 255).astype(np.uint8))


def _streak(across: float, down: float) -> npt.NDArray[np.float32]:
    reach = math.ceil(max(abs(across), abs(down)) / 2) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for step in np.linspace(-0.5, 0.5, 8 * reach):
        kernel[reach + round(step * down), reach + round(step * across)] += 1
    return np.asarray(kernel / kernel.sum(), np.float32)


def compressed(frame: Colour, quality: int) -> Colour:
    """As a camera sends it: through JPEG."""
    _, data = cv2.imencode(".jpg", frame, (cv2.IMWRITE_JPEG_QUALITY, quality))
    return as_u8(cv2.imdecode(data, cv2.IMREAD_COLOR))


def grey_of(frame: Colour) -> Grey:
    """What the decoder gets."""
    return as_u8(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))
