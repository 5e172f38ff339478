"""The sentences of the export proof."""

from dataclasses import replace

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Difficulty, Note, Phrase, PhraseKind, Song, Track
from chart_hero_core.formats.proof import ExportProof, compare_songs
from chart_hero_core.timing.tempo_map import TempoMap
from tests.core.chart.songs import song_of


def test_a_place_just_before_a_full_minute_is_told_as_that_minute() -> None:
    fine = TempoMap.constant(120, 10_000)
    song = song_of(Note(1_199_992, Lane.KICK), tempo_map=fine)  # 59.9996 s
    assert compare_songs(song, Song(tempo_map=fine)) == [
        "Expert, 1:00.000 (bar 30): kick is missing."
    ]


def test_sentences_speak_of_one_note_and_of_an_activation() -> None:
    assert ExportProof(1, 1, ()).summary == "1 note written, 1 read back, 0 differences"
    song = song_of(Note(0, Lane.KICK))
    fill = Track(song.expert.notes, (Phrase(PhraseKind.ACTIVATION, 0, 10),))
    filled = replace(song, tracks={Difficulty.EXPERT: fill})
    assert compare_songs(filled, song) == [
        "Expert, 0:00.000 (bar 1): an activation phrase is missing."
    ]
