"""The whole builder on small libraries: verdicts, resuming, updating, and every kind of trouble."""

import csv
import datetime
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from chart_hero_core.base.errors import Cancelled, DatasetError, SettingsError, StorageError
from chart_hero_core.base.progress import CallbackProgress, SilentProgress
from chart_hero_core.chart.song import Origin, Song
from chart_hero_core.cli import main
from chart_hero_core.dataset import making
from chart_hero_core.dataset.index import open_dataset
from chart_hero_core.dataset.journal import NAME, read_journal
from chart_hero_core.dataset.report import render_html
from chart_hero_core.formats.package import save_package
from chart_hero_core.formats.project import Project, SongReference, save_project
from chart_hero_core.tasks import build_dataset as build_task
from chart_hero_core.tasks.build_dataset import (
    BuildOptions,
    BuildReport,
    SongRow,
    build_dataset,
)
from tests.conftest import PROJECT
from tests.core.dataset.libraries import build, play, stopping, take, write_folder

SECONDS = 14.0


def _song(folder: Path, seed: int, offset_s: float = 0.3, sound_of: int | None = None) -> Path:
    """A folder with drums and backing; ``sound_of`` names the take that is really heard."""
    made = take(seed, SECONDS)
    heard = made if sound_of is None else take(sound_of, SECONDS, 143.0)
    drums = play(heard.times_s + offset_s, heard.drums, SECONDS + 1, seed)
    backing = play(np.zeros(0), np.zeros(0), SECONDS + 1, seed, noise=0.05)
    return write_folder(folder, made.song, stems={"drums": drums, "song": backing})


def _row(report: BuildReport, name: str) -> SongRow:
    return next(row for row in report.rows if Path(row.path).name == name)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Good songs, a copy, another's sound, broken files."""
    root = tmp_path_factory.mktemp("library")
    _song(root / "good", 1, 0.8)
    made = take(1, SECONDS)
    whole = play(made.times_s, made.drums, SECONDS, 1) * np.float32(0.5)
    write_folder(root / "copy", made.song, name="By another", stems={"song": whole}, suffix=".mp3")
    made = take(2, SECONDS)
    mix = play(made.times_s + 0.1, made.drums, SECONDS + 1, 2, noise=0.1)
    write_folder(root / "mix only", made.song, stems={"song": mix})
    _song(root / "wrong", 3, sound_of=4)
    _song(root / "no audio", 5)
    (root / "no audio/drums.ogg").unlink()
    (root / "no audio/song.ogg").unlink()
    _song(root / "noise", 6)
    for stem in ("drums", "song"):
        (root / f"noise/{stem}.ogg").write_bytes(b"\x07" * 9_000)
    _song(root / "short", 8)
    for stem in ("drums", "song"):
        sound, rate = soundfile.read(root / f"short/{stem}.ogg")
        soundfile.write(root / f"short/{stem}.ogg", sound[: rate * 9], rate)
    _song(root / "no chart", 7)
    (root / "no chart/notes.chart").write_bytes(b"\x00\x01\x02" * 500)
    return root


@pytest.fixture(scope="module")
def built(library: Path, tmp_path_factory: pytest.TempPathFactory) -> BuildReport:
    """The library built once, by two processes."""
    return build(library, tmp_path_factory.mktemp("dataset"), workers=2)


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
    good = _row(built, "good")
    assert good.offset_ms == pytest.approx(800, abs=3)
    assert good.domains == ("drums", "mix")
    assert _row(built, "mix only").domains == ("mix",)
    dataset = open_dataset(built.folder)
    assert dataset.damaged() == []
    song = next(s for s in dataset.songs(domain="drums") if s.title == "Song 1")
    made = take(1, SECONDS)
    np.testing.assert_allclose(song.times_s, made.times_s + 0.8, atol=0.003)
    np.testing.assert_array_equal(song.drums, made.drums)
    assert song.split in ("train", "validation", "test")
    assert song.reviewed_s == ((0.0, pytest.approx(SECONDS + 1)),)
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


def _copied(built: BuildReport, folder: Path) -> Path:
    for file in built.folder.rglob("*"):
        if file.is_file():
            target = folder / file.relative_to(built.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    return folder


def test_a_second_build_has_nothing_to_do(
    library: Path, built: BuildReport, tmp_path: Path
) -> None:
    folder = _copied(built, tmp_path)
    before = open_dataset(folder)
    again = build(library, folder)
    assert again.processed == 0
    assert open_dataset(folder) == before
    assert [r.verdict for r in again.rows] == [r.verdict for r in built.rows]


def test_a_lost_shard_is_made_again_and_leftovers_go(
    library: Path, built: BuildReport, tmp_path: Path
) -> None:
    folder = _copied(built, tmp_path)
    before = open_dataset(folder)
    (folder / before.entries[0].shard).unlink()
    stray = folder / "shards/zz/.left.npz.x.part"
    stray.parent.mkdir()
    stray.write_bytes(b"half")
    assert build(library, folder).processed == 1
    assert open_dataset(folder) == before
    assert open_dataset(folder).damaged() == []
    assert not stray.exists()


def test_damage_of_the_same_length_is_found_and_mended(
    library: Path, built: BuildReport, tmp_path: Path
) -> None:
    folder = _copied(built, tmp_path)
    shard = folder / open_dataset(folder).entries[-1].shard
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(data)
    report = build_dataset(
        [library], folder, BuildOptions(), SilentProgress(), workers=1, verify=True
    )
    assert report.processed == 1
    assert open_dataset(folder).damaged() == []


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """Two good songs."""
    for seed in (11, 12):
        _song(tmp_path / f"songs/{seed}", seed)
    return tmp_path / "songs"


def test_a_stopped_build_goes_on_where_it_was(pair: Path, tmp_path: Path) -> None:
    folder = tmp_path / "dataset"
    with pytest.raises(Cancelled):
        build_dataset([pair], folder, BuildOptions(), stopping(1), workers=1)
    with pytest.raises(DatasetError):
        open_dataset(folder)
    done = len(read_journal(folder))
    assert done >= 1
    with (folder / NAME).open("ab") as file:
        file.write(b'{"source": "/torn')  # as a kill in the middle of a line leaves it
    assert build(pair, folder).processed == 2 - done
    assert len(open_dataset(folder).entries) == 4


def test_comparing_check_sums_can_be_stopped(pair: Path, tmp_path: Path) -> None:
    folder = tmp_path / "dataset"
    build(pair, folder)
    compared: list[Path] = []
    asked = CallbackProgress(is_cancelled=lambda: bool(compared))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build_task, "_intact", lambda *_: compared.append(folder))
        with pytest.raises(Cancelled):
            build_dataset([pair], folder, BuildOptions(), asked, workers=1, verify=True)
    assert len(compared) == 1


def test_a_killed_build_goes_on_and_ends_as_if_it_had_not_been(pair: Path, tmp_path: Path) -> None:
    folder = tmp_path / "dataset"
    command = [sys.executable, "-m", "chart_hero_core.cli", "build-dataset", str(pair)]
    process = subprocess.Popen([*command, "-o", str(folder), "--jobs", "1"], cwd=PROJECT)
    deadline = time.monotonic() + 240
    while not read_journal(folder) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait()
    done = len(read_journal(folder))
    assert done >= 1
    assert build(pair, folder).processed == 2 - done
    build(pair, tmp_path / "other")
    assert open_dataset(folder).entries == open_dataset(tmp_path / "other").entries
    assert open_dataset(folder).damaged() == []


def test_only_what_changed_is_done_again(pair: Path, tmp_path: Path) -> None:
    folder = tmp_path / "dataset"
    build(pair, folder)
    first = {row.path: row.split for row in build(pair, folder).rows}
    os.utime(pair / "11/notes.chart", (1, 1))  # touched, but the same
    report = build(pair, folder)
    assert [row.path for row in report.used()] == list(first)
    made = take(13, SECONDS, 143.0)
    write_folder(tmp_path / "new", made.song, stems={})
    (pair / "12/notes.chart").write_bytes((tmp_path / "new/notes.chart").read_bytes())
    report = build(pair, folder)
    assert report.processed == 1
    assert _row(report, "12").verdict == "dropped"
    assert build(pair, folder, BuildOptions(hop=64)).processed == 2


def test_songs_that_are_away_are_remembered(pair: Path, tmp_path: Path) -> None:
    folder = tmp_path / "dataset"
    build(pair, folder)
    (pair / "12").rename(tmp_path / "away")
    assert len(build(pair, folder).rows) == 1
    (tmp_path / "away").rename(pair / "12")
    assert build(pair, folder).processed == 0


def test_a_full_disk_gives_one_sentence_and_keeps_what_is_done(
    pair: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "dataset"
    written: list[Path] = []

    def full(path: Path, data: bytes) -> None:
        if len(written) >= 2:
            raise StorageError(f"Could not write {path}: No space left on device.")
        written.append(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    with monkeypatch.context() as patch:
        patch.setattr(making, "write_bytes", full)
        assert main(["build-dataset", str(pair), "-o", str(folder), "--jobs", "1"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "No space left" in told
    assert len(read_journal(folder)) == 1
    assert build(pair, folder).processed == 1


def test_an_unreadable_folder_is_listed_and_the_rest_goes_on(
    pair: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.scandir

    def refusing(path: str = ".") -> Iterator[os.DirEntry[str]]:
        if str(path).endswith("12"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", refusing)
    report = build(pair, tmp_path / "dataset")
    assert "cannot be read: Permission denied" in _row(report, "12").reason
    assert len(report.used()) == 1


def test_packages_and_projects_are_songs_too(tmp_path: Path) -> None:
    folder = _song(tmp_path / "made", 21, 0.0)
    made = take(21, SECONDS).song
    sounds = {stem: folder / f"{stem}.ogg" for stem in ("drums", "song")}
    save_package(made, tmp_path / "songs/one.sng", formats=("chart",), audio=sounds)
    other = _song(tmp_path / "other", 22, 0.0)
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
    assert reviewed[0][1] < SECONDS - 1
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


@pytest.mark.parametrize(
    "options",
    [
        {"hop": 100},
        {"dilation": -1},
        {"audio": False},
        {"validation": 0.5, "test": 0.5},
    ],
)
def test_senseless_options_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(SettingsError):
        BuildOptions(**options)  # type: ignore[arg-type]


def test_an_empty_place_is_no_library(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no songs"):
        build(tmp_path, tmp_path / "dataset")


def test_a_drive_that_is_not_plugged_in_does_not_empty_the_dataset(
    pair: Path, tmp_path: Path
) -> None:
    build(pair, tmp_path / "d")
    before = {file.name: file.read_bytes() for file in (tmp_path / "d").iterdir() if file.is_file()}
    with pytest.raises(DatasetError, match="It is not there"):
        build(tmp_path / "gone", tmp_path / "d")
    after = {file.name: file.read_bytes() for file in (tmp_path / "d").iterdir() if file.is_file()}
    assert after == before


def test_a_folder_of_archives_is_no_library_and_empties_no_dataset(
    pair: Path, tmp_path: Path
) -> None:
    build(pair, tmp_path / "d")
    before = (tmp_path / "d/index.json").read_bytes()
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs/pack.zip").write_bytes(b"")
    with pytest.raises(DatasetError, match=r"no songs with charts.*packed"):
        build(tmp_path / "packs", tmp_path / "d")
    assert (tmp_path / "d/index.json").read_bytes() == before


def test_a_drum_stem_of_another_song_is_left_out_and_told(tmp_path: Path) -> None:
    made, other = take(1, SECONDS), take(4, SECONDS, 143.0)
    stray = play(other.times_s, other.drums, SECONDS, 4)
    whole = play(made.times_s, made.drums, SECONDS, 1)
    folder = write_folder(tmp_path / "songs/stray", made.song, stems={"song": whole})
    # Beside the stem of a separator the whole song is the mix.
    (folder / "song.ogg").rename(folder / "Title.ogg")
    soundfile.write(folder / "Title (drums).ogg", stray / 2, 22_050)
    row = _row(build(tmp_path / "songs", tmp_path / "d"), "stray")
    assert row.domains == ("mix",)
    assert any("drum stem is left out" in remark for remark in row.remarks)
    assert any("another recording" in remark for remark in row.remarks)


def test_separation_without_demucs_says_what_to_install(
    pair: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DatasetError, match=r"pip install"):
        build(pair, tmp_path / "dataset", BuildOptions(separate=True))


def test_the_command_says_what_came_of_it(
    pair: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "dataset"
    command = ["build-dataset", str(pair), "-o", str(folder), "--jobs", "1"]
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "2 songs used" in told
    assert str(folder / "report.html") in told
