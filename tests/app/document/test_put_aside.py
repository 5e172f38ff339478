"""Drafts that were put aside."""

import os
import time
from pathlib import Path

import pytest

from chart_hero_app.document.put_aside import KEPT_DAYS, remove_old_copies
from chart_hero_app.document.storage import drafts_dir
from chart_hero_core.formats.old_files import keep_old

_DAY_S = 86_400


def write(name: str, age_days: float) -> Path:
    """A file in the drafts folder that was last written so long ago."""
    file = drafts_dir() / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(name)
    then_s = time.time() - age_days * _DAY_S
    os.utime(file, (then_s, then_s))
    return file


def test_only_old_copies_are_removed() -> None:
    gone = [write(f"a.chproj.bak{number}", KEPT_DAYS + 1) for number in ("", "1", "12")]
    kept = [
        write("a.chproj", 400),  # a draft may be all there is of some work
        write("b.chproj.bak", KEPT_DAYS - 1),
        write("notes.chart.bak", 400),
        write("a.chproj.backup", 400),
    ]
    remove_old_copies()
    assert not any(file.exists() for file in gone)
    assert all(file.exists() for file in kept)


def test_a_copy_of_an_old_draft_is_kept_from_the_day_it_is_made() -> None:
    copy = keep_old(write("old.chproj", 400), b"")
    assert copy is not None
    remove_old_copies()
    assert copy.exists()
    remove_old_copies(time.time() + (KEPT_DAYS + 1) * _DAY_S)
    assert not copy.exists()


def test_links_and_folders_stay(tmp_path: Path) -> None:
    target = tmp_path / "work.txt"
    target.write_text("work")
    later_s = time.time() + 400 * _DAY_S
    (drafts_dir() / "f.chproj.bak").mkdir(parents=True)
    (drafts_dir() / "l.chproj.bak").symlink_to(target)
    remove_old_copies(later_s)
    assert (drafts_dir() / "f.chproj.bak").is_dir()
    assert (drafts_dir() / "l.chproj.bak").is_symlink()
    assert target.read_text() == "work"


def test_no_folder_and_a_refusal_are_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    remove_old_copies()
    first, second = write("a.chproj.bak", 400), write("b.chproj.bak", 400)

    unlink = Path.unlink

    def refuse(file: Path, missing_ok: bool = False) -> None:
        if file == first:
            raise PermissionError(13, "Permission denied")
        unlink(file, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    remove_old_copies()
    assert first.exists()
    assert not second.exists()
