"""Ghosts, accents, double kicks and rolls, by hand."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_every_other_kick_of_a_fast_run_is_for_the_second_foot() -> None:
    found = suggest_double_kicks(every(KICK, 0.075, 8))  # 16ths at 200 BPM
    assert [kick.indices[0] for kick in found] == [1, 3, 5, 7]
    assert all(kick.confidence > 0.9 for kick in found)


def test_slow_kicks_and_slow_pairs_are_for_one_foot() -> None:
    assert suggest_double_kicks(every(KICK, 0.2, 8)) == []
    pairs = [hit for i in range(4) for hit in every(KICK, 0.13, 2, start_s=i)]
    assert suggest_double_kicks(pairs) == []


def test_very_fast_pairs_are_not() -> None:
    pairs = [hit for i in range(4) for hit in every(KICK, 0.07, 2, start_s=i)]
    found = suggest_double_kicks(pairs)
    assert [kick.indices[0] for kick in found] == [1, 3, 5, 7]
    assert found[0].confidence == pytest.approx(0.99)


def test_other_drums_between_do_not_break_a_run_of_kicks() -> None:
    kicks = every(KICK, 0.1, 6)
    hits = sorted([*kicks, *every(SNARE, 0.2, 3)], key=lambda hit: hit.time_s)
    found = suggest_double_kicks(hits)
    # The last of a run this slow is rarely one.
    assert [hits[kick.indices[0]] for kick in found] == [kicks[1], kicks[3]]


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
    assert {one.mark for one in suggest_marks(hits)} == {Mark.DOUBLE_KICK, Mark.ROLL}
    assert {one.mark for one in suggest_marks(hits, (Mark.ROLL,))} == {Mark.ROLL}
    assert suggest_marks(hits, (Mark.GHOST, Mark.ACCENT)) == []


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
    found = suggest_marks(hits)
    assert all(0.0 < one.confidence <= 1.0 for one in found)
    kicks = [i for i, hit in enumerate(hits) if hit.drum == KICK]
    places = [kicks.index(one.indices[0]) for one in found if one.mark is Mark.DOUBLE_KICK]
    assert all(later - earlier >= 2 for earlier, later in pairwise(places))
    for one in found:
        drums = {hits[i].drum for i in one.indices}
        assert KICK not in drums or one.mark is Mark.DOUBLE_KICK
        assert len(drums) <= (2 if one.mark is Mark.ROLL else 1)
