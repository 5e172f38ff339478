"""Bars that are alike, and the fix of one proposed on the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chart_hero_core.base.drums import DrumClass
from chart_hero_core.decode.similar import Bar, Place, bars_of, propose, similar_bars
from chart_hero_core.timing.tempo_map import TempoMap, TimeSignature

KICK, SNARE, HIHAT, CRASH = DrumClass.KICK, DrumClass.SNARE, DrumClass.HIHAT, DrumClass.CRASH
TOM_HIGH, TOM_LOW = DrumClass.TOM_HIGH, DrumClass.TOM_LOW
MAP = TempoMap.constant(120)  # 480 ticks a quarter, 1,920 a bar
BEAT = [(0, KICK), (480, SNARE), (960, KICK), (1440, SNARE)]


def song(*bars: list[Place]) -> list[Bar]:
    """Bars of 4/4."""
    notes = [(i * 1920 + tick, drum) for i, bar in enumerate(bars) for tick, drum in bar]
    return bars_of(notes, MAP)


def test_bars_begin_where_the_signatures_say() -> None:
    odd = TempoMap(480, signatures=(TimeSignature(0, 4, 4), TimeSignature(1920, 7, 8)))
    bars = bars_of([(3610, SNARE), (1919, KICK), (10, KICK), (1920, KICK), (1920, CRASH)], odd)
    assert bars == [
        Bar(0, 0, 1920, ((10, KICK), (1919, KICK))),
        Bar(1, 1920, 1680, ((0, KICK), (0, CRASH))),
        Bar(2, 3600, 1680, ((10, SNARE),)),
    ]
    assert bars_of([], odd) == []


def test_similarity_counts_the_notes_in_common() -> None:
    bars = song(BEAT, [(0, CRASH), *BEAT], BEAT, [(0, KICK), (240, KICK)], [], BEAT)
    found = similar_bars(bars, 0, MAP, minimum=0.3)
    assert [(bar.number, bar.similarity) for bar in found] == [
        (2, 1.0),
        (5, 1.0),
        (1, pytest.approx(8 / 9)),
        (3, pytest.approx(2 / 6)),
    ]
    assert [bar.number for bar in similar_bars(bars, 0, MAP)] == [2, 5, 1]
    assert similar_bars(bars, 4, MAP, minimum=0.0) == []


def test_a_note_a_64th_off_is_the_same_a_32nd_off_is_not() -> None:
    bars = song(BEAT, [(30, KICK), *BEAT[1:]], [(31, KICK), *BEAT[1:]])
    assert [bar.similarity for bar in similar_bars(bars, 0, MAP)] == [1.0, 0.75]


def test_bars_of_another_length_are_not_similar() -> None:
    odd = TempoMap(480, signatures=(TimeSignature(0, 4, 4), TimeSignature(1920, 3, 4)))
    bars = bars_of([(0, KICK), (1920, KICK), (1920 + 1440, KICK)], odd)
    assert similar_bars(bars, 0, odd, minimum=0.0) == []
    assert [bar.number for bar in similar_bars(bars, 1, odd)] == [2]


def test_there_is_no_such_bar() -> None:
    with pytest.raises(IndexError):
        similar_bars(song(BEAT), 1, MAP)


def test_a_changed_drum_is_proposed_where_the_old_one_stands() -> None:
    with_crash = [(0, CRASH), *BEAT]
    with_hat = [(0, HIHAT), *BEAT]
    bars = song(with_crash, with_crash, [(5, CRASH), *BEAT], with_hat, BEAT)
    proposals = propose(bars, bars[0], song(with_hat)[0], MAP)
    by_bar = {p.number: p for p in proposals}
    assert list(by_bar) == [1, 2, 4]
    assert by_bar[1].remove == ((1920, CRASH),)
    assert by_bar[1].add == ((1920, HIHAT),)
    assert by_bar[1].confidence == 1.0
    # A little late here: the new note takes the place of the old one.
    assert by_bar[2].remove == ((3845, CRASH),)
    assert by_bar[2].add == ((3845, HIHAT),)
    # No crash to remove: half of the change, in a bar 8/9 alike.
    assert by_bar[4].remove == ()
    assert by_bar[4].add == ((4 * 1920, HIHAT),)
    assert by_bar[4].confidence == pytest.approx(8 / 9 / 2)


def test_a_lane_that_is_taken_gets_no_second_note() -> None:
    bars = song(BEAT, [(0, TOM_HIGH), *BEAT], [(0, TOM_LOW), *BEAT])
    proposals = propose(bars, bars[0], song([(0, HIHAT), *BEAT])[0], MAP)
    assert [(p.number, p.add) for p in proposals] == [(2, ((3840, HIHAT),))]


def test_locked_notes_stay() -> None:
    with_crash = [(0, CRASH), *BEAT]
    bars = song(with_crash, with_crash, with_crash)
    proposals = propose(bars, bars[0], song(BEAT)[0], MAP, locked={(1920, CRASH)})
    assert [(p.number, p.remove) for p in proposals] == [(2, ((3840, CRASH),))]


def test_no_change_proposes_nothing() -> None:
    bars = song(BEAT, BEAT)
    assert propose(bars, bars[0], bars[0], MAP) == []


places = st.tuples(st.integers(0, 31).map(lambda i: i * 60), st.sampled_from(DrumClass))
patterns = st.sets(places, max_size=10).map(sorted)


@given(st.lists(patterns, min_size=1, max_size=6), patterns, st.floats(0.0, 1.0))
def test_proposals_fit_the_song_and_a_second_round_proposes_nothing_for_bars_like_it(
    drawn: list[list[Place]], new: list[Place], minimum: float
) -> None:
    bars = song(*drawn, [(0, KICK)])
    before = bars[0]
    after = Bar(0, 0, before.length_ticks, tuple(sorted(new)))
    notes = {(bar.start_tick + tick, drum) for bar in bars for tick, drum in bar.notes}
    for proposal in propose(bars, before, after, MAP, minimum=minimum):
        assert set(proposal.remove) <= notes
        assert not set(proposal.add) & (notes - set(proposal.remove))
        assert 0.0 <= proposal.confidence <= 1.0
        bar = bars[proposal.number]
        for tick, _ in (*proposal.remove, *proposal.add):
            assert 0 <= tick - bar.start_tick < bar.length_ticks
        # The fix is carried over whole where the bar was the same as the fixed one.
        if bar.notes == before.notes:
            moved = {(tick + bar.start_tick, drum) for tick, drum in before.notes}
            changed = (moved - set(proposal.remove)) | set(proposal.add)
            wanted = {(tick + bar.start_tick, drum) for tick, drum in new}
            lanes = {(tick, drum.lane) for tick, drum in wanted}
            assert {(tick, drum.lane) for tick, drum in changed} == lanes
