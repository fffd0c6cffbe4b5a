"""Design tokens and the style sheet made from them.

A skin is a folder `resources/skins/NAME` with `tokens.toml`; all skins share one `kiosk.qss`, a
template whose `$names` are tokens. Screens that paint by themselves take the same tokens here.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Template

import msgspec
from PySide6.QtGui import QColor, QFont, QFontDatabase

from kiosk.ui.errors import BadSkin
from kiosk.ui.resources import resource

SCHEMES = ("light", "dark")


class TypeScale(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Font families, sizes in logical pixels, weights as in CSS."""

    families: list[str]
    caption: int
    label: int
    body: int
    title: int
    headline: int
    display: int
    hero: int
    regular: int
    strong: int
    heavy: int


class Space(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Distances and smallest sizes, logical pixels."""

    hair: int
    small: int
    medium: int
    large: int
    huge: int
    target: int
    action: int


class Radius(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Corner radii, logical pixels."""

    small: int
    medium: int
    large: int


class Motion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rates and times."""

    preview_fps: int
    accepted_s: float
    refused_s: float
    reason_after_s: float


class Palette(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Colours as `#RRGGBB`."""

    canvas: str
    surface: str
    sunken: str
    line: str
    boundary: str
    ink: str
    ink_soft: str
    ink_faint: str
    accent: str
    accent_hover: str
    accent_pressed: str
    accent_soft: str
    accent_ink: str
    on_accent: str
    success: str
    success_deep: str
    partial: str
    partial_deep: str
    refusal: str
    refusal_deep: str
    refusal_soft: str
    refusal_ink: str
    attention: str
    attention_deep: str
    attention_soft: str
    attention_ink: str
    on_verdict: str
    verdict_ink: str
    lens: str
    on_lens: str
    on_lens_soft: str
    demo: str
    demo_raised: str
    demo_line: str
    on_demo: str
    on_demo_soft: str
    demo_mark: str


class Tokens(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `tokens.toml`."""

    name: str
    type: TypeScale
    space: Space
    radius: Radius
    motion: Motion
    light: Palette
    dark: Palette


@dataclass(frozen=True, slots=True)
class Skin:
    """Tokens in one colour scheme at one scale. Immutable; Qt thread only (it makes fonts)."""

    tokens: Tokens
    palette: Palette
    scale: float = 1.0

    def px(self, length: float) -> int:
        """A length of the tokens in pixels of this skin's scale, at least 1."""
        return max(1, round(length * self.scale))

    def colour(self, name: str) -> QColor:
        """A colour token for painting."""
        return QColor(getattr(self.palette, name))

    def font(self, size: str, weight: str = "regular") -> QFont:
        """A font for painting, with figures of equal width."""
        font = QFont()
        font.setFamilies(installed_families(self.tokens.type.families))
        font.setPixelSize(self.px(getattr(self.tokens.type, size)))
        font.setWeight(QFont.Weight(getattr(self.tokens.type, weight)))
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def style_sheet(self) -> str:
        """The application's style sheet in these tokens. Raises BadSkin for an unknown token."""
        path = resource("skins", "kiosk.qss")
        values = dict(msgspec.structs.asdict(self.palette))
        for group in (self.tokens.space, self.tokens.radius):
            prefix = "radius_" if group is self.tokens.radius else ""
            for name, value in msgspec.structs.asdict(group).items():
                # What a finger has to hit does not shrink with the rest.
                least = value if name in {"target", "action"} else 1
                values[prefix + name] = f"{max(least, self.px(value))}px"
        kinds = self.tokens.type
        for name in ("caption", "label", "body", "title", "headline", "display", "hero"):
            values[name] = f"{self.px(getattr(kinds, name))}px"
        values |= {name: str(getattr(kinds, name)) for name in ("regular", "strong", "heavy")}
        try:
            return Template(path.read_text(encoding="utf-8")).substitute(values)
        except (KeyError, ValueError) as fault:
            raise BadSkin(f"{path}: {fault}") from fault

    def at_scale(self, scale: float) -> Skin:
        """The same skin, larger or smaller."""
        return Skin(self.tokens, self.palette, scale)


def load_skin(name: str = "default", scheme: str = "light") -> Skin:
    """Read a skin. Raises BadSkin when it is missing or one of its tokens is wrong."""
    path = resource("skins", name, "tokens.toml")
    if scheme not in SCHEMES:
        raise BadSkin(f"colour scheme {scheme!r}: one of {', '.join(SCHEMES)}")
    try:
        tokens = msgspec.toml.decode(path.read_bytes(), type=Tokens)
    except (OSError, ValueError) as fault:
        raise BadSkin(f"{path}: {fault}") from fault
    return Skin(tokens, tokens.light if scheme == "light" else tokens.dark)


def installed_families(wanted: list[str]) -> list[str]:
    """Those of the wanted families that this machine has, in order; asking for others warns."""
    key = tuple(wanted)
    if key not in _installed:
        there = set(QFontDatabase.families())
        _installed[key] = [family for family in wanted if family in there]
    return _installed[key]


_installed: dict[tuple[str, ...], list[str]] = {}


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two `#RRGGBB` colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    if channel <= 0.04045:
        return channel / 12.92
    return float(((channel + 0.055) / 1.055) ** 2.4)
