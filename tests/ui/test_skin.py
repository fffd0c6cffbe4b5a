"""Tokens: complete, legible, and refused with a clear word when wrong."""

from pathlib import Path

import pytest
from PySide6.QtGui import QFontDatabase

from kiosk.ui import skin as skin_module
from kiosk.ui.errors import BadSkin
from kiosk.ui.icons import icon_pixmap
from kiosk.ui.resources import resource
from kiosk.ui.skin import SCHEMES, contrast, load_skin
from kiosk.ui.verdict_looks import LOOKS
from kiosk.ui.window import scale_for

TEXT = [  # text on background: WCAG 2.2 AA, 4.5
    *(("ink", ground) for ground in ("canvas", "surface", "sunken", "accent_soft")),
    *(("ink_soft", ground) for ground in ("canvas", "surface", "sunken", "accent_soft")),
    *(("ink_faint", ground) for ground in ("canvas", "surface", "sunken")),
    *(("on_accent", ground) for ground in ("accent", "accent_hover", "accent_pressed")),
    *(("accent_ink", ground) for ground in ("accent_soft", "surface")),
    *(("refusal_ink", ground) for ground in ("refusal_soft", "surface")),
    *(("attention_ink", ground) for ground in ("attention_soft", "surface", "accent_soft")),
    *(
        ("on_verdict", f"{tone}{depth}")
        for tone in ("success", "partial", "refusal", "attention")
        for depth in ("", "_deep")
    ),
    ("verdict_ink", "on_verdict"),
    *(("on_demo", ground) for ground in ("demo", "demo_raised", "demo_line")),
    *(("on_demo_soft", ground) for ground in ("demo", "demo_raised")),
    ("demo_mark", "demo"),
    *((ink, "lens") for ink in ("on_lens", "on_lens_soft")),
]
SHAPES = [("boundary", "surface"), ("accent", "surface"), ("demo_mark", "demo_raised")]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_is_legible(scheme: str) -> None:
    palette = load_skin(scheme=scheme).palette
    poor = {
        (ink, ground): round(ratio, 2)
        for ink, ground in TEXT
        if (ratio := contrast(getattr(palette, ink), getattr(palette, ground))) < 4.5
    }
    assert poor == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_outlines_are_visible(scheme: str) -> None:
    palette = load_skin(scheme=scheme).palette
    for ink, ground in SHAPES:
        assert contrast(getattr(palette, ink), getattr(palette, ground)) >= 3.0, (ink, ground)


def test_contrast_is_the_standards() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("scale", [0.88, 1.0, 1.42])
def test_the_style_sheet_has_a_value_for_every_token(scheme: str, scale: float) -> None:
    sheet = load_skin(scheme=scheme).at_scale(scale).style_sheet()
    assert "$" not in sheet
    assert "min-height: 44px" in sheet or scale > 1


def test_a_wrong_token_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = resource("skins", "default", "tokens.toml").read_text(encoding="utf-8")
    folder = tmp_path / "skins" / "odd"
    folder.mkdir(parents=True)
    monkeypatch.setattr(skin_module, "resource", tmp_path.joinpath)
    for before, after, named in (
        ("body = 16", 'body = "large"', r"\$\.type\.body"),
        ("body = 16", "", "body"),
        ("ink = ", "inky = ", "inky"),
        ("[type]", "[type", "tokens.toml"),
    ):
        (folder / "tokens.toml").write_text(text.replace(before, after, 1), encoding="utf-8")
        with pytest.raises(BadSkin, match=named):
            load_skin("odd")


def test_a_missing_skin_and_scheme_are_named() -> None:
    with pytest.raises(BadSkin, match="no-such-skin"):
        load_skin("no-such-skin")
    with pytest.raises(BadSkin, match="sepia"):
        load_skin(scheme="sepia")


@pytest.mark.parametrize(
    "width, height, scale",
    [(1280, 800, 1.0), (1024, 600, 0.88), (1920, 1080, 1.3), (1044, 800, 0.88), (4000, 3000, 1.42)],
)
def test_the_scale_follows_the_window(width: int, height: int, scale: float) -> None:
    assert scale_for(width, height) == scale


def test_every_icon_that_a_verdict_names_can_be_drawn(qapp: object) -> None:
    for look in LOOKS.values():
        image = icon_pixmap(look.icon, "#FF0000", 24).toImage()
        drawn = {
            image.pixelColor(x, y).name()
            for x in range(24)
            for y in range(24)
            if image.pixelColor(x, y).alpha() > 250
        }
        assert drawn == {"#ff0000"}, look.icon


def test_a_chinese_font_is_there(qapp: object) -> None:
    simplified = QFontDatabase.WritingSystem.SimplifiedChinese
    assert QFontDatabase.families(simplified), "install a Chinese font"
