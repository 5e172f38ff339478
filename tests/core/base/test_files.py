"""Atomic writes keep the old file through every failure; resources and user folders are found."""

import errno
import io
import os
import sys
from pathlib import Path
from typing import IO

import numpy as np
import pytest
import soundfile
import torch

from chart_hero_core.base import files
from chart_hero_core.base.errors import StorageError
from chart_hero_core.base.files import (
    atomic_write,
    keep_newest,
    make_folder,
    patient,
    replaced_together,
)


def test_a_write_replaces_the_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    files.write_text(path, "one\r\n")
    files.write_text(path, "zwei ö\n")
    assert path.read_bytes() == "zwei ö\n".encode()
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("letter", ["a", "漢"])
def test_the_longest_names_can_be_written(tmp_path: Path, letter: str) -> None:
    name = letter * (250 // len(letter.encode()))  # 255 bytes are allowed
    files.write_bytes(tmp_path / name, b"x")
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_names_that_are_no_unicode_can_be_written_about(tmp_path: Path) -> None:
    files.write_text(tmp_path / "a.txt", os.fsdecode(b"caf\xe9\n"))
    assert (tmp_path / "a.txt").read_bytes() == b"caf\\udce9\n"


def test_a_failure_inside_the_block_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    files.write_bytes(path, b"old")

    def write_half() -> None:
        with files.atomic_write(path) as file:
            file.write(b"half")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        write_half()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_one_sentence_and_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.bin"
    files.write_bytes(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match=r"Could not write .*a\.bin: No space left on device\."):
        files.write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="Could not write"):
        files.write_bytes(tmp_path / "file" / "below", b"x")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")
def contents(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir()}


def interrupted_after(path: Path) -> None:
    with replaced_together():
        files.write_text(path, "newer")
        raise KeyboardInterrupt


def test_files_of_one_piece_of_work_are_replaced_together(tmp_path: Path) -> None:
    old = {"a": "old", "b": "old"}
    for name, text in old.items():
        files.write_text(tmp_path / name, text)
    with replaced_together():
        for name in "abc":
            files.write_text(tmp_path / name, "new")
        assert {name: (tmp_path / name).read_text() for name in old} == old
    assert contents(tmp_path) == {"a": "new", "b": "new", "c": "new"}
    with pytest.raises(KeyboardInterrupt):
        interrupted_after(tmp_path / "a")
    assert contents(tmp_path) == {"a": "new", "b": "new", "c": "new"}
    files.write_text(tmp_path / "a", "alone")
    assert (tmp_path / "a").read_text() == "alone"


def test_a_place_that_cannot_be_taken_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()

    def write_all() -> None:
        with replaced_together():
            for name in ("a", "taken", "z"):
                files.write_text(tmp_path / name, "new")

    with pytest.raises(StorageError, match=r"Could not write .*taken"):
        write_all()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "taken"]


def test_permissions_are_kept_and_new_files_follow_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    files.write_bytes(path, b"1")
    plain = tmp_path / "plain"
    plain.write_bytes(b"1")
    assert path.stat().st_mode == plain.stat().st_mode
    path.chmod(0o640)
    with atomic_write(path) as file:
        file.write(b"2")
        (half_written,) = (one for one in tmp_path.iterdir() if one.suffix == ".part")
        assert half_written.stat().st_mode & 0o777 == 0o640
    assert path.stat().st_mode & 0o777 == 0o640


def test_the_umask_is_left_alone_as_it_is_that_of_all_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "umask")
    files.write_bytes(tmp_path / "new.bin", b"1")
    assert (tmp_path / "new.bin").read_bytes() == b"1"


def test_resources_are_found_in_a_checkout_and_when_frozen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert files.resource_path("icons").is_dir()
    (tmp_path / "resources" / "icons").mkdir(parents=True)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert files.resource_path("icons") == tmp_path / "resources" / "icons"
    with pytest.raises(StorageError, match="resources/icons/none"):
        files.resource_path("icons", "none")


def test_user_folders_carry_the_name_of_the_program() -> None:
    for folder in (
        files.user_data_dir(),
        files.user_config_dir(),
        files.user_cache_dir(),
        files.user_log_dir(),
    ):
        assert files.APP_NAME in folder.parts
        assert folder.is_absolute()
        # Tests have folders of their own: they neither find nor leave anything in the person's.
        assert sys.platform != "linux" or Path.home() not in folder.parents


class FullDisk(io.BytesIO):
    """Has room for a kilobyte."""

    def write(self, data: object) -> int:
        if self.tell() + len(memoryview(data)) > 1024:  # type: ignore[arg-type]
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data)  # type: ignore[arg-type]


def test_what_libraries_write_to_a_full_disk_is_one_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def sound(out: IO[bytes]) -> None:
        noise = np.random.default_rng(0).normal(0, 0.1, 40_000)
        soundfile.write(out, noise, 22_050, format="OGG", subtype="VORBIS")

    def state(out: IO[bytes]) -> None:
        torch.save({"weights": torch.zeros(10_000)}, out)

    for write in (sound, state):
        with pytest.raises(OSError, match="No space left"), patient(FullDisk()) as out:
            write(out)
        assert capfd.readouterr().err == ""
        # On a disk with room they write what they would have written without it.
        with atomic_write(tmp_path / "out") as file, patient(file) as out:
            write(out)
        plain = io.BytesIO()
        write(plain)
        assert len((tmp_path / "out").read_bytes()) == len(plain.getvalue())


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="Could not write"):
        make_folder(tmp_path / "file" / "deep")


def test_the_oldest_files_of_a_cache_go_and_what_cannot_go_stays(tmp_path: Path) -> None:
    for age, name in enumerate(("new.npz", "newer-days.txt", "old.npz", "older.npz", "oldest.npz")):
        path = tmp_path / name
        if name == "older.npz":
            path.mkdir()  # which no system deletes like a file
        else:
            path.write_bytes(b"")
        os.utime(path, (1e9 - age, 1e9 - age))
    keep_newest(tmp_path, "*.npz", 2)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["new.npz", "newer-days.txt", "old.npz", "older.npz"]
