"""A full disk: nothing half done is left, neither files nor the folders made for them."""

import errno
import os
from pathlib import Path

import pytest

from chart_hero_core.base.errors import StorageError
from chart_hero_core.base.files import replaced_together, write_bytes


def fill(disk: pytest.MonkeyPatch, room: int = 0) -> None:
    """From now on nothing is flushed to disk, but for the first ``room`` files."""
    flush, left = os.fsync, [room]

    def full(handle: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        flush(handle)

    disk.setattr(os, "fsync", full)


def test_a_file_that_cannot_be_written_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(monkeypatch)
    with pytest.raises(StorageError, match=r"Could not write .*No space left"):
        write_bytes(tmp_path / "band" / "song" / "a", b"1")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "band").mkdir()
    fill(monkeypatch)
    with pytest.raises(StorageError):
        write_bytes(tmp_path / "band" / "song" / "a", b"1")
    assert [path.name for path in tmp_path.rglob("*")] == ["band"]


def test_files_written_together_leave_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_all() -> None:
        with replaced_together():
            write_bytes(tmp_path / "song" / "a", b"1")
            with replaced_together():  # waits for the end of the outer one
                write_bytes(tmp_path / "song" / "stems" / "b", b"1")
            assert not (tmp_path / "song" / "stems" / "b").exists()
            write_bytes(tmp_path / "song" / "c", b"1")

    fill(monkeypatch, room=2)
    with pytest.raises(StorageError):
        write_all()
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    write_all()
    written = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {"a", "b", "c"}
