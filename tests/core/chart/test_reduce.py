"""Reductions: what a charter would expect of them, and playability properties."""

from collections import Counter
from itertools import pairwise

from hypothesis import given, settings

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.rating import estimate_rating
from chart_hero_core.chart.reduce import LIMITS, reduce_song
from chart_hero_core.chart.song import (
    Difficulty,
    Dynamic,
    Note,
    Phrase,
    PhraseKind,
    Song,
    Track,
)
from chart_hero_core.timing.tempo_map import TempoMap
from tests.core.chart.songs import song_of, songs

HARD, MEDIUM, EASY = Difficulty.HARD, Difficulty.MEDIUM, Difficulty.EASY


def groove(bars: int = 4, step: int = 240, bpm: float = 120) -> Song:
    """Hi-hat on every ``step`` ticks, kick on 1 and 3, snare on 2 and 4, crash on the first 1."""
    notes = []
    for tick in range(0, bars * 1920, step):
        if tick == 0:
            notes.append(Note(0, Lane.GREEN, cymbal=True))
        else:
            notes.append(Note(tick, Lane.YELLOW, cymbal=True))
        if tick % 480 == 0:
            notes.append(Note(tick, Lane.KICK if tick % 960 == 0 else Lane.RED))
    return song_of(*notes, tempo_map=TempoMap.constant(bpm))


def names(track: Track, end_tick: int) -> list[str]:
    return [f"{n.tick} {n.drum.label}" for n in track.notes if n.tick < end_tick]


def test_a_rock_beat_stays_itself_on_every_difficulty() -> None:
    reduced = reduce_song(groove())
    assert names(reduced[HARD], 1920) == names(groove().expert, 1920)
    assert names(reduced[MEDIUM], 960) == [
        "0 kick",
        "0 crash",
        "240 hihat",
        "480 snare",
        "480 hihat",
        "720 hihat",
    ]
    assert names(reduced[EASY], 3840) == [
        f"{tick} {name}"
        for bar, first in ((0, "crash"), (1920, "kick"))
        for tick, name in zip(
            range(bar, bar + 1920, 240),
            (first, "hihat", "snare", "hihat", "kick", "hihat", "snare", "hihat"),
            strict=True,
        )
    ]


def test_sixteenths_thin_to_the_grid_of_each_difficulty() -> None:
    reduced = reduce_song(groove(step=120))
    steps = {
        difficulty: Counter(
            b - a for a, b in pairwise(sorted({n.tick for n in track.notes}))
        ).most_common(1)[0][0]
        for difficulty, track in reduced.items()
    }
    assert steps == {HARD: 120, MEDIUM: 240, EASY: 240}


def test_fast_eighths_become_quarters_on_easy() -> None:
    (easy,) = reduce_song(groove(bpm=160), [EASY]).values()
    assert all(note.tick % 480 == 0 for note in easy.notes)
    assert {note.tick for note in easy.notes} == set(range(0, 7680, 480))


def test_fast_sixteenths_become_eighths_on_hard() -> None:
    (hard,) = reduce_song(groove(step=120, bpm=200), [HARD]).values()
    assert all(note.tick % 240 == 0 for note in hard.notes)
    assert {note.tick for note in hard.notes} == set(range(0, 7680, 240))


def test_double_bass_loses_its_double_kicks_and_its_runs() -> None:
    kicks = [Note(t, Lane.KICK, double_kick=t % 120 != 0) for t in range(0, 1920, 60)]
    reduced = reduce_song(song_of(*kicks))
    assert [note.tick for note in reduced[HARD].notes] == [0, 480, 960, 1440, 1800]
    assert not any(note.double_kick for note in reduced[HARD].notes)
    assert [note.tick for note in reduced[MEDIUM].notes] == [0, 960, 1800]


def test_kick_never_joins_two_hands_on_medium_and_hands_keep_the_weightier() -> None:
    chord = (
        Note(0, Lane.KICK),
        Note(0, Lane.RED, dynamic=Dynamic.ACCENT),
        Note(0, Lane.YELLOW, cymbal=True),
        Note(0, Lane.GREEN, cymbal=True),
    )
    reduced = reduce_song(song_of(*chord))
    assert [note.lane for note in reduced[HARD].notes] == [Lane.KICK, Lane.RED, Lane.GREEN]
    assert [note.lane for note in reduced[MEDIUM].notes] == [Lane.RED, Lane.GREEN]
    assert [note.lane for note in reduced[EASY].notes] == [Lane.RED]


def test_ghosts_and_flams() -> None:
    song = song_of(
        Note(0, Lane.RED, flam=True),
        Note(480, Lane.RED, dynamic=Dynamic.GHOST),
        Note(960, Lane.RED),
    )
    reduced = reduce_song(song)
    assert [note.tick for note in reduced[HARD].notes] == [0, 480, 960]
    assert [note.tick for note in reduced[MEDIUM].notes] == [0, 960]
    # A .mid holds flams for all difficulties: without them no file could say what the song says.
    assert [note.tick for note in reduced[HARD].notes if note.flam] == [0]


def test_an_accented_offbeat_wins_over_its_plain_neighbours() -> None:
    song = song_of(
        Note(480, Lane.YELLOW),
        Note(480 + 180, Lane.GREEN, cymbal=True, dynamic=Dynamic.ACCENT),
        Note(480 + 120, Lane.YELLOW),
    )
    (easy,) = reduce_song(song, [EASY]).values()
    assert [note.tick for note in easy.notes] == [480]
    heavier = song_of(*(n for n in song.expert.notes if n.tick != 480))
    (easy,) = reduce_song(heavier, [EASY]).values()
    assert [(note.tick, note.dynamic) for note in easy.notes] == [(660, Dynamic.ACCENT)]


def test_phrases_keep_a_note_and_fills_keep_their_last() -> None:
    phrases = (
        Phrase(PhraseKind.STAR_POWER, 600, 10),
        Phrase(PhraseKind.ACTIVATION, 1200, 361),
        Phrase(PhraseKind.ROLL, 0, 480),
    )
    song = groove(bars=1, step=120)
    song = Song(tracks={Difficulty.EXPERT: Track(song.expert.notes, phrases)})
    (easy,) = reduce_song(song, [EASY]).values()
    ticks = [note.tick for note in easy.notes]
    assert 600 in ticks
    assert 1560 in ticks
    assert [phrase.kind for phrase in easy.phrases] == [
        PhraseKind.STAR_POWER,
        PhraseKind.ACTIVATION,
    ]


def test_reduced_notes_are_suggestions() -> None:
    assert not any(n.origin.touched for t in reduce_song(groove()).values() for n in t.notes)


@settings(deadline=None, max_examples=30)
@given(songs())
def test_every_reduction_is_playable_and_part_of_the_one_above(song: Song) -> None:
    above = song.expert
    for difficulty, track in reduce_song(song).items():
        limits = LIMITS[difficulty]
        places = {note.sort_key: note for note in above.notes}
        assert len(track.notes) <= len(above.notes)
        for note in track.notes:
            source = places[note.sort_key]
            assert (note.drum, note.dynamic) == (source.drum, source.dynamic)
            assert not note.double_kick
        chords: dict[int, list[Note]] = {}
        for note in track.notes:
            chords.setdefault(note.tick, []).append(note)
        for chord in chords.values():
            hands = [note for note in chord if note.lane != Lane.KICK]
            assert len(chord) <= limits.notes
            assert len(hands) <= limits.hands
            if difficulty is MEDIUM:
                assert len(hands) < 2 or len(chord) == 2
        for gap, kick in ((limits.hand_gap, False), (limits.kick_gap, True)):
            ticks = sorted({n.tick for n in track.notes if (n.lane == Lane.KICK) == kick})
            times_s = [song.tempo_map.seconds(tick) for tick in ticks]
            assert all(b - a >= gap.least_s - 0.0031 for a, b in pairwise(times_s))
        above = track


def test_ratings_grow_with_density() -> None:
    assert estimate_rating(Song()) == 0
    ratings = [
        estimate_rating(groove(bars=12, step=step, bpm=bpm))
        for step, bpm in ((960, 80), (480, 100), (240, 120), (120, 140), (60, 160))
    ]
    assert ratings == sorted(ratings)
    assert ratings[0] == 0
    assert ratings[2] in (2, 3)
    assert ratings[-1] == 6
