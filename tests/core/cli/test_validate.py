"""``chart-hero validate``: text, JSON and exit codes."""

import json
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Difficulty, Note, Track
from chart_hero_core.cli import main
from chart_hero_core.formats.song_folder import save_song_folder
from tests.core.formats.marked_song import make_song, sound


def test_a_sound_folder_exits_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_song_folder(make_song(), tmp_path / "f", audio={"song": sound(tmp_path / "a.wav")})
    assert main(["validate", str(tmp_path / "f")]) == 0
    printed = capsys.readouterr().out
    assert printed == "0 errors, 0 warnings, 0 hints\n"


def test_errors_exit_1_and_long_lists_are_cut(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = tuple(Note(9600 + 5 * i, Lane.RED) for i in range(12))
    song = replace(
        make_song(end_tick=None), tracks=MappingProxyType({Difficulty.EXPERT: Track(notes)})
    )
    audio = {"song": sound(tmp_path / "a.wav")}
    save_song_folder(song, tmp_path / "f", formats=["mid"], audio=audio)
    assert main(["validate", str(tmp_path / "f")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "error    Expert 0:09.385 bar 6: This note lies after the end of the audio."
    assert lines[-3:] == [
        "         2 more of after-audio (all of them with --json)",
        "         1 more of broken-note (all of them with --json)",
        "12 errors, 11 warnings, 0 hints",
    ]


def test_json_holds_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_song_folder(make_song(sections=()), tmp_path, formats=["mid"])
    save_song_folder(make_song(end_tick=4000), tmp_path, formats=["chart"])
    (tmp_path / "song.ini").unlink()
    assert main(["validate", "--json", str(tmp_path)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["chart"].endswith("notes.mid")
    rules = {problem["rule"] for problem in found["problems"]}
    assert {"no-audio", "no-song-ini", "two-charts", "no-sections"} <= rules
    assert set(found["problems"][0]) == {
        "severity",
        "rule",
        "message",
        "tick",
        "time_s",
        "difficulty",
    }


def test_what_is_no_chart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(tmp_path)]) == 1
    assert "holds no song" in capsys.readouterr().err


def test_a_second_chart_that_is_broken_is_a_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    audio = {"song": sound(tmp_path / "a.wav")}
    save_song_folder(make_song(), tmp_path / "f", formats=["mid"], audio=audio)
    (tmp_path / "f" / "notes.chart").write_text("lost\n", encoding="utf-8")
    assert main(["validate", str(tmp_path / "f")]) == 0
    printed = capsys.readouterr().out
    assert "warning  notes.chart cannot be read, though games may choose it: This is not" in printed
