"""Beats as people count them, by hand."""

import numpy as np
import pytest

from chart_hero_core.timing.counting import counted_beats
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature

TEMPO = (TempoChange(0, 500_000.0),)


@pytest.mark.parametrize(
    ("signature", "ticks", "downs"),
    [
        ((4, 4), [0, 480, 960, 1440, 1920], [0, 1920]),
        ((8, 8), [0, 480, 960, 1440, 1920], [0, 1920]),
        ((7, 8), [0, 480, 960, 1440, 1680, 2160], [0, 1680]),
        ((6, 8), [0, 720, 1440, 2160], [0, 1440]),
        ((3, 8), [0, 480, 720, 1200, 1440, 1920, 2160], [0, 720, 1440, 2160]),
        ((9, 16), [0, 480, 960, 1080, 1560, 2040, 2160], [0, 1080, 2160]),
    ],
)
def test_quarters_are_counted_from_every_bar_line(
    signature: tuple[int, int], ticks: list[int], downs: list[int]
) -> None:
    tempo_map = TempoMap(480, TEMPO, (TimeSignature(0, *signature),))
    found, first = counted_beats(tempo_map, 2200)
    assert found.tolist() == ticks
    assert found[first].tolist() == downs


def test_a_new_signature_cuts_the_bar_short() -> None:
    tempo_map = TempoMap(
        480, TEMPO, (TimeSignature(0), TimeSignature(1200, 3), TimeSignature(9999))
    )
    found, first = counted_beats(tempo_map, 3000)
    assert found.tolist() == [0, 480, 960, 1200, 1680, 2160, 2640]
    assert found[first].tolist() == [0, 1200, 2640]


def test_there_is_nothing_before_the_start() -> None:
    found, first = counted_beats(TempoMap(480, TEMPO), 0)
    assert found.size == first.size == 0
    assert found.dtype == np.int64
