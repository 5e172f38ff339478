"""The edit count: every kind of edit by hand, and that no cheaper way exists."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from chart_hero_core.base.drums import TOMS, DrumClass
from chart_hero_core.base.errors import EvaluationError
from chart_hero_core.evaluation import edits_per_100
from chart_hero_core.evaluation.edits_per_100 import (
    KINDS,
    OWN_MAP,
    SAME_MAP,
    ChartNotes,
    EditRules,
    Edits,
    PlacedNotes,
    count_edits,
    place_notes,
)
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap

MAP = TempoMap.constant(120)  # a quarter lasts 0.5 s, 480 ticks
KICK, SNARE, TOM, HIHAT, CRASH = (
    DrumClass.KICK,
    DrumClass.SNARE,
    DrumClass.TOM_LOW,
    DrumClass.HIHAT,
    DrumClass.CRASH,
)


def notes(*rows: tuple[float, DrumClass]) -> PlacedNotes:
    return place_notes([tick for tick, _ in rows], [int(drum) for _, drum in rows], MAP)


def kinds(edits: Edits) -> tuple[int, ...]:
    return tuple(edits.of_kind(kind) for kind in KINDS)


BEAT = ((0, KICK), (480, SNARE), (960, KICK), (1440, SNARE))


def test_a_finished_suggestion_needs_no_edit() -> None:
    edits = count_edits(notes(*BEAT), notes(*BEAT))
    assert edits.total == 0
    assert edits.per_100 == 0.0
    assert sorted(map(tuple, edits.pairs.tolist())) == [(0, 0), (1, 1), (2, 2), (3, 3)]


def test_a_missing_note_is_added() -> None:
    edits = count_edits(notes(*BEAT[:3]), notes(*BEAT))
    assert kinds(edits) == (1, 0, 0, 0)
    assert edits.per_100 == 25.0
    assert edits.by_drum[SNARE].tolist() == [1, 0, 0, 0]


def test_a_note_too_many_is_deleted_from_its_own_drum() -> None:
    edits = count_edits(notes(*BEAT, (1440, HIHAT)), notes(*BEAT))
    assert kinds(edits) == (0, 1, 0, 0)
    assert edits.by_drum[HIHAT].tolist() == [0, 1, 0, 0]


def test_the_wrong_drum_in_the_right_place_is_one_lane_change() -> None:
    edits = count_edits(notes(*BEAT[:3], (1440, HIHAT)), notes(*BEAT))
    assert kinds(edits) == (0, 0, 1, 0)
    assert edits.by_drum[SNARE].tolist() == [0, 0, 1, 0]


def test_tom_and_cymbal_of_one_colour_differ() -> None:
    assert kinds(count_edits(notes((0, TOM)), notes((0, CRASH)))) == (0, 0, 1, 0)


def test_the_right_drum_in_the_wrong_place_is_one_move() -> None:
    edits = count_edits(notes(*BEAT[:3], (1500, SNARE)), notes(*BEAT))
    assert kinds(edits) == (0, 0, 0, 1)


def test_wrong_drum_and_wrong_place_cost_two() -> None:
    edits = count_edits(notes((60, KICK)), notes((0, SNARE)))
    assert kinds(edits) == (1, 1, 0, 0)


def test_a_move_reaches_a_sixteenth_note_and_no_further() -> None:
    assert kinds(count_edits(notes((120, KICK)), notes((0, KICK)))) == (0, 0, 0, 1)
    assert kinds(count_edits(notes((121, KICK)), notes((0, KICK)))) == (1, 1, 0, 0)


def test_in_place_is_closer_than_half_a_128th_note() -> None:
    # A 128th note is 15 ticks; half of it 7.5.
    assert count_edits(notes((487, KICK)), notes((480, KICK))).total == 0
    assert kinds(count_edits(notes((487.5, KICK)), notes((480, KICK)))) == (0, 0, 0, 1)


def test_in_place_is_within_fifteen_milliseconds_when_the_song_is_slow() -> None:
    slow = TempoMap.constant(30)  # a tick lasts 4.17 ms
    finished = place_notes([480], [int(KICK)], slow)
    assert count_edits(place_notes([483], [int(KICK)], slow), finished).total == 0
    assert kinds(count_edits(place_notes([484], [int(KICK)], slow), finished)) == (0, 0, 0, 1)


def test_on_a_map_of_its_own_fifteen_milliseconds_are_in_place() -> None:
    fast = TempoMap.constant(200)  # half a 128th lasts 4.7 ms
    own = ChartNotes(np.array([480.0, 960.0]), np.array([0, 1], np.int8), TempoMap.constant(198))
    finished = place_notes([480, 960], [0, 1], fast)  # 3 and 6 ms away
    assert kinds(count_edits(own.on(fast), finished, SAME_MAP)) == (0, 0, 0, 1)
    assert count_edits(own.on(fast), finished, OWN_MAP).total == 0


def test_one_wrong_note_never_counts_twice() -> None:
    # One kick between two finished ones: one move and one addition.
    assert kinds(count_edits(notes((60, KICK)), notes((0, KICK), (120, KICK)))) == (1, 0, 0, 1)


def test_an_assignment_beats_a_greedy_pairing() -> None:
    # Greedily, the kick at 100 goes to 90 (nearest), leaving 200 out of reach of the kick at 20.
    suggested, finished = notes((20, KICK), (100, KICK)), notes((90, KICK), (200, KICK))
    assert kinds(count_edits(suggested, finished)) == (0, 0, 0, 2)


def test_equal_costs_move_as_little_as_possible() -> None:
    edits = count_edits(notes((30, KICK), (90, KICK)), notes((20, KICK), (100, KICK)))
    assert sorted(map(tuple, edits.pairs.tolist())) == [(0, 0), (1, 1)]


def test_empty_charts() -> None:
    assert kinds(count_edits(notes(), notes(*BEAT))) == (4, 0, 0, 0)
    assert kinds(count_edits(notes(*BEAT), notes())) == (0, 4, 0, 0)
    assert count_edits(notes(*BEAT), notes()).per_100 is None
    assert count_edits(notes(), notes()).total == 0


def test_parts_of_the_kit_have_their_own_figures() -> None:
    edits = count_edits(notes((0, TOM), (480, KICK)), notes((0, TOM), (240, TOM), (480, KICK)))
    assert edits.per_100_of(TOMS) == 50.0
    assert edits.per_100_of([KICK]) == 0.0
    assert edits.per_100_of([SNARE]) is None


def test_charts_of_other_resolutions_are_compared_in_music() -> None:
    other = place_notes([192, 384], [0, 1], TempoMap.constant(120, 192), MAP)
    assert count_edits(other, place_notes([480, 960], [0, 1], MAP)).total == 0


def test_another_tempo_map_keeps_the_times() -> None:
    # At 60 BPM the beats last twice as long: tick 240 there is tick 480 here.
    chart = ChartNotes(np.array([240.0]), np.array([0], np.int8), TempoMap.constant(60))
    placed = chart.on(MAP)
    assert placed.quarters.tolist() == [1.0]
    assert placed.times_s.tolist() == [0.5]


def test_a_shift_moves_the_times() -> None:
    chart = ChartNotes(np.array([480.0]), np.array([0], np.int8), MAP, shift_s=0.25)
    assert chart.on(MAP).quarters.tolist() == [1.5]


def test_the_tempo_may_change_between_the_notes() -> None:
    steps = TempoMap(480, (TempoChange(0, 500_000), TempoChange(480, 250_000)))
    assert place_notes([240, 480, 960], [0, 0, 0], steps).times_s.tolist() == [0.25, 0.5, 0.75]


def test_absurd_charts_are_refused() -> None:
    heap = place_notes(np.zeros(6000), np.zeros(6000, np.int8), MAP)
    with pytest.raises(EvaluationError, match="too many notes in one place"):
        count_edits(heap, heap)
    many = np.arange(edits_per_100.MAX_NOTES + 1)
    with pytest.raises(EvaluationError, match="cannot be compared"):
        count_edits(place_notes(many, many % 8, MAP), heap)


charts = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 3)), max_size=12, unique=True).map(
    lambda rows: place_notes([t * 20 for t, _ in rows], [d for _, d in rows], MAP)
)


def smallest_cost(suggested: PlacedNotes, finished: PlacedNotes) -> int:
    """By a dense assignment over all notes, nothing taken out first."""
    rows, columns = suggested.drums.size, finished.drums.size
    cost = np.full((rows + columns, rows + columns), 2.0)
    cost[rows:, columns:] = 0.0
    for i in range(rows):
        for j in range(columns):
            way = abs(suggested.quarters[i] - finished.quarters[j])
            here = way < SAME_MAP.in_place_quarters
            same = suggested.drums[i] == finished.drums[j]
            if here and same:
                cost[i, j] = 0
            elif here or (same and way <= SAME_MAP.reach_quarters + 1e-9):
                cost[i, j] = 1
    cost[:rows, columns:] = 1.0
    cost[rows:, :columns] = 1.0
    return int(cost[linear_sum_assignment(cost)].sum())


@given(charts, charts)
def test_no_cheaper_way_exists(suggested: PlacedNotes, finished: PlacedNotes) -> None:
    edits = count_edits(suggested, finished)
    assert edits.total == smallest_cost(suggested, finished)
    added, deleted, _, _ = kinds(edits)
    assert finished.drums.size - added == suggested.drums.size - deleted == len(edits.pairs)


@settings(max_examples=30)
@given(charts, charts)
def test_both_solvers_agree(suggested: PlacedNotes, finished: PlacedNotes) -> None:
    expected = count_edits(suggested, finished).total
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(edits_per_100, "DENSE_LIMIT", 0)
        assert count_edits(suggested, finished).total == expected


@given(charts)
def test_rivals_in_one_place_are_still_assigned_at_least_cost(chart: PlacedNotes) -> None:
    # With a wide window every note has several free partners.
    wide = EditRules(in_place_quarters=1 / 8, in_place_s=1.0)
    assert count_edits(chart, chart, wide).total == 0
