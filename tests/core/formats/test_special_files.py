"""Pipes and devices that are called like songs: reading some of them would never end."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from chart_hero_core.base.errors import ChartHeroError
from chart_hero_core.formats.project import load_project
from chart_hero_core.formats.song_folder import load_song


@pytest.mark.skipif(os.name != "posix", reason="devices have no names there")
@pytest.mark.parametrize("name", ["a.chart", "a.mid", "a.sng", "a.midi.json", "a.chproj"])
def test_a_device_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).symlink_to("/dev/null")  # the one device that a failing test survives
    read: Callable[[Path], object] = load_project if name.endswith("proj") else load_song
    with pytest.raises(ChartHeroError, match="a pipe or a device, not a file"):
        read(tmp_path / name)


def test_a_folder_that_is_called_like_a_project_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.chproj").mkdir()
    with pytest.raises(ChartHeroError, match="Could not read"):
        load_project(tmp_path / "a.chproj")
