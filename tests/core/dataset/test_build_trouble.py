"""Disks, drives, folders and options with which no dataset can be built, or only a part of it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chart_hero_core.base.errors import DatasetError, SettingsError, StorageError
from chart_hero_core.cli import main
from chart_hero_core.dataset import making
from chart_hero_core.dataset.journal import read_journal
from chart_hero_core.tasks.build_dataset import BuildOptions
from tests.core.dataset.libraries import build, row_of


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
    assert "cannot be read: Permission denied" in row_of(report, "12").reason
    assert len(report.used()) == 1


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


def test_separation_without_demucs_says_what_to_install(
    pair: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DatasetError, match=r"pip install"):
        build(pair, tmp_path / "dataset", BuildOptions(separate=True))
