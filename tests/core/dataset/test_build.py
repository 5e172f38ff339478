"""The whole builder on small libraries: verdicts, reports, kinds of songs."""

import csv
import datetime
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from chart_hero_core.chart.song import Origin, Song
from chart_hero_core.cli import main
from chart_hero_core.dataset.index import open_dataset
from chart_hero_core.dataset.report import render_html
from chart_hero_core.formats.package import save_package
from chart_hero_core.formats.project import Project, SongReference, save_project
from chart_hero_core.tasks.build_dataset import BuildOptions, BuildReport, SongRow
from tests.core.dataset.libraries import SONG_S, build, play, row_of, take, write_folder, write_song


def test_good_songs_are_used_and_the_others_dropped_with_reasons(built: BuildReport) -> None:
    assert {Path(row.path).name for row in built.used()} == {"good", "mix only"}
    reasons = {Path(row.path).name: row.reason for row in built.dropped()}
    assert "duplicate" in reasons["copy"].lower()
    assert "another recording" in reasons["wrong"]
    assert "no sound file" in reasons["no audio"]
    assert reasons["noise"]
    assert reasons["no chart"]
    assert "ends at 0:09" in reasons["short"]


def test_offsets_domains_and_labels_are_right(built: BuildReport) -> None:
    good = row_of(built, "good")
    assert good.offset_ms == pytest.approx(800, abs=3)
    assert good.domains == ("drums", "mix")
    assert row_of(built, "mix only").domains == ("mix",)
    dataset = open_dataset(built.folder)
    assert dataset.damaged() == []
    song = next(s for s in dataset.songs(domain="drums") if s.title == "Song 1")
    made = take(1, SONG_S)
    np.testing.assert_allclose(song.times_s, made.times_s + 0.8, atol=0.003)
    np.testing.assert_array_equal(song.drums, made.drums)
    assert song.split in ("train", "validation", "test")
    assert song.reviewed_s == ((0.0, pytest.approx(SONG_S + 1)),)
    assert song.grid is not None
    assert song.grid.classes.shape == (8, len(song.samples) // 128 + 1)


def test_the_report_names_every_song(built: BuildReport) -> None:
    with (built.folder / "songs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(built.rows) == 8
    page = (built.folder / "report.html").read_text("utf-8")
    for row in built.rows:
        assert row.song in page
    assert page.count("<svg") == 3 * sum(row.picture is not None for row in built.rows)
    assert "http" not in page.replace("http-equiv", "")


def test_equal_reasons_are_counted_together(tmp_path: Path) -> None:
    reasons = ("It drifts, by 67 ms in all.", "It drifts, by 103 ms in all.")
    copies = ("A duplicate (40% of its sound) of /a/b.", "A duplicate (9% of its chart) of /c.")
    twins = ("The same files as /a/b.", "The same files as C:\\c.")
    rows = [SongRow(why, why, "dropped", why) for why in (*reasons, *copies, *twins)]
    page = render_html(BuildReport(tuple(rows), folder=tmp_path), datetime.datetime(2026, 1, 1))
    counted = page.split('id="dropped"')[1].split("</section>")[0]
    assert re.findall(r"<td[^>]*>([^<]*)</td><td>2</td>", counted) == [
        "It drifts, by … ms in all",
        "A duplicate",
        "The same files",
    ]


def test_packages_and_projects_are_songs_too(tmp_path: Path) -> None:
    folder = write_song(tmp_path / "made", 21, 0.0)
    made = take(21, SONG_S).song
    sounds = {stem: folder / f"{stem}.ogg" for stem in ("drums", "song")}
    save_package(made, tmp_path / "songs/one.sng", formats=("chart",), audio=sounds)
    other = write_song(tmp_path / "other", 22, 0.0)
    save_project(
        Project(SongReference.to(other / "drums.ogg", tmp_path), _half_touched(take(22).song)),
        tmp_path / "songs/two.chproj",
    )
    report = build(tmp_path / "songs", tmp_path / "dataset")
    assert [row.reason for row in report.rows] == ["", ""]
    songs = {song.title: song for song in open_dataset(tmp_path / "dataset").songs("train")}
    assert songs["Song 21"].domain in ("drums", "mix")
    reviewed = songs["Song 22"].reviewed_s
    assert len(reviewed) == 1
    assert reviewed[0][1] < SONG_S - 1
    assert songs["Song 22"].rejected_drums.tolist() == [int(take(22).song.expert.notes[0].drum)]


def _half_touched(song: Song) -> Song:
    notes = song.expert.notes
    half = len(notes) // 3
    mixed = tuple(
        replace(note, origin=Origin(0.9, touched=index < half)) for index, note in enumerate(notes)
    )
    track = replace(song.expert, notes=mixed, rejected=notes[:1])
    return replace(song, tracks={**song.tracks, next(iter(song.tracks)): track})


def test_features_are_kept_when_asked_for(pair: Path, tmp_path: Path) -> None:
    options = BuildOptions(audio=False, mel=True, transient=True, hop=64, dilation=1)
    build(pair, tmp_path / "dataset", options)
    song = next(open_dataset(tmp_path / "dataset").songs(domain="drums"))
    assert not len(song.samples)
    assert song.mel is not None
    assert song.transient_mel is not None
    assert song.mel.shape == song.transient_mel.shape == (3, song.mel.shape[1], 96)
    assert song.transient_mel.mean() < song.mel.mean()
    assert song.grid is not None
    assert song.grid.classes.shape[1] == song.mel.shape[1]


def test_force_and_warp(tmp_path: Path) -> None:
    made = take(31)
    drift = play(0.2 + made.times_s * 1.004, made.drums, 26)
    write_folder(tmp_path / "songs/drift", made.song, stems={"drums": drift})
    other = play(take(33).times_s, take(33).drums, 26)
    write_folder(tmp_path / "songs/wrong", take(32, bpm=143.0).song, stems={"drums": other})
    warped = build(tmp_path / "songs", tmp_path / "a", BuildOptions(warp=True))
    assert [Path(row.path).name for row in warped.used()] == ["drift"]
    song = next(open_dataset(tmp_path / "a").songs())
    assert np.abs(song.times_s - (0.2 + made.times_s * 1.004)).max() < 0.012
    forced = build(tmp_path / "songs", tmp_path / "b", BuildOptions(force=True))
    assert len(forced.used()) == 2


def test_a_drum_stem_of_another_song_is_left_out_and_told(tmp_path: Path) -> None:
    made, other = take(1, SONG_S), take(4, SONG_S, 143.0)
    stray = play(other.times_s, other.drums, SONG_S, 4)
    whole = play(made.times_s, made.drums, SONG_S, 1)
    folder = write_folder(tmp_path / "songs/stray", made.song, stems={"song": whole})
    # Beside the stem of a separator the whole song is the mix.
    (folder / "song.ogg").rename(folder / "Title.ogg")
    soundfile.write(folder / "Title (drums).ogg", stray / 2, 22_050)
    row = row_of(build(tmp_path / "songs", tmp_path / "d"), "stray")
    assert row.domains == ("mix",)
    assert any("drum stem is left out" in remark for remark in row.remarks)
    assert any("another recording" in remark for remark in row.remarks)


def test_the_command_says_what_came_of_it(
    pair: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "dataset"
    command = ["build-dataset", str(pair), "-o", str(folder), "--jobs", "1"]
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "2 songs used" in told
    assert str(folder / "report.html") in told
