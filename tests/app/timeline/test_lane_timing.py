"""How early or late the notes of a drum lie, by hand."""

from dataclasses import replace

import pytest

from chart_hero_app.timeline.lane_timing import lane_timings
from chart_hero_core.base.drums import DrumClass, Lane
from chart_hero_core.chart.song import Note
from tests.app.songs import activations, song


def test_each_drum_has_a_middle_and_a_spread() -> None:
    # 960 ticks a second; the attacks of the snares were heard 2, 4 and 9 ms before their notes.
    late_s = (0.002, 0.004, 0.009)
    snares = [
        Note(480 * (i + 1), Lane.RED, heard_s=0.5 * (i + 1) - s) for i, s in enumerate(late_s)
    ]
    chart = song([*snares, Note(480, Lane.KICK)])
    kick, snare = lane_timings(chart, chart.expert, None, None)
    assert (kick.drum, kick.notes, kick.middle_ms, kick.half_within_ms) == (
        DrumClass.KICK,
        1,
        None,
        None,
    )
    assert (snare.drum, snare.notes) == (DrumClass.SNARE, 3)
    assert snare.middle_ms == pytest.approx(4.0)
    assert snare.half_within_ms == pytest.approx(2.0)


def test_notes_placed_by_hand_are_compared_with_what_is_heard_near_them() -> None:
    heard = activations([(1.0, DrumClass.SNARE, 0.9)])
    chart = song([Note(970, Lane.RED), Note(1920, Lane.RED)])
    (snare,) = lane_timings(chart, chart.expert, heard, None)
    assert snare.notes == 2
    assert snare.late_ms.tolist() == [pytest.approx(10.4, abs=3.0)]
    far = replace(chart.expert.notes[0], heard_s=0.5)  # moved far from where it was heard
    chart = song([far])
    (snare,) = lane_timings(chart, chart.expert, heard, None)
    assert snare.late_ms.tolist() == [pytest.approx(10.4, abs=3.0)]


def test_of_very_many_notes_some_are_looked_for() -> None:
    times_s = [0.01 * i for i in range(700)]
    heard = activations([(time_s, DrumClass.SNARE, 0.9) for time_s in times_s])
    chart = song([Note(round(960 * time_s), Lane.RED) for time_s in times_s])
    (snare,) = lane_timings(chart, chart.expert, heard, None)
    assert snare.notes == 700
    assert 150 <= len(snare.late_ms) <= 200
