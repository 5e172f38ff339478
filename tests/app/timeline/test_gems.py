"""The shapes of notes: every property can be seen."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPixmap
from pytestqt.qtbot import QtBot

from chart_hero_app.settings.theme import DARK, LIGHT, Theme
from chart_hero_app.timeline.gems import CELL_PX, GemCache, Mark, look_of
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Dynamic, Note, Origin

TOM = Note(0, Lane.BLUE, origin=Origin(0.9))
KICK = Note(0, Lane.KICK, origin=Origin(0.9))


def pixels(pixmap: QPixmap) -> np.ndarray:
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    data = np.frombuffer(image.constBits(), np.uint8)
    return data.reshape(image.height(), image.width(), 4).astype(int).copy()


def drawn(
    note: Note, theme: Theme = DARK, *, selected: bool = False, mark: Mark = Mark.NOTE
) -> np.ndarray:
    look = look_of(note, 18.0, selected=selected, mark=mark)
    return pixels(GemCache(theme, 1.0).pixmap(look))


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_no_two_kinds_look_alike(qtbot: QtBot, theme: Theme) -> None:
    kinds = [
        drawn(TOM, theme),
        drawn(replace(TOM, cymbal=True), theme),
        drawn(replace(TOM, dynamic=Dynamic.ACCENT), theme),
        drawn(replace(TOM, dynamic=Dynamic.GHOST), theme),
        drawn(replace(TOM, flam=True), theme),
        drawn(replace(TOM, origin=Origin(0.9, touched=True)), theme),
        drawn(replace(TOM, origin=Origin(0.2)), theme),
        drawn(TOM, theme, selected=True),
        drawn(TOM, theme, mark=Mark.NEAR_MISS),
        drawn(TOM, theme, mark=Mark.REJECTED),
        drawn(KICK, theme),
        drawn(replace(KICK, double_kick=True), theme),
    ]
    for index, one in enumerate(kinds):
        for other in kinds[:index]:
            assert (np.abs(one - other).max(axis=2) > 40).sum() >= 10


def test_confidence_is_opacity(qtbot: QtBot) -> None:
    middle = CELL_PX // 2
    blues = [
        drawn(replace(TOM, origin=Origin(confidence)))[middle, middle, 2]
        for confidence in (0.0, 0.5, 1.0)
    ]
    assert blues[0] < blues[1] < blues[2]


def test_a_touched_note_is_solid(qtbot: QtBot) -> None:
    middle = CELL_PX // 2
    solid = drawn(replace(TOM, origin=Origin(0.1, touched=True)))[middle, middle]
    assert solid[2] == 0xEA


def test_they_are_drawn_once(qtbot: QtBot) -> None:
    cache = GemCache(DARK, 1.0)
    look = look_of(TOM, 18.0, selected=False)
    assert cache.pixmap(look) is cache.pixmap(look_of(replace(TOM, tick=99), 18.0, selected=False))
