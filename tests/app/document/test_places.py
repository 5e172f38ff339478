"""Places as people type them."""

from dataclasses import replace

import pytest

from chart_hero_app.document.places import place_of
from chart_hero_core.chart.song import Section
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature
from tests.app.songs import song

# 4/4 at 120 BPM, from the third bar (4 s) on 3/4.
MAP = TempoMap(480, (TempoChange(0, 500_000),), (TimeSignature(0, 4, 4), TimeSignature(3840, 3, 4)))
SECTIONS = (Section(1920, "Verse 1"), Section(3840, "Verse"), Section(5280, "1:99"))


@pytest.mark.parametrize(
    ("text", "time_s"),
    [
        ("1", 0.0),
        ("3", 4.0),
        ("4", 5.5),
        (" 2:3 ", 3.0),
        ("3:4", None),
        ("0", None),
        ("2:0", None),
        ("1:05", 65.0),
        ("1:05.25", 65.25),
        ("65,5 s", 65.5),
        ("2s", 2.0),
        ("verse", 4.0),
        ("VERSE 1", 2.0),
        ("ver", 2.0),
        ("chorus", None),
        ("", None),
        ("-3", None),
    ],
)
def test_bars_beats_times_and_sections(text: str, time_s: float | None) -> None:
    chart = replace(song(), tempo_map=MAP, sections=SECTIONS)
    assert place_of(text, chart) == (None if time_s is None else pytest.approx(time_s))
