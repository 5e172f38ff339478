"""What all edits have in common: swaps, titles, and the properties that undo relies on."""

from collections.abc import Callable
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import ChartError
from chart_hero_core.chart import edits as e
from chart_hero_core.chart.song import (
    Difficulty,
    Dynamic,
    Metadata,
    PhraseKind,
    Song,
)
from tests.core.chart.songs import (
    deep,
    hat,
    notes,
    phrases,
    snare,
    song_of,
    songs,
    tempo_maps,
    tracks,
)

EXPERT = Difficulty.EXPERT


def test_swaps_refuse_a_song_they_do_not_fit() -> None:
    song = song_of(snare(0))
    for count in (1, 300):
        missing = tuple(hat(tick) for tick in range(count))
        with pytest.raises(ChartError, match="any more"):
            e.SwapNotes("x", EXPERT, missing, ()).apply(song)
        with pytest.raises(ChartError, match="already a red"):
            e.SwapNotes("x", EXPERT, (), (snare(0), *missing)).apply(song)


def test_titles_read_well() -> None:
    keys = ((0, Lane.RED), (1, Lane.RED))
    assert e.DeleteNotes(EXPERT, keys).title == "Delete 2 notes"
    assert e.DeleteNotes(EXPERT, keys[:1], verb="Cut").title == "Cut note"
    assert e.RejectNotes(EXPERT, keys).title == "Reject 2 suggestions"
    assert e.QuantiseNotes(EXPERT, keys, 16).title == "Quantise 2 notes to 1/16"
    assert e.ChangeNotes(EXPERT, keys, flam=True, length=0).title == (
        "Change flam and length of 2 notes"
    )


difficulties = st.sampled_from(Difficulty)


@st.composite
def edits(draw: st.DrawFn, song: Song) -> e.Edit:
    """Any edit that makes sense for ``song``, its keys mostly naming real notes."""
    difficulty = draw(difficulties)
    real = (
        [(n.tick, n.lane) for n in song.tracks[difficulty].notes]
        if difficulty in song.tracks
        else []
    )
    picked = draw(st.lists(st.sampled_from([*real, (3, 1)]), max_size=30, unique=True))
    keys = tuple((tick, Lane(lane)) for tick, lane in picked)
    many = tuple(draw(st.lists(notes(), max_size=18)))
    start = draw(st.integers(0, 2_000))
    options: dict[str, Callable[[], e.Edit]] = {
        "add": lambda: e.AddNotes(difficulty, many),
        "delete": lambda: e.DeleteNotes(difficulty, keys),
        "move": lambda: e.MoveNotes(
            difficulty, keys, draw(st.integers(-300, 300)), draw(st.integers(-5, 5))
        ),
        "change": lambda: e.ChangeNotes(
            difficulty,
            keys,
            lane=draw(st.none() | st.sampled_from(Lane)),
            cymbal=draw(st.none() | st.booleans()),
            dynamic=draw(st.none() | st.sampled_from(Dynamic)),
            double_kick=draw(st.none() | st.booleans()),
        ),
        "quantise": lambda: e.QuantiseNotes(
            difficulty, keys, draw(st.sampled_from([4, 16, 24, 20])), draw(st.floats(0, 1))
        ),
        "nudge": lambda: e.nudge(song, difficulty, keys, draw(st.floats(-0.1, 0.1))),
        "paste": lambda: e.PasteNotes(difficulty, many, start),
        "decode": lambda: e.ReplaceSuggestions(
            difficulty, many, start, draw(st.none() | st.just(start + 1_500))
        ),
        "accept": lambda: e.SetTouched(difficulty, keys, draw(st.booleans())),
        "reject": lambda: e.RejectNotes(difficulty, keys),
        "section": lambda: e.AddSection(start, "New"),
        "phrase": lambda: e.AddPhrase(draw(phrases)),
        "unphrase": lambda: e.RemovePhrases(PhraseKind.SOLO, start, start + 900),
        "metadata": lambda: e.SetMetadata(Metadata(name=str(start))),
        "track": lambda: e.SetTrack(difficulty, draw(st.none() | tracks())),
        "tempo": lambda: e.ChangeTempoMap(draw(tempo_maps()), draw(st.sampled_from(e.Keep))),
    }
    return options[draw(st.sampled_from(sorted(options)))]()


def assert_valid(song: Song) -> None:
    for track in song.tracks.values():
        places = [note.sort_key for note in track.notes]
        assert places == sorted(set(places))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_undo_and_redo_after_any_sequence_of_edits(data: st.DataObject) -> None:
    states = [data.draw(songs())]
    undos: list[e.Edit] = []
    for _ in range(data.draw(st.integers(1, 6))):
        before = deep(states[-1])
        changed, undo = data.draw(edits(states[-1])).apply(states[-1])
        assert deep(states[-1]) == before, "an edit altered the song it was given"
        assert_valid(changed)
        states.append(changed)
        undos.append(undo)
    song = states[-1]
    redos: list[e.Edit] = []
    for undo, expected in zip(reversed(undos), reversed(states[:-1]), strict=True):
        song, redo = undo.apply(song)
        assert deep(song) == deep(expected)
        redos.append(redo)
    for redo, before, expected in zip(reversed(redos), states, states[1:], strict=False):
        song, undo = redo.apply(song)
        assert deep(song) == deep(expected)
        assert deep(undo.apply(song)[0]) == deep(before)


def test_tracks_stay_read_only() -> None:
    changed, _ = e.AddNotes(EXPERT, (snare(0),)).apply(Song())
    assert isinstance(changed.tracks, MappingProxyType)
