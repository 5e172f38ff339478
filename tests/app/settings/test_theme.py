"""The palettes keep their promises of contrast."""

import pytest
from PySide6.QtGui import QColor, QPalette

from chart_hero_app.settings.stylesheet import stylesheet
from chart_hero_app.settings.theme import (
    DARK,
    LIGHT,
    Theme,
    ThemeChoice,
    qpalette,
    resolve_theme,
    with_alpha,
)
from chart_hero_core.base.drums import Lane


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.1."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("name", ["text", "quiet", "accent", "good", "warn", "bad", "micro"])
@pytest.mark.parametrize("ground", ["window", "panel"])
def test_text_can_be_read(theme: Theme, name: str, ground: str) -> None:
    assert contrast(getattr(theme, name), getattr(theme, ground)) >= 4.5


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_text_on_the_accent_can_be_read(theme: Theme) -> None:
    ground = theme.window if theme.dark else theme.panel
    assert contrast(ground, theme.accent) >= 4.5


def test_every_lane_has_its_own_colour() -> None:
    for theme in (DARK, LIGHT):
        assert set(theme.lanes) == set(Lane)
        assert len(set(theme.lanes.values())) == len(Lane)


def test_alpha_is_kept() -> None:
    assert with_alpha("#FF0000", 0.5).alphaF() == pytest.approx(0.5, abs=0.01)
    assert DARK.colour("accent", 0.18).red() == QColor(DARK.accent).red()


def test_choice_resolves(qapp: object) -> None:
    assert resolve_theme(ThemeChoice.LIGHT) is LIGHT
    assert resolve_theme(ThemeChoice.DARK) is DARK
    assert resolve_theme(ThemeChoice.SYSTEM) in (DARK, LIGHT)


def test_palette_and_sheet_use_the_theme(qapp: object) -> None:
    palette = qpalette(LIGHT)
    assert palette.color(QPalette.ColorRole.Window) == QColor(LIGHT.window)
    assert LIGHT.accent in stylesheet(LIGHT)
    assert LIGHT.accent not in stylesheet(DARK)
    assert "{" + "window}" not in stylesheet(DARK)
