"""Building a dataset: nothing to learn from, a second program, readers, a full disk."""

import errno
import os
from pathlib import Path

import pytest

from chart_hero_core.base.errors import Cancelled, DatasetError, StorageError
from chart_hero_core.base.locks import exclusive, in_use
from chart_hero_core.cli import main
from chart_hero_core.dataset.index import readers_dir
from chart_hero_core.dataset.journal import Journal, read_journal
from chart_hero_core.dataset.outcome import Outcome
from chart_hero_core.tasks.build_dataset import LOCK_NAME, BuildOptions, build_dataset
from tests.core.dataset.libraries import build, stopping, take, write_folder


@pytest.fixture
def useless(tmp_path: Path) -> Path:
    """A library of one song whose chart cannot be read."""
    write_folder(tmp_path / "library/broken", take(7, 14.0).song, stems={})
    (tmp_path / "library/broken/notes.chart").write_bytes(b"\x00\x01\x02" * 500)
    return tmp_path / "library"


def test_the_command_fails_when_no_song_is_left(
    useless: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "dataset"
    assert main(["build-dataset", str(useless), "-o", str(folder), "--jobs", "1"]) == 1
    told = capsys.readouterr()
    assert "0 songs used" in told.out
    assert "broken" in told.out
    assert str(folder / "report.html") in told.out
    sentence = f"chart-hero: There is no song to learn from in {folder}: all were dropped.\n"
    assert told.err.endswith(sentence)


def test_a_second_program_is_refused_and_the_first_goes_on(
    useless: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chart_hero_core.tasks.build_dataset._PATIENCE_S", 0.2)
    folder = tmp_path / "dataset"
    with exclusive(folder / LOCK_NAME) as first:
        assert first
        with pytest.raises(DatasetError, match="Another program is building the dataset in"):
            build(useless, folder)
        with pytest.raises(Cancelled):
            build_dataset([useless], folder, BuildOptions(), stopping(0))
        assert read_journal(folder) == {}
    assert len(build(useless, folder).rows) == 1


def test_what_a_training_still_reads_is_left(useless: Path, tmp_path: Path) -> None:
    folder = tmp_path / "dataset"
    old = folder / "shards/ab/of_before.mix.npz"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"read at the end of the training")
    with in_use(readers_dir(folder)):
        build(useless, folder)
        assert old.exists()
    build(useless, folder)
    assert not old.exists()


def test_a_journal_on_a_full_disk_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, _line: bytes) -> None:
            pass

        def flush(self) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        def close(self) -> None:
            self.flush()  # as a buffered file does that could not be emptied

    def journalled() -> None:
        with Journal(tmp_path) as journal:
            assert journal._file is not None
            journal._file.close()
            monkeypatch.setattr(journal, "_file", Full())
            journal.add(Outcome("/songs/1", "folder"))

    with pytest.raises(StorageError, match="No space left on device"):
        journalled()
