"""Trial streams: 30 fps sequences of trial frames, each the story of one customer. Seeded.

A hand shakes, so pose, moiré and reflections differ from frame to frame; the frames are rendered
one by one and never all held.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from kiosk.scanning.trial_frames import (
    Page,
    code_corners,
    compressed,
    draw_backdrop,
    draw_page,
    finished,
    lay,
    placement,
    project,
)
from kiosk.scanning.trial_shots import HEIGHT, WIDTH, Lamp, Shot, draw_shot, steadied
from kiosk.scanning.vision import Colour, as_u8, cv2

FPS = 30
_EMPTY, _COMING, _HELD, _LEAVING = 15, 15, 45, 9
FRAMES = _EMPTY + _COMING + _HELD + _LEAVING
_FROM_BELOW_PX = 900.0


@dataclass(frozen=True, slots=True)
class StreamFrame:
    """One frame.

    `texts` are the codes on display, nearest to the middle first; `whole` tells whether the first
    of them lies wholly within the frame.
    """

    frame: Colour
    texts: tuple[str, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class _Cast:
    """Who plays: a page, the shot it is held in, a second page."""

    page: Page
    shot: Shot
    other: Page


_Scene = Callable[[_Cast, int], list[tuple[Page, Shot]]]
"""The pages in view at a frame, in the order in which they are laid."""


def _way_in(number: int) -> float:
    if number < _EMPTY:
        return 0.0
    if number < _EMPTY + _COMING:
        return (number - _EMPTY + 1) / _COMING
    left = FRAMES - number
    return 1.0 if left > _LEAVING else max(0.0, (left - 1) / _LEAVING)


def _shaken(shot: Shot, number: int) -> Shot:
    """The hand's tremor: slow sway and fast shake."""
    t = number / FPS
    sway, shake = math.sin(math.tau * 0.6 * t + shot.x), math.sin(math.tau * 3.1 * t + shot.y)
    return replace(
        shot,
        x=shot.x + 7 * sway + 2 * shake,
        y=shot.y + 5 * math.sin(math.tau * 0.8 * t) + 2 * shake,
        pitch_deg=shot.pitch_deg + 2 * sway,
        yaw_deg=shot.yaw_deg + 1.5 * math.sin(math.tau * 0.7 * t),
        roll_deg=shot.roll_deg + 1.5 * sway,
        moire_phase=shot.moire_phase + 2.4 * number,
        moire_period_px=shot.moire_period_px * (1 + 0.06 * sway),
        lamps=tuple(
            replace(lamp, x=lamp.x + 0.06 * sway, y=lamp.y + 0.05 * shake) for lamp in shot.lamps
        ),
    )


def _approach(cast: _Cast, number: int) -> list[tuple[Page, Shot]]:
    way_in = _way_in(number)
    if way_in == 0:
        return []
    shot, away = _shaken(cast.shot, number), (1 - way_in) ** 2
    if way_in < 1:
        speed = 2 * (1 - way_in) * _FROM_BELOW_PX / _COMING / 3
        shot = replace(shot, y=shot.y + _FROM_BELOW_PX * away, motion_px=(0.0, speed))
    else:
        shot = steadied(shot)
    return [(cast.page, shot)]


def _hold(cast: _Cast, number: int) -> list[tuple[Page, Shot]]:
    return [] if number < _EMPTY else [(cast.page, steadied(cast.shot))]


def _tilt(cast: _Cast, number: int) -> list[tuple[Page, Shot]]:
    turn = 48 * math.cos(math.pi * number / FRAMES)
    return [(cast.page, replace(steadied(_shaken(cast.shot, number)), yaw_deg=turn))]


def _glare_sweep(cast: _Cast, number: int) -> list[tuple[Page, Shot]]:
    at = 1.6 * number / FRAMES - 0.3
    lamp = Lamp(x=at, y=0.4 + 0.2 * at, long=0.4, wide=0.17, angle_deg=70, strength=400)
    return [(cast.page, replace(steadied(_shaken(cast.shot, number)), lamps=(lamp,)))]


def _dimming(cast: _Cast, number: int) -> list[tuple[Page, Shot]]:
    pages = _approach(cast, number)
    dim = 1 - 0.8 * min(1.0, max(0.0, (number - _EMPTY) / 30))
    return [(page, replace(shot, screen=shot.screen * dim)) for page, shot in pages]


def _code_change(cast: _Cast, number: int) -> list[tuple[Page, Shot]]:
    shown = cast.page if number < _EMPTY + _COMING + _HELD // 2 else cast.other
    return [(shown, shot) for _, shot in _approach(cast, number)]


def _two_customers(cast: _Cast, number: int) -> list[tuple[Page, Shot]]:
    side = min(cast.shot.module_px, 0.36 * WIDTH / max(cast.page.modules, cast.other.modules))
    near = replace(cast.shot, module_px=side, x=0.36 * WIDTH, y=HEIGHT / 2, roll_deg=0.0)
    far = replace(near, x=0.8 * WIDTH, roll_deg=4.0, moire_phase=1.0)
    shown = _approach(replace(cast, page=cast.other, shot=far), number)
    return shown + _approach(replace(cast, shot=near), number)


def _nobody(_cast: _Cast, _number: int) -> list[tuple[Page, Shot]]:
    return []


SCENARIOS: dict[str, _Scene] = {
    "approach": _approach,
    "hold": _hold,
    "tilt": _tilt,
    "glare-sweep": _glare_sweep,
    "dimming": _dimming,
    "code-change": _code_change,
    "two-customers": _two_customers,
    "passer-by": _nobody,
    "empty": _nobody,
}


def stream(scenario: str, seed: int, level: int) -> Iterator[StreamFrame]:
    """The frames of one story. Raises KeyError for a scenario that is not in `SCENARIOS`."""
    scene = SCENARIOS[scenario]
    dice = np.random.default_rng((seed, level, 2))
    page, other = draw_page(dice), draw_page(dice)
    shot = draw_shot(level, page.modules, dice)
    shot = replace(shot, x=WIDTH / 2 + dice.uniform(-90, 90), y=HEIGHT / 2 + dice.uniform(-25, 25))
    backdrop, walker = draw_backdrop(dice), _walker(dice)
    for number in range(FRAMES):
        frame = backdrop.copy()
        if scenario == "passer-by":
            _walk(frame, walker, number)
        shown = scene(_Cast(page, shot, other), number)
        for each, held in shown:
            lay(frame, each, held)
        frame = finished(frame, shown[-1][1] if shown else steadied(shot), dice)
        whole = bool(shown) and _whole(*shown[-1])
        texts = tuple(each.text for each, _ in reversed(shown))
        yield StreamFrame(compressed(frame, shot.jpeg_quality), texts, whole)


def _whole(page: Page, shot: Shot) -> bool:
    corners = project(placement(page, shot), code_corners(page))
    return bool((corners >= 0).all() and (corners <= (WIDTH, HEIGHT)).all())


def _walker(dice: np.random.Generator) -> Colour:
    """Somebody in striped or plain clothes, as a picture on black."""
    figure = np.zeros((HEIGHT, 340, 3), np.uint8)
    shade = tuple(int(c) for c in dice.integers(30, 220, 3))
    cv2.ellipse(figure, (170, 520), (150, 330), 0, 0, 360, shade, -1, cv2.LINE_AA)
    for y in range(250, HEIGHT, int(dice.integers(24, 90))):
        cv2.line(figure, (40, y), (300, y + 10), (240, 240, 240), 9, cv2.LINE_AA)
    cv2.ellipse(figure, (170, 130), (72, 95), 0, 0, 360, (140, 170, 215), -1, cv2.LINE_AA)
    return as_u8(cv2.GaussianBlur(figure, (0, 0), 2))


def _walk(frame: Colour, walker: Colour, number: int) -> None:
    width = walker.shape[1]
    at = round((WIDTH + 2 * width) * number / FRAMES) - width
    left, right = max(0, at), min(WIDTH, at + width)
    if left < right:
        part = walker[:, left - at : right - at]
        frame[:, left:right] = np.where(part > 0, part, frame[:, left:right])
