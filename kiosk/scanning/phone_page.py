"""Draws what the simulated camera looks at: a hand with a phone that shows a pickup code."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt
import segno

from kiosk.scanning.vision import Colour, Grey, as_u8, cv2

Rgb = tuple[int, int, int]

SCREEN_WIDTH, SCREEN_HEIGHT = 500, 1_040
_BEZEL = 13
_SIDE, _TOP, _BOTTOM = 120, 30, 260
"""Room around the phone for the hand."""
PHONE_LEFT, PHONE_TOP = _SIDE, _TOP
PHONE_WIDTH, PHONE_HEIGHT = SCREEN_WIDTH + 2 * _BEZEL, SCREEN_HEIGHT + 2 * _BEZEL
PICTURE_WIDTH = PHONE_WIDTH + 2 * _SIDE
PICTURE_HEIGHT = PHONE_HEIGHT + _TOP + _BOTTOM

CODE_PX = 416
_CARD_LEFT, _CARD_TOP, _CARD_WIDTH = 16, 168, SCREEN_WIDTH - 32
_CODE_TOP = _CARD_TOP + 84
CODE_LEFT_IN_PICTURE = _SIDE + _BEZEL + (SCREEN_WIDTH - CODE_PX) // 2
CODE_TOP_IN_PICTURE = _TOP + _BEZEL + _CODE_TOP

_GREEN: Rgb = (7, 178, 92)
_PAPER: Rgb = (244, 245, 247)
_INK: Rgb = (28, 32, 38)
_FADED: Rgb = (140, 147, 156)
_SKINS: tuple[Rgb, ...] = ((232, 190, 160), (214, 166, 132), (186, 134, 100), (138, 94, 68))


@dataclass(frozen=True, slots=True)
class PhonePicture:
    """Hand and phone seen straight on: `colour` (premultiplied) and its coverage `alpha`."""

    colour: Colour
    alpha: Grey

    def reduced(self, scale: float) -> PhonePicture:
        """The same picture smaller, smoothly."""

        def area(picture: Grey) -> Grey:
            how = cv2.INTER_AREA
            return as_u8(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=how))

        return PhonePicture(area(self.colour), area(self.alpha))


def code_modules(text: str) -> Grey:
    """The text's QR symbol, one byte a module (0 black, 255 white), level Q, no quiet zone."""
    code = segno.make(text, error="q", micro=False, boost_error=False)
    return np.where(np.array([list(row) for row in code.matrix]) > 0, 0, 255).astype(np.uint8)


def phone_picture(text: str, caption: str, seed: int) -> PhonePicture:
    """A phone in a hand, showing `text` as a code; `caption`: its first line above, others below.

    About 15 ms, but for the first of each kind of hand.
    """
    skin = seed % len(_SKINS)
    behind, before = _hand_and_body(skin), _fingers(skin)
    colour = behind.colour.copy()
    top, left = _TOP + _BEZEL, _SIDE + _BEZEL
    area = colour[top : top + SCREEN_HEIGHT, left : left + SCREEN_WIDTH]
    screen = cv2.bitwise_and(_screen(text, caption), _screen_mask())
    area[:] = cv2.add(cv2.bitwise_and(area, cv2.bitwise_not(_screen_mask())), screen)
    rest = cv2.cvtColor(cv2.bitwise_not(before.alpha), cv2.COLOR_GRAY2BGR)
    colour = as_u8(cv2.add(cv2.multiply(colour, rest, scale=1 / 255), before.colour))
    return PhonePicture(colour, as_u8(cv2.max(behind.alpha, before.alpha)))


# ---------------------------------------------------------------- the page


def _screen(text: str, caption: str) -> Colour:
    page = np.full((SCREEN_HEIGHT, SCREEN_WIDTH, 3), _bgr(_PAPER), np.uint8)
    fade = np.linspace(0, 1, 330, dtype=np.float32)[:, None, None]
    green, paper = np.array(_bgr(_GREEN)), np.array(_bgr(_PAPER))
    page[:330] = (green * (1 - fade**3) + paper * fade**3).astype(np.uint8)
    _status_bar(page)
    _write(page, "提货码", (SCREEN_WIDTH // 2, 88), 23, (255, 255, 255), weight=700)
    _pill(page, (SCREEN_WIDTH - 108, 62), (92, 36), (20, 160, 84))
    for x, radius in ((-84, 3), (-73, 4), (-62, 3)):
        cv2.circle(page, (SCREEN_WIDTH + x, 80), radius, (255, 255, 255), -1, cv2.LINE_AA)
    cv2.circle(page, (SCREEN_WIDTH - 38, 80), 9, (255, 255, 255), 3, cv2.LINE_AA)
    _write(page, "请向店员出示", (SCREEN_WIDTH // 2, 142), 21, (255, 255, 255))

    first, *more = [line.strip() for line in caption.splitlines() if line.strip()] or [""]
    height = 84 + CODE_PX + 76 + (36 + 34 * len(more[:6]) if more else 0)
    _rounded(page, (_CARD_LEFT, _CARD_TOP + 5), (_CARD_WIDTH, height), 18, (226, 229, 233))
    _rounded(page, (_CARD_LEFT, _CARD_TOP), (_CARD_WIDTH, height), 18, (255, 255, 255))
    _write(page, first, (SCREEN_WIDTH // 2, _CARD_TOP + 50), 25, _INK, weight=700)
    left = (SCREEN_WIDTH - CODE_PX) // 2
    page[_CODE_TOP : _CODE_TOP + CODE_PX, left : left + CODE_PX] = _code(text)[:, :, None]
    below = _CODE_TOP + CODE_PX + 44
    _write(page, "每 30 秒自动更新", (SCREEN_WIDTH // 2, below), 19, _FADED)
    if more:
        _torn_line(page, below + 26)
        for number, line in enumerate(more[:6]):
            _write(page, line, (_CARD_LEFT + 24, below + 66 + 34 * number), 20, _INK, centred=False)
    cv2.rectangle(page, (170, SCREEN_HEIGHT - 16), (330, SCREEN_HEIGHT - 12), (60, 60, 60), -1)
    return page


def _code(text: str) -> Grey:
    modules = code_modules(text)
    exact = cv2.resize(modules, None, fx=12, fy=12, interpolation=cv2.INTER_NEAREST)
    return as_u8(cv2.resize(exact, (CODE_PX, CODE_PX), interpolation=cv2.INTER_AREA))


def _status_bar(page: Colour) -> None:
    white = (255, 255, 255)
    _write(page, "10:24", (56, 38), 19, white, weight=600)
    for bar in range(4):
        x = SCREEN_WIDTH - 116 + 8 * bar
        cv2.rectangle(page, (x, 36 - 4 * bar), (x + 4, 38), white, -1)
    cv2.rectangle(page, (SCREEN_WIDTH - 64, 23), (SCREEN_WIDTH - 34, 38), white, 2)
    cv2.rectangle(page, (SCREEN_WIDTH - 61, 26), (SCREEN_WIDTH - 43, 35), white, -1)
    _pill(page, (SCREEN_WIDTH // 2 - 48, 14), (96, 28), (8, 8, 10))


def _torn_line(page: Colour, y: int) -> None:
    for x in range(_CARD_LEFT + 22, _CARD_LEFT + _CARD_WIDTH - 22, 14):
        cv2.line(page, (x, y), (x + 7, y), _bgr((214, 218, 224)), 2)
    for x in (_CARD_LEFT, _CARD_LEFT + _CARD_WIDTH):
        cv2.circle(page, (x, y), 11, _bgr(_PAPER), -1, cv2.LINE_AA)


# ---------------------------------------------------------------- phone and hand


@cache
def _screen_mask() -> Colour:
    mask = np.zeros((SCREEN_HEIGHT, SCREEN_WIDTH, 3), np.uint8)
    _rounded(mask, (0, 0), (SCREEN_WIDTH, SCREEN_HEIGHT), 44, (255, 255, 255))
    return mask


@lru_cache(maxsize=1)
def _hand_and_body(skin: int) -> PhonePicture:
    shape = (PICTURE_HEIGHT, PICTURE_WIDTH)
    colour, alpha = np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.uint8)
    centre = PICTURE_WIDTH // 2
    # The palm behind the phone, and the wrist that leaves the picture at its lower edge.
    palm = np.zeros(shape, np.uint8)
    cv2.ellipse(palm, (centre + 40, 1_010), (285, 300), 0, 0, 360, 255, -1, cv2.LINE_AA)
    wrist = np.array([[centre - 150, 1_120], [centre + 250, 1_060], [centre + 225, 1_400],
                      [centre - 95, 1_400]])  # fmt: skip
    cv2.fillPoly(palm, [wrist], 255, cv2.LINE_AA)
    _lay(colour, alpha, _soft(palm, 7), _SKINS[skin], shade=0.7)
    body = np.zeros((*shape, 3), np.uint8)
    _rounded(body, (_SIDE, _TOP), (PHONE_WIDTH, PHONE_HEIGHT), 56, (255, 255, 255))
    _lay(colour, alpha, as_u8(body[:, :, 0].copy()), (92, 96, 104))
    inner = np.zeros((*shape, 3), np.uint8)
    _rounded(inner, (_SIDE + 4, _TOP + 4), (PHONE_WIDTH - 8, PHONE_HEIGHT - 8), 52, (255,) * 3)
    _lay(colour, alpha, as_u8(inner[:, :, 0].copy()), (14, 14, 17))
    return PhonePicture(colour, alpha)


@lru_cache(maxsize=1)
def _fingers(number: int) -> PhonePicture:
    """The finger tips that hold the phone's edges."""
    shape, skin = (PICTURE_HEIGHT, PICTURE_WIDTH), _SKINS[number]
    colour, alpha = np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.uint8)
    left, right = _SIDE, _SIDE + PHONE_WIDTH
    tips = [((left - 12, y + 4), (left + reach, y), 27) for y, reach in
            ((650, 2), (718, 9), (786, 7), (850, -3))]  # fmt: skip
    thumb = ((right + 74, 930), (right - 2, 726), 37)
    for start, end, radius in (*tips, thumb):
        finger, lit, nail = (np.zeros_like(alpha) for _ in range(3))
        cv2.line(finger, start, end, 255, 2 * radius, cv2.LINE_AA)
        _lay(colour, alpha, _soft(finger, 2), skin, shade=0.8)
        above = radius // 3
        cv2.line(lit, (start[0], start[1] - above), (end[0], end[1] - above), 110, radius)
        glow = cv2.bitwise_and(_soft(lit, radius / 3), finger)
        _lay(colour, alpha, as_u8(glow), _lighter(skin, 20))
        if radius > 30:
            angle = float(np.degrees(np.arctan2(end[1] - start[1], end[0] - start[0])))
            at = (end[0] + 3, end[1] + 2)
            cv2.ellipse(nail, at, (radius // 2, radius // 3), angle, 0, 360, 120, -1, cv2.LINE_AA)
            _lay(colour, alpha, _soft(nail, 2), _lighter(skin, 28))
    return PhonePicture(colour, alpha)


def _soft(cover: Grey, sigma: float) -> Grey:
    """`cover` with soft edges; works in place, and only where there is something."""
    margin = int(3 * sigma) + 1
    x, y, width, height = cv2.boundingRect(cover)
    left, top = max(0, x - margin), max(0, y - margin)
    box = np.s_[top : y + height + margin, left : x + width + margin]
    cover[box] = cv2.GaussianBlur(cover[box], (0, 0), sigma)
    return cover


def _lay(
    colour: Colour, alpha: Grey, cover: npt.NDArray[np.generic], paint: Rgb, shade: float = 1.0
) -> None:
    """Paints where `cover` says, darker by `shade` towards its edges."""
    x, y, width, height = cv2.boundingRect(as_u8(cover))
    box = np.s_[y : y + height, x : x + width]
    share = as_u8(cover)[box].astype(np.float32)[..., None] / 255
    flat = np.array(_bgr(paint), np.float32)
    if shade < 1:
        deep = np.clip(cv2.GaussianBlur(share, (0, 0), 12) * 2 - 1, 0, 1)
        flat = flat * (shade + (1 - shade) * deep)[..., None]
    colour[box] = (colour[box] * (1 - share) + flat * share).astype(np.uint8)
    alpha[box] = np.maximum(alpha[box], as_u8(cover)[box])


# ---------------------------------------------------------------- pencils


def _rounded(
    picture: Colour, at: tuple[int, int], size: tuple[int, int], radius: int, paint: Rgb
) -> None:
    (x, y), (width, height), bgr = at, size, _bgr(paint)
    right, low = x + width - 1, y + height - 1
    cv2.rectangle(picture, (x + radius, y), (right - radius, low), bgr, -1)
    cv2.rectangle(picture, (x, y + radius), (right, low - radius), bgr, -1)
    for cx in (x + radius, right - radius):
        for cy in (y + radius, low - radius):
            cv2.circle(picture, (cx, cy), radius, bgr, -1, cv2.LINE_AA)


def _pill(picture: Colour, at: tuple[int, int], size: tuple[int, int], paint: Rgb) -> None:
    _rounded(picture, at, size, size[1] // 2, paint)


def _write(
    picture: Colour,
    text: str,
    at: tuple[int, int],
    size: int,
    paint: Rgb,
    *,
    weight: int = 400,
    centred: bool = True,
) -> None:
    """One line of text, `at` its baseline's middle or left end."""
    if not text:
        return
    if hasattr(cv2, "FontFace"):
        face = _face()
        if centred:
            width = cv2.getTextSize((0, 0), text, (0, 0), face, size, weight)[2]
            at = (at[0] - width // 2, at[1])
        cv2.putText(picture, text, at, _bgr(paint), face, size, weight)
        return
    # OpenCV 4 draws ASCII only; the page then shows what of the text that leaves.
    plain = text.encode("ascii", "ignore").decode().strip()
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, size / 30
    if centred:
        at = (at[0] - cv2.getTextSize(plain, font, scale, 2)[0][0] // 2, at[1])
    cv2.putText(picture, plain, at, font, scale, _bgr(paint), 2, cv2.LINE_AA)


@cache
def _face() -> cv2.FontFace:
    return cv2.FontFace("uni")


def _lighter(paint: Rgb, by: int) -> Rgb:
    r, g, b = (min(255, value + by) for value in paint)
    return r, g, b


def _bgr(paint: Rgb) -> Rgb:
    return paint[2], paint[1], paint[0]
