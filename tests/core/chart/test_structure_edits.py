"""Edits of sections, phrases, song data, whole tracks and the tempo map."""

from dataclasses import replace

import pytest

from chart_hero_core.base.errors import ChartError
from chart_hero_core.chart import edits as e
from chart_hero_core.chart.song import (
    Difficulty,
    Metadata,
    Phrase,
    PhraseKind,
    Section,
    Song,
)
from chart_hero_core.timing.tempo_map import TempoMap
from tests.core.chart.songs import (
    SUGGESTED,
    deep,
    hat,
    snare,
    song_of,
)

EXPERT = Difficulty.EXPERT


def test_sections() -> None:
    song, _ = e.AddSection(960, "Chorus").apply(Song())
    song, _ = e.AddSection(0, "Verse").apply(song)
    song, _ = e.ChangeSection(960, name="Bridge", new_tick=1920).apply(song)
    assert song.sections == (Section(0, "Verse"), Section(1920, "Bridge"))
    song, undo = e.RemoveSection(0).apply(song)
    assert song.sections == (Section(1920, "Bridge"),)
    assert undo.apply(song)[0].sections[0] == Section(0, "Verse")
    practice = Song(sections=(Section(0, "verse_1", practice=True),))
    moved, _ = e.ChangeSection(0, name="verse_2", new_tick=960).apply(practice)
    assert moved.sections == (Section(960, "verse_2", practice=True),)
    with pytest.raises(ChartError, match="No section starts at tick 5"):
        e.ChangeSection(5, name="x").apply(song)
    with pytest.raises(ChartError, match="needs a name"):
        e.AddSection(0, " ").apply(song)


def test_phrases_of_one_kind_do_not_overlap() -> None:
    song = song_of(snare(0))
    song, _ = e.AddPhrase(Phrase(PhraseKind.STAR_POWER, 0, 480)).apply(song)
    song, _ = e.AddPhrase(Phrase(PhraseKind.SOLO, 0, 480)).apply(song)
    song, undo = e.AddPhrase(Phrase(PhraseKind.STAR_POWER, 240, 480), EXPERT).apply(song)
    assert song.expert.phrases == (
        Phrase(PhraseKind.SOLO, 0, 480),
        Phrase(PhraseKind.STAR_POWER, 240, 480),
    )
    assert undo.apply(song)[0].expert.phrases[1] == Phrase(PhraseKind.STAR_POWER, 0, 480)
    song, _ = e.RemovePhrases(PhraseKind.STAR_POWER, 300, 301).apply(song)
    assert song.expert.phrases == (Phrase(PhraseKind.SOLO, 0, 480),)


def test_phrases_need_a_track_and_a_length() -> None:
    with pytest.raises(ChartError, match="no Easy chart"):
        e.AddPhrase(Phrase(PhraseKind.SOLO, 0, 9), Difficulty.EASY).apply(Song())
    with pytest.raises(ChartError, match="needs a length"):
        e.AddPhrase(Phrase(PhraseKind.SOLO, 0, 0)).apply(song_of(snare(0)))


def test_metadata_and_tracks() -> None:
    song = song_of(snare(0))
    compound = e.Compound(
        "Several",
        (
            e.SetMetadata(Metadata(name="New")),
            e.SetTrack(Difficulty.EASY, song.expert),
            e.SetTrack(EXPERT, None),
        ),
    )
    changed, undo = compound.apply(song)
    assert changed.metadata.name == "New"
    assert list(changed.tracks) == [Difficulty.EASY]
    assert undo.title == "Several"
    assert deep(undo.apply(changed)[0]) == deep(song)
    unsorted = replace(song.expert, notes=(snare(1), snare(0)))
    with pytest.raises(ChartError, match="in order"):
        e.SetTrack(EXPERT, unsorted).apply(song)


def test_keeping_audio_time_moves_ticks() -> None:
    song = replace(
        song_of(snare(480), hat(960, length=480)), sections=(Section(960, "A"),), end_tick=1920
    )
    song, _ = e.AddPhrase(Phrase(PhraseKind.SOLO, 480, 480)).apply(song)
    edit = e.ChangeTempoMap(TempoMap.constant(240), e.Keep.TIME)
    changed, undo = edit.apply(song)
    assert [(n.tick, n.length) for n in changed.expert.notes] == [(960, 0), (1920, 960)]
    assert changed.expert.phrases == (Phrase(PhraseKind.SOLO, 960, 960),)
    assert changed.sections == (Section(1920, "A"),)
    assert changed.end_tick == 3840
    assert deep(undo.apply(changed)[0]) == deep(song)


def test_keeping_the_grid_keeps_ticks() -> None:
    song = song_of(snare(480))
    changed, _ = e.ChangeTempoMap(TempoMap.constant(240)).apply(song)
    assert changed.tracks is song.tracks
    assert changed.tempo_map.tempos[0].bpm == 240


def test_another_resolution_scales_the_grid() -> None:
    changed, _ = e.ChangeTempoMap(TempoMap(192)).apply(song_of(snare(480), snare(720)))
    assert [note.tick for note in changed.expert.notes] == [192, 288]


def test_of_two_notes_that_meet_the_persons_stays() -> None:
    song = song_of(snare(480, origin=SUGGESTED), snare(481))
    changed, _ = e.ChangeTempoMap(TempoMap.constant(30), e.Keep.TIME).apply(song)
    (note,) = changed.expert.notes
    assert note.tick == 120
    assert note.origin.touched
