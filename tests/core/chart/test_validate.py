"""Validation: every rule fires where it should and nowhere else."""

from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given, settings

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import (
    Difficulty,
    Metadata,
    Note,
    Phrase,
    PhraseKind,
    Section,
    Song,
    Track,
)
from chart_hero_core.chart.validate import Severity, validate
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature
from tests.core.chart.songs import songs

FULL = Metadata("Title", "Artist", "Album", "Genre", "1999", "Charter", 20_000, difficulty=3)
EASY = Difficulty.EASY


def sound(*extra: Note, **fields: object) -> Song:
    """A song nobody would complain about: 130 BPM, notes from 1.8 s, 20 s long."""
    plain = [Note(tick, Lane.RED) for tick in range(1920, 5760, 480)]
    notes = {note.sort_key: note for note in (*plain, *extra)}
    song = Song(
        metadata=FULL,
        tempo_map=TempoMap(480, (TempoChange(0, 461_538),)),
        tracks=MappingProxyType(
            {Difficulty.EXPERT: Track(tuple(notes[key] for key in sorted(notes)))}
        ),
        sections=(Section(1920, "Intro"),),
    )
    return replace(song, **fields)  # type: ignore[arg-type]


def with_phrases(*phrases: Phrase) -> Song:
    track = replace(sound().expert, phrases=phrases)
    return sound(tracks=MappingProxyType({Difficulty.EXPERT: track}))


def with_other(difficulty: Difficulty, *notes: Note) -> Song:
    tracks = {Difficulty.EXPERT: sound().expert, difficulty: Track(notes)}
    return sound(tracks=MappingProxyType(tracks))


def rules(song: Song, **options: float) -> list[tuple[str, int | None, str]]:
    return [(p.rule, p.tick, p.severity.value) for p in validate(song, **options)]


def test_a_sound_song_has_no_problems() -> None:
    assert validate(sound()) == []


def kicks(step: int, count: int, double_kick: bool = False) -> list[Note]:
    return [Note(1920 + i * step, Lane.KICK, double_kick=double_kick) for i in range(count)]


@pytest.mark.parametrize(
    ("song", "expected"),
    [
        (sound(metadata=replace(FULL, artist=" ")), ("missing-metadata", None, "warning")),
        (sound(metadata=replace(FULL, genre="")), ("missing-metadata", None, "hint")),
        (sound(metadata=replace(FULL, difficulty=-1)), ("missing-metadata", None, "hint")),
        (sound(metadata=replace(FULL, five_lane=True)), ("drum-type", None, "error")),
        (sound(metadata=replace(FULL, delay_ms=5)), ("delay", None, "hint")),
        (sound(metadata=replace(FULL, preview_start_ms=30_000)), ("preview", None, "warning")),
        (sound(sections=()), ("no-sections", None, "warning")),
        (sound(sections=(Section(9, "A"), Section(9, "B"))), ("section", 9, "warning")),
        (sound(sections=(Section(9, "A"), Section(5761, "B"))), ("section", 5761, "hint")),
        (sound(end_tick=5279), ("end-event", 5279, "error")),
        (sound(end_tick=48_000), ("end-event", 48_000, "warning")),
        (sound(Note(48_000, Lane.RED)), ("after-audio", 48_000, "error")),
        (sound(Note(1_000, Lane.RED)), ("early-note", 1_000, "warning")),
        (sound(Note(1_930, Lane.BLUE)), ("broken-note", 1_930, "warning")),
        (sound(Note(1_920, Lane.BLUE), Note(1_920, Lane.GREEN)), ("three-hands", 1920, "warning")),
        (
            sound(Note(2_400, Lane.RED, flam=True), Note(2_400, Lane.GREEN)),
            ("half-flam", 2_400, "hint"),
        ),
        (sound(Note(2_000, Lane.BLUE, length=96)), ("sustain", 2_000, "hint")),
        (sound(*kicks(60, 9)), ("fast-kicks", 1_920, "hint")),
        (with_phrases(Phrase(PhraseKind.STAR_POWER, 0, 1920)), ("empty-phrase", 0, "warning")),
        (with_phrases(Phrase(PhraseKind.ACTIVATION, 1921, 479)), ("empty-phrase", 1921, "warning")),
        (
            with_phrases(
                Phrase(PhraseKind.STAR_POWER, 1920, 481), Phrase(PhraseKind.STAR_POWER, 2400, 9)
            ),
            ("overlap", 2400, "error"),
        ),
        (with_other(EASY), ("empty-difficulty", None, "warning")),
        (with_other(EASY, Note(1920, Lane.KICK, double_kick=True)), ("forbidden", 1920, "error")),
        (
            with_other(EASY, *(Note(1920, lane) for lane in (Lane.KICK, Lane.RED, Lane.BLUE))),
            ("forbidden", 1920, "warning"),
        ),
        (
            with_other(EASY, *(Note(2000 + 99 * i, Lane.RED) for i in range(9))),
            ("not-reduced", None, "hint"),
        ),
        (sound(tracks={EASY: sound().expert}), ("no-expert", None, "error")),
        (sound(tracks={}), ("no-notes", None, "error")),
    ],
)
def test_one_fault_gives_its_one_problem(song: Song, expected: tuple[str, int | None, str]) -> None:
    assert rules(song) == [expected]


@pytest.mark.parametrize(
    ("tempo_map", "expected"),
    [
        (TempoMap(), [("default-tempo", None, "hint")]),
        (
            TempoMap(480, (TempoChange(0, 5e5), TempoChange(1920, 2e7))),
            [("tempo", 1920, "error")],
        ),
        (
            TempoMap(480, (TempoChange(0, 5e5), TempoChange(1920, 1e5))),
            [("tempo", 1920, "warning")],
        ),
        (
            TempoMap(signatures=(TimeSignature(0), TimeSignature(1000, 3), TimeSignature(1920, 5))),
            [("time-signature", 1000, "warning")],
        ),
        (TempoMap(signatures=(TimeSignature(0, 4, 3),)), [("time-signature", 0, "error")]),
    ],
)
def test_timing(tempo_map: TempoMap, expected: list[tuple[str, int | None, str]]) -> None:
    found = rules(sound(tempo_map=tempo_map, metadata=replace(FULL, length_ms=None)))
    assert [rule for rule in found if rule[0] != "default-tempo" or rule in expected] == expected


def test_marked_double_kicks_and_slow_ones_are_fine() -> None:
    assert rules(sound(*kicks(60, 9, double_kick=True))) == []
    assert rules(sound(*kicks(120, 9))) == []
    assert rules(sound(*kicks(60, 5))) == []


def test_unsorted_and_negative_notes() -> None:
    notes = (Note(-5, Lane.RED), Note(1920, Lane.RED), Note(1920, Lane.RED))
    song = sound(tracks=MappingProxyType({Difficulty.EXPERT: Track(notes)}))
    assert {("before-start", -5, "error"), ("order", 1920, "error")} <= set(rules(song))


def test_long_charts_are_asked_about_star_power() -> None:
    notes = tuple(Note(1920 + 480 * i, Lane.RED) for i in range(150))
    bare = Track(notes)
    power = Track(notes, (Phrase(PhraseKind.STAR_POWER, 1920, 480),))
    metadata = replace(FULL, length_ms=100_000)
    for track, rule in ((bare, "no-star-power"), (power, "no-activation")):
        song = sound(tracks=MappingProxyType({Difficulty.EXPERT: track}), metadata=metadata)
        assert rules(song) == [(rule, None, "hint")]


def test_what_one_mend_mends_in_all_difficulties_is_said_once() -> None:
    later = Track((Note(800, Lane.RED), *sound().expert.notes))
    early = Track((Note(400, Lane.RED), *sound().expert.notes[::2]))
    song = sound(tracks=MappingProxyType({Difficulty.EXPERT: later, EASY: early}))
    problems = validate(song)
    assert [(p.rule, p.tick, p.difficulty) for p in problems] == [("early-note", 400, None)]
    alone = sound(tracks=MappingProxyType({Difficulty.EXPERT: sound().expert, EASY: early}))
    assert [(p.tick, p.difficulty) for p in validate(alone) if p.rule == "early-note"] == [
        (400, EASY)
    ]


def test_an_unreduced_difficulty_is_told() -> None:
    notes = tuple(Note(1920 + 120 * i, Lane.RED) for i in range(21))
    tracks = {Difficulty.EXPERT: Track(notes), Difficulty.HARD: Track(notes)}
    assert rules(sound(tracks=MappingProxyType(tracks))) == [("not-reduced", None, "warning")]


def test_the_given_length_wins_over_the_songs() -> None:
    assert rules(sound(), song_length_s=5.0)[0] == ("after-audio", 5280, "error")


def test_a_delay_moves_the_notes_in_the_sound() -> None:
    """The last note, at 5.08 s, is heard at 4.58 s; the first, at 1.85 s, at 1.35 s."""
    sooner = sound(metadata=replace(FULL, delay_ms=-500), end_tick=5280)
    assert [rule for rule, *_ in rules(sooner, song_length_s=4.8)] == ["delay"]
    soonest = sound(metadata=replace(FULL, delay_ms=-1000))
    assert ("early-note", 1920, "warning") in rules(soonest)
    at_once = sound(Note(0, Lane.KICK), metadata=replace(FULL, delay_ms=2000))
    assert [rule for rule, *_ in rules(at_once, song_length_s=9.0)] == ["delay"]
    assert ("after-audio", 5280, "error") in rules(at_once, song_length_s=7.0)


@settings(deadline=None, max_examples=30)
@given(songs())
def test_any_song_is_validated_and_errors_come_first(song: Song) -> None:
    order = [list(Severity).index(problem.severity) for problem in validate(song)]
    assert order == sorted(order)
