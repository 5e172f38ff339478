"""Ghosts, accents, double kicks and rolls, by hand."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chart_hero_core.base.arrays import Float64Array
from chart_hero_core.base.drums import DrumClass, Hit
from chart_hero_core.decode.marks import (
    Mark,
    MarkSuggestion,
    suggest_double_kicks,
    suggest_dynamics,
    suggest_marks,
    suggest_rolls,
)

KICK, SNARE, TOM_LOW = DrumClass.KICK, DrumClass.SNARE, DrumClass.TOM_LOW
HIHAT, CRASH, RIDE = DrumClass.HIHAT, DrumClass.CRASH, DrumClass.RIDE

Kicks = tuple[list[Hit], Float64Array]


def strokes(drum: DrumClass, step_s: float, *velocities: float | None) -> list[Hit]:
    return [Hit(i * step_s, drum, velocity=velocity) for i, velocity in enumerate(velocities)]


def every(drum: DrumClass, step_s: float, count: int, start_s: float = 0.0) -> list[Hit]:
    return [Hit(start_s + i * step_s, drum) for i in range(count)]


def test_an_even_player_has_neither_ghosts_nor_accents() -> None:
    hits = strokes(SNARE, 0.5, *[0.7, 0.72, 0.68, 0.75, 0.65] * 8)
    assert suggest_dynamics(hits) == []


def test_ghosts_between_backbeats_even_when_they_are_the_majority() -> None:
    hits = strokes(SNARE, 0.2, *[0.8, 0.2, 0.25] * 16)
    found = suggest_dynamics(hits)
    assert [d.indices[0] for d in found] == [i for i in range(48) if i % 3]
    assert {d.mark for d in found} == {Mark.GHOST}
    # 48 strokes are trusted 48 / (48 + 8); both kinds are below 0.35 of the usual 0.8.
    assert found[0].confidence == pytest.approx(48 / 56)


def test_a_ghost_half_as_loud_is_half_sure() -> None:
    hits = strokes(SNARE, 0.2, *[0.8, 0.4, 0.8, 0.8] * 8)
    found = suggest_dynamics(hits)
    assert [d.indices[0] for d in found] == list(range(1, 32, 4))
    assert found[0].confidence == pytest.approx(0.5 * 32 / 40)


def test_accents_stand_out_from_the_spread() -> None:
    hits = strokes(HIHAT, 0.2, *[0.9, 0.6, 0.6, 0.6] * 8)
    found = suggest_dynamics(hits)
    assert found == [
        MarkSuggestion(Mark.ACCENT, (i,), pytest.approx(32 / 40))  # type: ignore[arg-type]
        for i in range(0, 32, 4)
    ]
    # The same step within a wide spread is nothing.
    wide = strokes(HIHAT, 0.2, *[0.9, 0.45, 0.75, 0.6, 0.82, 0.5, 0.68] * 5)
    assert suggest_dynamics(wide) == []


def test_kicks_few_strokes_and_unknown_velocities_say_nothing() -> None:
    assert suggest_dynamics(strokes(KICK, 0.2, *[0.9, 0.2] * 10)) == []
    assert suggest_dynamics(strokes(SNARE, 0.2, *[0.9, 0.2] * 3)) == []
    assert suggest_dynamics(strokes(SNARE, 0.2, *[None] * 20)) == []
    assert suggest_dynamics(strokes(SNARE, 0.2, *[0.0] * 20)) == []


def sixteenths(step_s: float, count: int, start_s: float = 0.0, first: int = 0) -> Kicks:
    """Kicks on sixteenths in a row, the first on sixteenth ``first`` of its beat."""
    in_beat = [(first + i) % 4 / 4 for i in range(count)]
    return every(KICK, step_s, count, start_s), np.array(in_beat)


def seconds_of(hits: list[Hit], in_beat: Float64Array) -> list[int]:
    return [one.indices[0] for one in suggest_double_kicks(hits, in_beat)]


def test_every_other_kick_of_a_fast_run_is_for_the_second_foot() -> None:
    found = suggest_double_kicks(*sixteenths(0.075, 8))  # at 200 BPM
    assert [kick.indices[0] for kick in found] == [1, 3, 5, 7]
    assert all(kick.confidence > 0.85 for kick in found)


def test_the_foot_that_leads_plays_the_beats_wherever_a_run_begins() -> None:
    assert seconds_of(*sixteenths(0.085, 33, first=0)) == list(range(1, 33, 2))
    # Who plays the sixteenth before the first beat is open.
    assert seconds_of(*sixteenths(0.085, 33, first=3)) == list(range(2, 33, 2))


def test_slow_kicks_and_slow_pairs_are_for_one_foot() -> None:
    assert seconds_of(*sixteenths(0.2, 8)) == []
    pairs = [sixteenths(0.15, 2, start_s=i) for i in range(4)]
    hits = [hit for kicks, _ in pairs for hit in kicks]
    assert seconds_of(hits, np.concatenate([in_beat for _, in_beat in pairs])) == []


def test_very_fast_pairs_are_not() -> None:
    pairs = [sixteenths(0.07, 2, start_s=i) for i in range(4)]
    hits = [hit for kicks, _ in pairs for hit in kicks]
    assert seconds_of(hits, np.concatenate([in_beat for _, in_beat in pairs])) == [1, 3, 5, 7]


def test_other_drums_between_do_not_break_a_run_of_kicks() -> None:
    kicks, in_beat = sixteenths(0.09, 8)
    both = [*zip(kicks, in_beat, strict=True), *((hit, 0.5) for hit in every(SNARE, 0.2, 3))]
    both.sort(key=lambda pair: pair[0].time_s)
    hits = [hit for hit, _ in both]
    found = seconds_of(hits, np.array([place for _, place in both]))
    assert [hits[index] for index in found] == kicks[1::2]


def test_a_crash_swell_is_a_roll_a_snare_fill_is_not() -> None:
    (roll,) = suggest_rolls(every(CRASH, 0.08, 12))
    assert roll.indices == tuple(range(12))
    assert roll.confidence == pytest.approx(0.98)
    assert suggest_rolls(every(SNARE, 0.08, 8)) == []
    assert suggest_rolls(every(CRASH, 0.14, 12)) == []


def test_kicks_do_not_break_a_roll_other_hand_strokes_do() -> None:
    rolled = every(TOM_LOW, 0.1, 16)
    with_kicks = sorted([*rolled, *every(KICK, 0.2, 8)], key=lambda hit: hit.time_s)
    (roll,) = suggest_rolls(with_kicks)
    assert [with_kicks[i] for i in roll.indices] == rolled
    with_snare = sorted([*rolled, Hit(0.75, SNARE)], key=lambda hit: hit.time_s)
    assert suggest_rolls(with_snare, minimum=0.3) == []


def test_two_cymbals_in_turn_are_a_double_roll() -> None:
    hits = [Hit(i * 0.08, RIDE if i % 2 else CRASH) for i in range(24)]
    (roll,) = suggest_rolls(hits)
    assert len(roll.indices) == 24
    assert roll.confidence == pytest.approx(0.82)
    snare_and_hat = [Hit(i * 0.08, HIHAT if i % 2 else SNARE) for i in range(24)]
    assert suggest_rolls(snare_and_hat) == []


def test_a_double_roll_begins_where_the_alternation_does() -> None:
    lead_in = every(CRASH, 0.08, 3)
    hits = lead_in + [Hit(0.24 + i * 0.08, CRASH if i % 2 else RIDE) for i in range(23)]
    (roll,) = suggest_rolls(hits)
    assert roll.indices == tuple(range(2, 26))


def test_only_what_is_wanted_is_suggested() -> None:
    hits = sorted([*every(KICK, 0.075, 8), *every(CRASH, 0.08, 12)], key=lambda hit: hit.time_s)
    on_beats = np.zeros(len(hits))
    assert {one.mark for one in suggest_marks(hits, on_beats)} == {Mark.DOUBLE_KICK, Mark.ROLL}
    assert {one.mark for one in suggest_marks(hits, on_beats, (Mark.ROLL,))} == {Mark.ROLL}
    assert suggest_marks(hits, on_beats, (Mark.GHOST, Mark.ACCENT)) == []


@given(
    st.lists(
        st.builds(
            Hit,
            st.floats(0.0, 3.0),
            st.sampled_from(DrumClass),
            st.just(1.0),
            st.none() | st.floats(0.0, 1.0),
        ),
        max_size=60,
    )
)
def test_suggestions_fit_any_hits(drawn: list[Hit]) -> None:
    hits = sorted(drawn, key=lambda hit: (hit.time_s, hit.drum))
    found = suggest_marks(hits, np.array([hit.time_s % 1 for hit in hits]))
    assert all(0.0 < one.confidence <= 1.0 for one in found)
    kicks = [i for i, hit in enumerate(hits) if hit.drum == KICK]
    places = [kicks.index(one.indices[0]) for one in found if one.mark is Mark.DOUBLE_KICK]
    assert all(later - earlier >= 2 for earlier, later in pairwise(places))
    for one in found:
        drums = {hits[i].drum for i in one.indices}
        assert KICK not in drums or one.mark is Mark.DOUBLE_KICK
        assert len(drums) <= (2 if one.mark is Mark.ROLL else 1)
