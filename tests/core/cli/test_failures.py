"""What the command line says of failures that nobody foresaw."""

import argparse
import errno
import os
from pathlib import Path

import pytest

from chart_hero_core import cli
from chart_hero_core.formats.dot_chart import write_chart
from tests.core.formats.marked_song import sound as write_sound
from tests.core.formats.small_songs import full_song


def test_an_empty_argument_is_not_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.chart").write_bytes(write_chart(full_song()))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        cli.main(["convert", "notes.chart", ""])
    assert stopped.value.code == 2
    assert "an argument is empty" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["notes.chart"]


def test_ctrl_c_while_a_command_is_loaded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("importlib.import_module", interrupt)
    assert cli.main(["validate", "notes.chart"]) == 130
    assert capsys.readouterr().err == "chart-hero: stopped; nothing was left half-written.\n"


def test_a_packed_song_is_to_be_unpacked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "s.zip").write_bytes(b"PK")
    assert cli.main(["convert", str(tmp_path / "s.zip"), str(tmp_path / "out")]) == 1
    assert "s.zip is packed: unpack it" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--output", "--hits"])
def test_where_nothing_can_be_written_is_said_before_the_listening(
    option: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def listen(*_: object) -> None:
        raise AssertionError("listened")

    monkeypatch.setattr("chart_hero_core.cli.transcribe._transcribed", listen)
    monkeypatch.chdir(tmp_path)
    write_sound(tmp_path / "song.wav")
    (tmp_path / "file").write_bytes(b"x")
    assert cli.main(["transcribe", "song.wav", option, str(tmp_path / "file" / "deep" / "x")]) == 1
    assert f"{tmp_path / 'file'} is not a folder." in capsys.readouterr().err
    monkeypatch.setattr("os.access", lambda *_: False)
    assert cli.main(["transcribe", "song.wav", option, "new/deep/x"]) == 1
    assert f"nothing can be written to {tmp_path}." in capsys.readouterr().err
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", "song.wav"]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/songs/a.chart"),
            "chart-hero: /songs/a.chart: No space left on device.",
        ),
        (OSError(errno.EIO, os.strerror(errno.EIO)), "chart-hero: Input/output error."),
    ],
)
def test_an_error_of_the_system_is_one_sentence(
    error: OSError,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(_args: argparse.Namespace) -> int:
        raise error

    monkeypatch.setattr("chart_hero_core.cli.models.run", fail)
    assert cli.main(["models"]) == 1
    assert capsys.readouterr().err == sentence + "\n"
