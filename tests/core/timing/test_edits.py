"""Edits of the tempo map: what must move moves, everything else stays."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chart_hero_core.base.errors import ChartError
from chart_hero_core.timing import edits
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature
from tests.core.timing.maps import tempo_maps

CONSTANT = TempoMap.constant(120)


def bar_times(tempo_map: TempoMap, count: int) -> list[float]:
    return [round(tempo_map.seconds(tempo_map.bar_start(bar)), 9) for bar in range(count)]


def test_inserting_a_tempo_changes_what_follows() -> None:
    edited = edits.insert_tempo(CONSTANT, 960, 240)
    assert edited.seconds(960) == 1.0
    assert edited.seconds(1920) == 1.5
    assert edits.remove_tempo(edited, 960) == CONSTANT
    assert edits.insert_tempo(edited, 960, 60).seconds(1440) == 2.0
    assert len(CONSTANT.tempos) == 1


@given(tempo_maps(), st.integers(0, 20_000), st.floats(30, 400))
def test_an_inserted_tempo_leaves_earlier_times(tempo_map: TempoMap, tick: int, bpm: float) -> None:
    edited = edits.insert_tempo(tempo_map, tick, bpm)
    assert edited.tempo_at(tick).bpm == pytest.approx(bpm)
    for earlier in range(0, tick + 1, 997):
        assert edited.seconds(earlier) == pytest.approx(tempo_map.seconds(earlier), abs=1e-9)


@given(tempo_maps(), st.integers(1, 20_000), st.floats(-0.2, 0.2))
def test_a_dragged_beat_stands_where_it_was_put(
    tempo_map: TempoMap, tick: int, offset_s: float
) -> None:
    target = tempo_map.seconds(tick) + offset_s
    try:
        edited = edits.drag_beat(tempo_map, tick, target)
    except ChartError:
        return
    assert edited.seconds(tick) == pytest.approx(target, abs=1e-9)
    before = max((t.tick for t in tempo_map.tempos if t.tick < tick), default=0)
    after = [t.tick for t in tempo_map.tempos if t.tick > tick]
    for untouched in [before, *after]:
        assert edited.seconds(untouched) == pytest.approx(tempo_map.seconds(untouched), abs=1e-9)


def test_dragging_with_ripple_keeps_the_tempo_after_it() -> None:
    start = edits.insert_tempo(edits.insert_tempo(CONSTANT, 960, 100), 1920, 90)
    edited = edits.drag_beat(start, 960, 1.25, ripple=True)
    assert [t.tick for t in edited.tempos] == [0, 960, 1920]
    assert edited.seconds(960) == pytest.approx(1.25)
    assert [t.bpm for t in edited.tempos[1:]] == pytest.approx([100, 90])


def test_dragging_onto_or_past_a_neighbour_is_refused() -> None:
    for time_s in (0.0, -1.0):
        with pytest.raises(ChartError, match="tempo"):
            edits.drag_beat(CONSTANT, 480, time_s)
    with pytest.raises(ChartError, match="first beat"):
        edits.drag_beat(CONSTANT, 0, 0.1)


def test_an_anchor_keeps_its_time_through_edits_before_it() -> None:
    anchored = edits.anchor(CONSTANT, 1920, 2.1)
    assert anchored.tempo_at(1920).anchor_us == 2_100_000
    edited = edits.insert_tempo(anchored, 960, 200)
    assert edited.seconds(1920) == pytest.approx(2.1, abs=2e-6)
    edited = edits.drag_beat(anchored, 480, 0.7)
    assert edited.seconds(1920) == pytest.approx(2.1, abs=2e-6)
    edited = edits.insert_tempo(anchored, 0, 60)
    assert edited.seconds(1920) == pytest.approx(2.1, abs=2e-6)
    released = edits.release(anchored, 1920)
    assert released.seconds(1920) == anchored.seconds(1920)
    assert edits.insert_tempo(released, 0, 60).seconds(1920) == 4.0


def test_anchoring_where_it_stands_moves_nothing() -> None:
    anchored = edits.anchor(CONSTANT, 960)
    assert anchored.tempo_at(960).anchor_us == 1_000_000
    assert anchored.seconds(5_000) == CONSTANT.seconds(5_000)


@pytest.mark.parametrize("edit", [edits.double_tempo, edits.halve_tempo])
@given(tempo_maps())
def test_scaled_maps_keep_their_times(
    edit: Callable[[TempoMap], TempoMap], tempo_map: TempoMap
) -> None:
    even = TempoMap(
        tempo_map.resolution,
        tuple(TempoChange(t.tick * 2, t.us_per_quarter) for t in tempo_map.tempos),
        tuple(TimeSignature(s.tick * 2, s.numerator, s.denominator) for s in tempo_map.signatures),
    )
    factor = 2 if edit is edits.double_tempo else 0.5
    scaled = edit(even)
    for tick in range(0, 40_000, 1_234):
        assert scaled.seconds(tick * factor) == pytest.approx(even.seconds(tick), abs=1e-6)
    back = edits.halve_tempo if edit is edits.double_tempo else edits.double_tempo
    again = back(scaled)
    assert [t.tick for t in again.tempos] == [t.tick for t in even.tempos]
    assert again.signatures == even.signatures
    rates = [t.us_per_quarter for t in again.tempos]
    assert rates == pytest.approx([t.us_per_quarter for t in even.tempos])


def test_halving_keeps_the_times_of_changes_on_odd_ticks() -> None:
    uneven = edits.insert_tempo(edits.insert_tempo(CONSTANT, 961, 150), 962, 90)
    halved = edits.halve_tempo(uneven)
    assert [t.tick for t in halved.tempos] == [0, 480, 481]
    for tick, old in ((480, 961), (481, 962), (481 + 480, 962 + 960)):
        assert halved.seconds(tick) == pytest.approx(uneven.seconds(old), abs=1e-9)


@given(tempo_maps(), st.integers(-8, 8))
def test_shifted_bars_start_on_other_beats(tempo_map: TempoMap, beats: int) -> None:
    body = tempo_map.signatures[0]
    single = TempoMap(tempo_map.resolution, tempo_map.tempos, (body,))
    shifted = edits.shift_bar_lines(single, beats)
    assert shifted.tempos == single.tempos
    assert edits.shift_bar_lines(shifted, -beats) == single
    step = single.ticks_per_beat(body)
    for tick in (0, 7 * step, 31 * step):
        _, beat, _ = single.bar_beat(tick)
        moved = shifted.bar_beat(tick + (beats % body.numerator) * step)
        assert moved[1] == beat


def test_shifting_twice_adds_up_and_moves_later_signatures() -> None:
    start = edits.insert_signature(CONSTANT, 4 * 1920, 3)
    once = edits.shift_bar_lines(start, 1)
    assert once.signatures == (
        TimeSignature(0, 1),
        TimeSignature(480),
        TimeSignature(4 * 1920 + 480, 3),
    )
    assert edits.shift_bar_lines(once, 3).signatures[:2] == (
        TimeSignature(0),
        TimeSignature(5 * 1920, 3),
    )
    close = edits.insert_signature(CONSTANT, 1920, 3)
    with pytest.raises(ChartError, match="no room"):
        edits.shift_bar_lines(close, -4)


@pytest.mark.parametrize(
    ("opening", "bars_after_one", "bars_after_three"),
    [
        # An eighth before the first beat: it stays, and bars move by whole beats after it.
        (((0, 1, 8), (240, 4, 4)), (240, 720, 2640), (240, 1680, 3600)),
        (((0, 1, 8), (240, 2, 4), (1200, 4, 4)), (240, 1680, 3600), (240, 720, 2640)),
        # A pickup of three eighths before bars of quarters.
        (((0, 3, 8), (720, 4, 4)), (1200, 3120, 5040), (240, 2160, 4080)),
    ],
)
def test_bar_lines_shift_by_whole_beats_after_an_uneven_opening(
    opening: tuple[tuple[int, int, int], ...],
    bars_after_one: tuple[int, ...],
    bars_after_three: tuple[int, ...],
) -> None:
    start = TempoMap(480, signatures=tuple(TimeSignature(*each) for each in opening))
    for beats, wanted in ((1, bars_after_one), (3, bars_after_three)):
        shifted = edits.shift_bar_lines(start, beats)
        assert tuple(shifted.bar_start(bar) for bar in range(1, 4)) == wanted
        assert edits.shift_bar_lines(shifted, -beats).signatures[-1] == start.signatures[-1]
        assert edits.shift_bar_lines(start, beats - 4).signatures == shifted.signatures


@pytest.mark.parametrize("offset_s", [0.25, -0.25, 0.013, 1.9])
def test_shifting_times_moves_every_later_bar(offset_s: float) -> None:
    shifted = edits.shift_times(CONSTANT, offset_s)
    assert shifted.seconds(0) == 0
    later = np.array(bar_times(shifted, 8)[1:])
    assert later == pytest.approx(np.array(bar_times(CONSTANT, 8)[1:]) + offset_s)
    assert edits.shift_times(CONSTANT, 0) == CONSTANT


def test_a_shift_without_room_is_refused() -> None:
    for offset_s in (-1e6, float("nan")):
        with pytest.raises(ChartError):
            edits.shift_times(CONSTANT, offset_s)


def test_signatures_are_inserted_and_checked() -> None:
    edited = edits.insert_signature(CONSTANT, 1920, 7, 8)
    assert bar_times(edited, 4) == [0, 2, 3.75, 5.5]
    assert edits.insert_signature(edited, 1920, 4) != edited
    for numerator, denominator in ((0, 4), (256, 4), (4, 3), (4, 0), (4, 128)):
        with pytest.raises(ChartError):
            edits.insert_signature(CONSTANT, 0, numerator, denominator)


def test_the_first_tempo_cannot_be_removed() -> None:
    for tick in (0, 480):
        with pytest.raises(ChartError):
            edits.remove_tempo(CONSTANT, tick)
    for bpm in (0.0, -3.0, 1.0, 1e9, float("nan")):
        with pytest.raises(ChartError):
            edits.insert_tempo(CONSTANT, 0, bpm)
    with pytest.raises(ChartError):
        edits.insert_tempo(CONSTANT, -1, 120)


@given(tempo_maps(), st.floats(-100, 50_000))
def test_the_nearest_bar_line_is_one(tempo_map: TempoMap, tick: float) -> None:
    line = edits.nearest_bar_line(tempo_map, tick)
    assert tempo_map.bar_beat(line)[1:] == (0, 0.0)
    bar = tempo_map.bar_beat(line)[0]
    neighbours = [tempo_map.bar_start(b) for b in (max(bar - 1, 0), bar + 1)]
    assert all(abs(line - max(tick, 0)) <= abs(n - max(tick, 0)) for n in neighbours)


def test_tapping() -> None:
    beat = 60 / 137
    assert edits.tap_tempo([]) is None
    assert edits.tap_tempo([1.0]) is None
    assert edits.tap_tempo([1.0, 1.5]) == pytest.approx(120)
    wobble = [0.01, -0.012, 0.004, 0.009, -0.008, 0.0, 0.003, -0.01]
    taps = [i * beat + w for i, w in enumerate(wobble)]
    assert edits.tap_tempo(taps) == pytest.approx(137, rel=0.01)
    assert edits.tap_tempo([t for i, t in enumerate(taps) if i != 3]) == pytest.approx(
        137, rel=0.01
    )
    restarted = [0.0, 1.0, 2.0] + [10 + t for t in taps]
    assert edits.tap_tempo(restarted) == pytest.approx(137, rel=0.01)


@given(st.lists(st.one_of(st.floats(0, 1e4), st.floats(0, 1)), max_size=30))
def test_any_taps_give_a_tempo_or_none(taps: list[float]) -> None:
    bpm = edits.tap_tempo(taps)
    assert bpm is None or bpm > 0


def test_changes_keep_their_time_when_one_is_lost_at_the_start() -> None:
    tempos = (TempoChange(0, 150_000.0), TempoChange(1, 300_000.0), TempoChange(4, 150_000.0))
    tempo_map = edits.anchor(TempoMap(96, tempos, (TimeSignature(0),)), 4)
    halved = edits.halve_tempo(tempo_map)
    assert [change.tick for change in halved.tempos] == [0, 2]
    assert halved.seconds(2) == pytest.approx(tempo_map.seconds(4), abs=1e-6)
    assert halved.tempos[0].anchor_us is None


@given(tempo_maps(), st.data())
def test_random_edits_keep_the_map_sound(tempo_map: TempoMap, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 5))):
        tick = data.draw(st.integers(0, 10_000))
        edit = data.draw(
            st.sampled_from(
                [
                    lambda m, t: edits.insert_tempo(m, t, 133),
                    lambda m, t: edits.drag_beat(m, t, m.seconds(t) + 0.05, ripple=True),
                    edits.anchor,
                    lambda m, t: edits.halve_tempo(m),
                    lambda m, t: edits.double_tempo(m),
                    lambda m, t: edits.shift_bar_lines(m, 1),
                    lambda m, t: edits.shift_times(m, 0.1),
                ]
            )
        )
        try:
            tempo_map = edit(tempo_map, tick)
        except ChartError:
            continue
    for now, then in itertools.pairwise(tempo_map.tempos):
        assert tempo_map.seconds(now.tick) < tempo_map.seconds(then.tick)
        if then.anchor_us is not None:
            assert tempo_map.seconds(then.tick) * 1e6 == pytest.approx(then.anchor_us, abs=3)
