"""A chart of another cut of the song: seconds away, told with its amount, right once delayed."""

import re
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from chart_hero_core.chart.song import Difficulty, Track
from chart_hero_core.tasks.build_dataset import BuildOptions, BuildReport
from tests.core.dataset.libraries import build, play, take, write_folder


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Songs whose sound is 3.5 s later than the chart, 6 s later, and 6 s sooner."""
    root = tmp_path_factory.mktemp("library")
    for number, away_s in enumerate((3.5, 6.0, -6.0)):
        made = take(number, 60.0)
        sounding = made.times_s + away_s >= 0  # what lies before it is a lead-in without notes
        notes = made.song.expert.notes[int((~sounding).sum()) :]
        song = replace(made.song, tracks=MappingProxyType({Difficulty.EXPERT: Track(notes)}))
        sound = play(made.times_s + away_s, made.drums, 66.0)
        write_folder(root / f"{away_s}", song, stems={"drums": sound})
    return root


def _reasons(report: BuildReport) -> dict[str, str]:
    return {Path(row.path).name: row.reason for row in report.rows}


@pytest.mark.parametrize("options", [BuildOptions(), BuildOptions(warp=True)])
def test_the_offset_is_told(library: Path, tmp_path: Path, options: BuildOptions) -> None:
    told = _reasons(build(library, tmp_path / "set", options))
    assert "3.50 s too early against the audio from start to end" in told["3.5"]
    assert "'delay = 3500' in its song.ini" in told["3.5"]
    assert "6.00 s too early" in told["6.0"]
    assert "6.00 s too late" in told["-6.0"]
    assert "'delay = -6000'" in told["-6.0"]


def test_what_is_told_to_do_puts_it_right(library: Path, tmp_path: Path) -> None:
    for name, reason in _reasons(build(library, tmp_path / "first")).items():
        delay = re.search(r"'(delay = -?\d+)'", reason)
        with (library / name / "song.ini").open("a") as ini:
            ini.write(f"{delay.group(1)}\n")
    report = build(library, tmp_path / "second")
    assert {row.reason for row in report.rows} == {""}
