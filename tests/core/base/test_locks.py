"""Files that one process holds at a time."""

import errno
import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from chart_hero_core.base import locks
from chart_hero_core.base.errors import StorageError
from chart_hero_core.base.locks import exclusive, in_use, is_in_use

HOLD = """
import sys, time
from pathlib import Path
from chart_hero_core.base.locks import exclusive, in_use
with (exclusive if sys.argv[1] == "one" else in_use)(Path(sys.argv[2])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_file_is_held_once_and_let_go(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "one.lock"
    with exclusive(path) as first, exclusive(path) as second:
        assert first
        assert not second
    with exclusive(path) as again:
        assert again


def test_a_killed_process_leaves_nothing_behind(tmp_path: Path) -> None:
    for kind, path in (("one", tmp_path / "one.lock"), ("many", tmp_path / "readers")):
        child = subprocess.Popen(
            [sys.executable, "-c", HOLD, kind, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        if kind == "one":
            with exclusive(path) as mine:
                assert not mine
        else:
            assert is_in_use(path)
        child.kill()
        child.communicate()
        if kind == "one":
            with exclusive(path) as mine:
                assert mine
        else:
            assert not is_in_use(path)
            assert list(path.iterdir()) == []


def test_many_may_use_a_folder(tmp_path: Path) -> None:
    with in_use(tmp_path):
        with in_use(tmp_path):
            assert is_in_use(tmp_path)
        assert is_in_use(tmp_path)
    assert not is_in_use(tmp_path)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="Could not write"), exclusive(tmp_path / "file/a.lock"):
        pass
    with in_use(tmp_path / "file"):  # no mark, and no trouble
        assert not is_in_use(tmp_path / "file")


@pytest.mark.parametrize(
    ("system", "code", "mine"),
    [
        ("win32", errno.EACCES, False),
        ("win32", errno.EINVAL, True),
        ("linux", errno.EAGAIN, False),
        ("linux", errno.ENOLCK, True),
    ],
)
def test_a_drive_without_locks_keeps_nobody_from_work(
    system: str, code: int, mine: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    name, function = ("msvcrt", "locking") if system == "win32" else ("fcntl", "flock")
    fake = ModuleType(name)
    for constant in ("LK_NBLCK", "LOCK_EX", "LOCK_NB"):
        setattr(fake, constant, 0)
    setattr(fake, function, refuse)
    monkeypatch.setitem(sys.modules, name, fake)
    monkeypatch.setattr(sys, "platform", system)
    found = runpy.run_path(locks.__file__)
    with found["exclusive"](tmp_path / "one.lock") as alone:
        assert alone == mine
