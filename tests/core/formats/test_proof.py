"""The export proof: what it finds, and its sentences."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import (
    Difficulty,
    Foreign,
    ForeignItem,
    Note,
    Phrase,
    PhraseKind,
    Section,
    Song,
    Track,
)
from chart_hero_core.formats.proof import ExportProof, compare_songs, verify_export
from chart_hero_core.formats.song_folder import save_song_folder
from chart_hero_core.timing.tempo_map import TempoMap
from tests.core.chart.songs import song_of
from tests.core.formats.marked_song import make_song


def test_it_names_every_difference(tmp_path: Path) -> None:
    save_song_folder(make_song(), tmp_path, formats=["chart"])
    song = make_song(sections=(Section(0, "Start"),), end_tick=None)
    track = song.expert
    notes = (
        replace(track.notes[0], double_kick=True),
        *track.notes[2:],
        Note(9600, Lane.RED, flam=True),
    )
    song = replace(
        song,
        tracks=MappingProxyType({Difficulty.EXPERT: Track(notes)}),
        metadata=replace(song.metadata, name="New"),
    )
    proof = verify_export(tmp_path, song)
    assert not proof.ok
    assert proof.summary == "7 notes written, 7 read back, 8 differences"
    assert set(proof.differences) == {
        "notes.chart: The name reads 'Títle'.",
        "notes.chart: Expert, 0:02.000 (bar 2): kick: double kick on became off.",
        "notes.chart: Expert, 0:02.000 (bar 2): crash was added.",
        "notes.chart: Expert, 0:09.385 (bar 6): snare is missing.",
        "notes.chart: Expert, 0:02.000 (bar 2): a star power phrase was added.",
        "notes.chart: 0:00.000 (bar 1): section Start is missing.",
        "notes.chart: 0:02.000 (bar 2): section Intro was added.",
        "notes.chart: The end event is not where it was.",
    }


def test_a_stale_chart_in_the_folder_is_found(tmp_path: Path) -> None:
    save_song_folder(make_song(), tmp_path, formats=["mid"])
    changed = make_song(end_tick=4320)
    save_song_folder(changed, tmp_path, formats=["chart"])
    proof = verify_export(tmp_path, changed)
    assert proof.differences == ("notes.mid: The end event is not where it was.",)


def test_another_tempo_is_found(tmp_path: Path) -> None:
    save_song_folder(make_song(), tmp_path, formats=["chart"])
    song = make_song(tempo_map=TempoMap.constant(120))
    assert "notes.chart: Notes are out of time by up to 38.5 ms." in (
        verify_export(tmp_path, song).differences
    )
    other = make_song(tempo_map=TempoMap(192))
    assert "resolution" in verify_export(tmp_path, other).differences[0]


def test_events_that_only_one_format_holds_are_told(tmp_path: Path) -> None:
    items = tuple(ForeignItem(f"{level}Single", 96, "N 0 0") for level in ("Easy", "Expert"))
    song = make_song(foreign=(Foreign("chart", (ForeignItem("Song", None, "X = 1"), *items)),))
    save_song_folder(song, tmp_path)
    proof = verify_export(tmp_path, song)
    assert proof.ok
    assert proof.left_out == (
        "notes.mid cannot hold 2 kept events of EasySingle, ExpertSingle. "
        "Most games read notes.mid where both are: notes.chart alone keeps it.",
    )
    save_song_folder(song, tmp_path / "alone", formats=("mid",))
    (alone,) = verify_export(tmp_path / "alone", song).left_out
    assert alone == "notes.mid cannot hold 2 kept events of EasySingle, ExpertSingle."


def test_an_empty_folder(tmp_path: Path) -> None:
    proof = verify_export(tmp_path, make_song())
    assert not proof.ok
    assert proof.read_back == 0
    assert len(proof.differences) == 2


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
