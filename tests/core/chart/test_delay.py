"""A delay as part of the tempo map."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import ChartError
from chart_hero_core.chart.delay import with_delay_in_map
from chart_hero_core.chart.song import Difficulty, Metadata, Note, Section, Song, Track
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature

MAP = TempoMap(
    480,
    (TempoChange(0, 500_000.0), TempoChange(3840, 400_000.0, anchor_us=4_000_000)),
    (TimeSignature(0), TimeSignature(3840, 3, 4)),
)


def song(first_tick: int, delay_ms: int, tempo_map: TempoMap = MAP) -> Song:
    ticks = (first_tick, first_tick + 480, 5000)
    return Song(
        metadata=Metadata(delay_ms=delay_ms),
        tempo_map=tempo_map,
        tracks=MappingProxyType(
            {Difficulty.EXPERT: Track(tuple(Note(tick, Lane.RED) for tick in ticks))}
        ),
        sections=(Section(first_tick, "Intro"),),
    )


@pytest.mark.parametrize(
    ("delay_ms", "opening"),
    [
        (500, (TimeSignature(0, 1, 4), TimeSignature(480))),
        (400, (TimeSignature(0, 1, 4), TimeSignature(480))),
        (2000, (TimeSignature(0),)),
        (2600, (TimeSignature(0, 1, 4), TimeSignature(480))),
        (60, (TimeSignature(0, 1, 32), TimeSignature(60))),
        (1, (TimeSignature(0, 1, 64), TimeSignature(30))),
    ],
)
def test_beats_before_music_that_starts_at_once(
    delay_ms: int, opening: tuple[TimeSignature, ...]
) -> None:
    early = song(0, delay_ms)
    found = with_delay_in_map(early)
    for old, new in zip(early.expert.notes, found.expert.notes, strict=True):
        late_s = found.tempo_map.seconds(new.tick) - MAP.seconds(old.tick)
        assert late_s == pytest.approx(delay_ms / 1000)
        # It stays on its beat, of a bar as long as before.
        assert found.tempo_map.bar_beat(new.tick)[1:] == MAP.bar_beat(old.tick)[1:]
    assert found.tempo_map.signatures[:-1] == opening
    assert found.tempo_map.tempos[-1].anchor_us == 4_000_000 + delay_ms * 1000
    assert found.sections[0].tick == found.expert.notes[0].tick


def test_empty_bars_take_the_delay_up() -> None:
    late = song(1920, 400)
    found = with_delay_in_map(late)
    assert found.tracks == late.tracks
    assert found.tempo_map.signatures == MAP.signatures
    assert found.tempo_map.seconds(1920) == pytest.approx(2.4)
    assert with_delay_in_map(song(0, 0)) == song(0, 0)


def test_a_chart_before_its_sound_is_pressed_together() -> None:
    found = with_delay_in_map(song(1920, -300))
    assert found.tempo_map.seconds(1920) == pytest.approx(1.7)
    assert found.tempo_map.tempos[1] == TempoChange(1920, 500_000.0)


@pytest.mark.parametrize(("first_tick", "delay_ms"), [(960, -300), (960, -999), (2000, -1900)])
def test_only_what_lies_before_the_first_note_is_pressed(first_tick: int, delay_ms: int) -> None:
    found = with_delay_in_map(song(first_tick, delay_ms))
    assert found.tracks == song(first_tick, 0).tracks
    for note in found.expert.notes:
        early_s = found.tempo_map.seconds(note.tick) - MAP.seconds(note.tick)
        assert early_s == pytest.approx(delay_ms / 1000, abs=0.01)


def test_a_first_note_at_the_start_of_the_sound() -> None:
    found = with_delay_in_map(song(960, -1000))
    assert found.tempo_map.seconds(960) == pytest.approx(0.002)
    nearly = with_delay_in_map(song(0, -5))
    assert nearly.tempo_map.seconds(1920) == pytest.approx(1.995)


@pytest.mark.parametrize(("delay_ms", "notes"), [(-800, "1 note lies"), (-1300, "2 notes lie")])
def test_notes_before_the_sound_are_counted(delay_ms: int, notes: str) -> None:
    with pytest.raises(ChartError, match=f"With a delay of {delay_ms} ms {notes} before"):
        with_delay_in_map(song(720, delay_ms))


def test_bars_that_would_last_no_time_are_refused() -> None:
    late = Track((Note(19200, Lane.RED),))  # after 40 quarters in 16.8 s
    chart = replace(song(0, -16_800), tracks=MappingProxyType({Difficulty.EXPERT: late}))
    with pytest.raises(ChartError, match="leaves no time"):
        with_delay_in_map(chart)


def test_a_resolution_without_parts_of_a_beat_takes_a_beat() -> None:
    odd = replace(song(0, 60), tempo_map=TempoMap(75))
    found = with_delay_in_map(odd)
    assert found.tempo_map.signatures == (TimeSignature(0, 1, 4), TimeSignature(75))
    assert found.tempo_map.seconds(75) == pytest.approx(0.06)
