"""The palette of the program: every colour once, dark and light, and the Qt palette made from it.

A :class:`Theme` is handed to each view by whoever builds it; nothing here is global. Views offer
``set_theme(theme)`` so that the window can switch while it runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette

from chart_hero_core.base.drums import Lane

LANE_COLOURS: Mapping[Lane, str] = MappingProxyType(
    {
        Lane.GREEN: "#3FB950",
        Lane.BLUE: "#3B8EEA",
        Lane.YELLOW: "#E8C33A",
        Lane.RED: "#E5484D",
        Lane.KICK: "#F0883E",
    }
)


class ThemeChoice(Enum):
    """What the person chose in the preferences."""

    SYSTEM = "system"
    DARK = "dark"
    LIGHT = "light"


@dataclass(frozen=True, slots=True)
class Theme:
    """Named colours as ``#RRGGBB``; alpha is added where a colour is used."""

    name: str
    dark: bool
    window: str  # behind everything
    panel: str  # docks, rows of the timeline
    raised: str  # buttons, fields, headers
    hairline: str  # separators, grid
    text: str
    quiet: str  # secondary text, axis labels
    accent: str  # selection, focus, playhead
    good: str
    warn: str
    bad: str
    micro: str  # passages analysed at the fine hop
    wave: str  # the one hue of the waveform
    lanes: Mapping[Lane, str]

    def colour(self, name: str, alpha: float = 1.0) -> QColor:
        """The colour called ``name`` (a field) with ``alpha`` 0..1."""
        return with_alpha(getattr(self, name), alpha)

    def lane(self, lane: Lane, alpha: float = 1.0) -> QColor:
        """The colour of a lane with ``alpha`` 0..1."""
        return with_alpha(self.lanes[lane], alpha)


def with_alpha(colour: str, alpha: float) -> QColor:
    """``#RRGGBB`` as a QColor of opacity ``alpha`` (0..1)."""
    made = QColor(colour)
    made.setAlphaF(alpha)
    return made


DARK = Theme(
    name="dark",
    dark=True,
    window="#16181D",
    panel="#1D2027",
    raised="#262A33",
    hairline="#323743",
    text="#E6E9EF",
    quiet="#98A0AF",
    accent="#5AB0FF",
    good="#4CC38A",
    warn="#E5B454",
    bad="#E5686A",
    micro="#A371F7",
    wave="#6F8FB8",
    lanes=LANE_COLOURS,
)

LIGHT = Theme(
    name="light",
    dark=False,
    window="#F4F5F7",
    panel="#FFFFFF",
    raised="#ECEEF2",
    hairline="#D5D9E0",
    text="#1B1F27",
    quiet="#5E6675",
    accent="#1769C5",
    # Darker than on the dark palette: as text they must keep 4.5:1 on white.
    good="#1B7F4B",
    warn="#8A5F00",
    bad="#C0343A",
    micro="#7C4DD8",
    wave="#4F719C",
    lanes=LANE_COLOURS,
)


def resolve_theme(choice: ThemeChoice) -> Theme:
    """The theme for a choice; ``SYSTEM`` asks Qt, and is dark where the system has no opinion."""
    if choice is ThemeChoice.LIGHT:
        return LIGHT
    if choice is ThemeChoice.DARK:
        return DARK
    hints = QGuiApplication.styleHints()
    light = hints is not None and hints.colorScheme() == Qt.ColorScheme.Light
    return LIGHT if light else DARK


def qpalette(theme: Theme) -> QPalette:
    """The palette for Fusion."""
    palette = QPalette()
    for name, colour in _roles(theme).items():
        palette.setColor(name, QColor(colour))
    disabled, role = QPalette.ColorGroup.Disabled, QPalette.ColorRole
    for name in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(disabled, name, theme.colour("quiet", 0.6))
    palette.setColor(disabled, role.Highlight, QColor(theme.hairline))
    return palette


def _roles(theme: Theme) -> dict[QPalette.ColorRole, str]:
    """Which colour Fusion uses for what."""
    role = QPalette.ColorRole
    return {
        role.Window: theme.window,
        role.WindowText: theme.text,
        role.Base: theme.panel,
        role.AlternateBase: theme.raised,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.quiet,
        role.Text: theme.text,
        role.Button: theme.raised,
        role.ButtonText: theme.text,
        role.BrightText: theme.bad,
        role.Light: theme.hairline,
        role.Midlight: theme.hairline,
        role.Mid: theme.hairline,
        role.Dark: theme.window,
        role.Shadow: "#000000",
        role.Highlight: theme.accent,
        role.HighlightedText: theme.window if theme.dark else theme.panel,
        role.Link: theme.accent,
        role.LinkVisited: theme.micro,
        role.Accent: theme.accent,
    }
