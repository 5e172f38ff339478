"""Icons of one family (Phosphor, from qtawesome) in the colours of a theme."""

from __future__ import annotations

from PySide6.QtGui import QIcon

from chart_hero_app.settings.theme import Theme

ICON_PX = 18


def icon(name: str, theme: Theme, colour: str = "text") -> QIcon:
    """The icon called ``name`` (``ph.play``) in the theme's ``colour``."""
    # Imported late: loading the icon fonts takes a while and tests of logic do not need them.
    import qtawesome

    made: QIcon = qtawesome.icon(
        name,
        color=getattr(theme, colour),
        color_disabled=theme.hairline,
        color_on=theme.accent if colour == "text" else getattr(theme, colour),
    )
    return made
