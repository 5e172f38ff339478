"""Which files become songs, and what charts and projects teach."""

import json
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import soundfile

from chart_hero_core.base.drums import DrumClass, Lane
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.chart.song import (
    Difficulty,
    Dynamic,
    Note,
    Origin,
    Phrase,
    PhraseKind,
    Song,
    Track,
)
from chart_hero_core.dataset.content import read_content, source_files
from chart_hero_core.dataset.labels import joined, labels_of, labels_of_project, without
from chart_hero_core.dataset.sources import Source, SourceKind, find_sources
from chart_hero_core.formats.project import Project, SongReference, save_project
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature
from tests.core.dataset.libraries import take


def _with(song: Song, **changes: Any) -> Song:
    track = replace(song.expert, **changes)
    return replace(song, tracks=MappingProxyType({Difficulty.EXPERT: track}))


def test_labels_are_strokes_beats_and_dynamics() -> None:
    song = take(1).song
    labels = labels_of(song)
    assert labels.bpm == 127
    assert np.isnan(labels.velocities).all()  # no dynamics charted: nothing known
    assert len(labels.downbeats_s) == pytest.approx(len(labels.beats_s) / 4, abs=1)
    notes = list(song.expert.notes)
    notes[3] = replace(notes[3], dynamic=Dynamic.GHOST)
    labels = labels_of(_with(song, notes=tuple(notes)))
    assert labels.velocities[3] < labels.velocities[4]


def test_bars_of_six_eighths_have_two_beats() -> None:
    song = take(1).song
    tempo_map = replace(song.tempo_map, signatures=(TimeSignature(0, 6, 8),))
    labels = labels_of(replace(song, tempo_map=tempo_map))
    assert labels.beats_s[:3] == pytest.approx(np.arange(3) * 1.5 * 60 / 127)
    assert labels.downbeats_s[:3] == pytest.approx(np.arange(3) * 3 * 60 / 127)


def test_beats_are_not_counted_to_a_stray_note_a_day_away() -> None:
    song = take(1).song
    stray = Note(round(song.tempo_map.tick_at(86_400.0)), Lane.KICK)
    labels = labels_of(_with(song, notes=(*song.expert.notes, stray)))
    assert labels.times_s[-1] == pytest.approx(86_400.0, abs=0.01)
    assert labels.beats_s[-1] < 7200.0
    assert labels.beats_s[:40].tolist() == labels_of(song).beats_s[:40].tolist()


def test_rolls_are_not_the_whole_truth() -> None:
    song = _with(take(1).song, phrases=(Phrase(PhraseKind.ROLL, 192, 384),))
    ((start, end),) = labels_of(song).unsure_s
    assert (start, end) == pytest.approx((60 / 127, 3 * 60 / 127))


@pytest.mark.parametrize(
    ("song", "reason"),
    [
        (Song(), "no drum notes"),
        (
            Song(tracks=MappingProxyType({Difficulty.HARD: Track((Note(0, Lane.KICK),))})),
            "only on Hard",
        ),
        (_with(take(1).song, notes=take(1).song.expert.notes[:20]), "too short"),
        (
            _with(take(1).song, notes=tuple(Note(i * 96, Lane.KICK) for i in range(90))),
            "by a program",
        ),
        (
            _with(
                take(1).song,
                notes=tuple(replace(n, cymbal=False) for n in take(1).song.expert.notes),
            ),
            "toms and cymbals",
        ),
    ],
)
def test_poor_charts_are_refused_with_a_reason(song: Song, reason: str) -> None:
    with pytest.raises(DatasetError, match=reason):
        labels_of(song)


def test_generated_charts_are_known_by_what_they_say() -> None:
    song = take(1).song
    told = replace(song, metadata=replace(song.metadata, charter="AutoCharter 2"))
    with pytest.raises(DatasetError, match="by a program"):
        labels_of(told)


def test_odd_tempos_are_told() -> None:
    song = take(1).song
    tempos = (*song.tempo_map.tempos, TempoChange(7_680, 60_000_000 / 900))
    odd = replace(song, tempo_map=TempoMap(192, tempos))
    assert "900 BPM" in labels_of(odd).remarks[0]


def _project_notes() -> list[Note]:
    """40 quarter notes: a person dealt with the 10th to the 29th."""
    return [
        Note(i * 480, Lane.RED, origin=Origin(confidence=0.9, touched=9 <= i < 29))
        for i in range(40)
    ]


def test_only_what_a_person_reviewed_is_truth() -> None:
    rejected = (Note(10 * 480 + 240, Lane.KICK),)
    song = _with(Song(), notes=tuple(_project_notes()), rejected=rejected)
    labels = labels_of_project(Project(song=song))
    assert len(labels.times_s) == 20
    assert labels.reviewed_s is not None
    ((start, end),) = labels.reviewed_s
    assert start == pytest.approx(4.5, abs=0.1)
    assert end == pytest.approx(14.0, abs=0.1)
    assert labels.rejected_times_s.tolist() == [5.25]
    assert labels.rejected_drums.tolist() == [0]


@pytest.mark.parametrize("beside", [9, 28])
@pytest.mark.parametrize("lane", [Lane.KICK, Lane.GREEN])
def test_a_chord_half_gone_through_is_no_truth(beside: int, lane: Lane) -> None:
    suggested = Note(beside * 480, lane, origin=Origin(confidence=0.9))
    notes = sorted([*_project_notes(), suggested], key=lambda note: note.sort_key)
    labels = labels_of_project(Project(song=_with(Song(), notes=tuple(notes))))
    assert set(labels.drums.tolist()) == {int(DrumClass.SNARE)}
    assert len(labels.times_s) == 19


def test_spans_that_a_project_names_win() -> None:
    song = _with(Song(), notes=tuple(_project_notes()))
    project = Project(song=song, view=MappingProxyType({"reviewed_s": [[0, 5], [4, 8], [9, "x"]]}))
    labels = labels_of_project(project)
    assert labels.reviewed_s == ((0.0, 8.0),)
    assert len(labels.times_s) == 17


def test_untouched_projects_teach_nothing() -> None:
    notes = tuple(replace(note, origin=Origin(confidence=0.9)) for note in _project_notes())
    with pytest.raises(DatasetError, match="reviewed"):
        labels_of_project(Project(song=_with(Song(), notes=notes)))


def test_spans_are_joined_and_cut() -> None:
    assert joined([(3, 4), (0, 1), (1, 2)]) == ((0, 2), (3, 4))
    assert without([(0, 10)], [(-1, 1), (4, 5), (9, 12)]) == ((1, 4), (5, 9))


def _export(path: Path, origin: str, difficulty: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"version": 1, "path": origin, "difficulties": {difficulty: {"events": []}}})
    )


def test_every_kind_of_song_is_found_once(tmp_path: Path) -> None:
    for name in ("a/Notes.chart", "a/notes.mid", "b/song.sng", "c/mine.chproj", "d/readme.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    _export(tmp_path / "x/a.midi.json", str(tmp_path / "a/Notes.chart"), "Expert")
    _export(tmp_path / "y/Hard.midi.json", "/gone/notes.mid", "Hard")
    _export(tmp_path / "y/Expert.midi.json", "/gone/notes.mid", "Expert")
    (tmp_path / "z.midi.json").write_text("{")
    found = find_sources([tmp_path, tmp_path / "a"])
    told = [(s.kind, s.path.relative_to(tmp_path.resolve()).as_posix()) for s in found.sources]
    assert told == [
        (SourceKind.FOLDER, "a"),
        (SourceKind.SNG, "b/song.sng"),
        (SourceKind.PROJECT, "c/mine.chproj"),
        (SourceKind.EXPORT, "y/Expert.midi.json"),
    ]
    assert found.sources[0].chart is not None
    assert found.sources[0].chart.name == "notes.mid"  # as games prefer
    assert [u.path.name for u in found.unusable] == ["z.midi.json"]


def test_archives_are_named_since_songs_may_be_in_them(tmp_path: Path) -> None:
    for name in ("packs/Pack.ZIP", "packs/old.rar", "more.7z"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    found = find_sources([tmp_path, tmp_path / "packs/Pack.ZIP"])
    assert {u.path.name for u in found.unusable} == {"Pack.ZIP", "old.rar", "more.7z"}
    assert all("unpacked" in u.reason for u in found.unusable)


def test_what_is_made_of_a_song_depends_on_its_song_ini_however_that_is_spelt(
    tmp_path: Path,
) -> None:
    for name in ("notes.chart", "Song.ini"):
        (tmp_path / name).write_bytes(b"")
    (source,) = find_sources([tmp_path]).sources
    assert [file.name for file in source_files(source)] == ["Song.ini", "notes.chart"]
    (tmp_path / "notes.mid").write_bytes(b"broken")  # that the chart was read depends on it, too
    names = [file.name for file in source_files(source)]
    assert names == ["Song.ini", "notes.chart", "notes.mid"]


def test_links_that_lead_to_themselves_stop_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/notes.chart").write_bytes(b"")
    for name in ("loop.sng", "loop.chproj", "loop.midi.json", "loop"):
        (tmp_path / name).symlink_to(tmp_path / name)
    (tmp_path / "a/above").symlink_to(tmp_path, target_is_directory=True)
    found = find_sources([tmp_path, tmp_path / "loop"])
    assert [s.path.name for s in found.sources] == ["a", "loop.chproj", "loop.sng"]
    assert [u.path.name for u in found.unusable] == ["loop", "loop.midi.json"]


def test_songs_behind_links_are_found_once_and_links_upwards_end_nothing(tmp_path: Path) -> None:
    library, elsewhere = tmp_path / "library", tmp_path / "elsewhere"
    for place in (library / "a", elsewhere / "pack/b"):
        place.mkdir(parents=True)
        (place / "notes.chart").write_bytes(b"")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/notes.chart").write_bytes(b"")
    for name, target in (
        ("pack", elsewhere / "pack"),
        ("again", elsewhere / "pack/b"),
        ("disk", tmp_path),  # leads to "other", which nobody asked for
    ):
        (library / name).symlink_to(target, target_is_directory=True)
    (elsewhere / "pack/back").symlink_to(library, target_is_directory=True)
    (elsewhere / "pack/b/here").symlink_to(elsewhere / "pack/b", target_is_directory=True)
    looked_at: list[str] = []

    class Counting(SilentProgress):
        def check_cancelled(self) -> None:
            looked_at.append("folder")

    found = find_sources([library, elsewhere / "pack", library / "pack"], Counting())
    places = [s.path.relative_to(tmp_path.resolve()).as_posix() for s in found.sources]
    assert places == ["elsewhere/pack/b", "library/a"]
    assert found.unusable == ()
    assert len(looked_at) == 4  # library, a, pack, b
    assert find_sources([library]).sources == found.sources


def test_an_export_leads_to_a_chart_of_another_name(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s/drums.mid").write_bytes(b"")
    _export(tmp_path / "e/a.midi.json", str(tmp_path / "s/drums.mid"), "Expert")
    (source,) = find_sources([tmp_path]).sources
    assert source.chart == (tmp_path / "s/drums.mid").resolve()


def test_a_root_that_is_not_there_is_told(tmp_path: Path) -> None:
    found = find_sources([tmp_path / "nowhere"])
    assert "not there" in found.unusable[0].reason


def test_an_export_without_its_chart_is_read_itself(tmp_path: Path) -> None:
    notes = take(1).song.expert.notes
    codes = {Lane.KICK: "0", Lane.RED: "1", Lane.YELLOW: "2", Lane.GREEN: "68"}
    events = [
        {
            "tick": note.tick,
            "time_sec": 9.0,
            "hit": "66" if note.lane is Lane.YELLOW and note.cymbal else codes[note.lane],
            "flags": {"cymbal": note.cymbal},
        }
        for note in notes
    ]
    document = {
        "version": 1,
        "path": "/gone/notes.mid",
        "song": {"title": "T", "artist": "A", "charter": "C"},
        "timing": {"tpq": 192, "tempos": [{"tick": 0, "us_per_beat": round(60e6 / 127)}]},
        "difficulties": {"Expert": {"events": events}},
    }
    (tmp_path / "song.midi.json").write_text(json.dumps(document))
    soundfile.write(tmp_path / "drums.wav", np.zeros(100), 22_050)
    (source,) = find_sources([tmp_path]).sources
    content = read_content(source, tmp_path / "unpacked")
    np.testing.assert_allclose(content.labels.times_s, labels_of(take(1).song).times_s, atol=1e-5)
    assert content.labels.drums.tolist() == [int(note.drum) for note in notes]
    assert [file.name for file in content.files["drums"]] == ["drums.wav"]
    assert any("disagreed" in sentence for sentence in content.mended)


def test_a_project_whose_sound_was_replaced_is_not_learned_from(tmp_path: Path) -> None:
    sound, file = tmp_path / "a.wav", tmp_path / "a.chproj"
    soundfile.write(sound, np.zeros(4800), 48_000)
    save_project(Project(SongReference.to(sound, file), take(1).song), file)
    soundfile.write(sound, np.zeros(9600), 48_000)
    with pytest.raises(DatasetError, match="was changed or replaced"):
        read_content(Source(file, SourceKind.PROJECT), tmp_path / "unpacked")
    sound.unlink()
    with pytest.raises(DatasetError, match="is not there"):
        read_content(Source(file, SourceKind.PROJECT), tmp_path / "unpacked")
