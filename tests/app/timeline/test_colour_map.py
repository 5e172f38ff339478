"""The colours of the spectrogram."""

import numpy as np
import pytest
from PySide6.QtGui import QColor

from chart_hero_app.settings.theme import DARK, LIGHT, Theme
from chart_hero_app.timeline.colour_map import colour_table, ramp


def lightness(colours: np.ndarray) -> np.ndarray:
    linear = (colours / 255.0) ** 2.2
    return np.asarray((linear @ [0.2126, 0.7152, 0.0722]) ** (1 / 2.2))


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_it_starts_at_the_background_and_goes_one_way(theme: Theme) -> None:
    colours = ramp(QColor(theme.panel), dark=theme.dark).astype(float)
    assert colours.shape == (256, 3)
    panel = QColor(theme.panel)
    assert np.abs(colours[0] - [panel.red(), panel.green(), panel.blue()]).max() < 14
    steps = np.diff(lightness(colours)[::8])
    assert (steps > 0).all() if theme.dark else (steps < 0).all()


def test_the_range_in_decibels() -> None:
    colours = ramp(QColor(DARK.panel), dark=True)
    table = colour_table(colours, -60.0, -20.0, (-100.0, 0.0))
    assert table[0] == table[100] == 0xFF000000 | int.from_bytes(bytes(colours[0]), "big")
    assert table[255] == table[210] == 0xFF000000 | int.from_bytes(bytes(colours[255]), "big")
    assert table[102] != table[200]
