"""Building once more: what is kept, what is done again, and going on after a stop or a kill."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chart_hero_core.base.errors import Cancelled, DatasetError
from chart_hero_core.base.progress import CallbackProgress, SilentProgress
from chart_hero_core.dataset.index import open_dataset
from chart_hero_core.dataset.journal import NAME, read_journal
from chart_hero_core.tasks import build_dataset as build_task
from chart_hero_core.tasks.build_dataset import BuildOptions, BuildReport, build_dataset
from tests.conftest import PROJECT
from tests.core.dataset.libraries import SONG_S, build, row_of, stopping, take, write_folder


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
    made = take(13, SONG_S, 143.0)
    write_folder(tmp_path / "new", made.song, stems={})
    (pair / "12/notes.chart").write_bytes((tmp_path / "new/notes.chart").read_bytes())
    report = build(pair, folder)
    assert report.processed == 1
    assert row_of(report, "12").verdict == "dropped"
    assert build(pair, folder, BuildOptions(hop=64)).processed == 2


def test_songs_that_are_away_are_remembered(pair: Path, tmp_path: Path) -> None:
    folder = tmp_path / "dataset"
    build(pair, folder)
    (pair / "12").rename(tmp_path / "away")
    assert len(build(pair, folder).rows) == 1
    (tmp_path / "away").rename(pair / "12")
    assert build(pair, folder).processed == 0
