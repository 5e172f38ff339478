"""``chart-hero info``: facts about everything the program reads."""

import contextlib
import io
import json
import struct
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chart_hero_core.base.errors import CheckpointError
from chart_hero_core.base.files import shipped_checkpoint
from chart_hero_core.base.weights_header import SCHEMA
from chart_hero_core.cli import main
from chart_hero_core.cli.info import checkpoint_facts, describe
from chart_hero_core.formats.package import pack_folder
from chart_hero_core.formats.project import save_project
from chart_hero_core.formats.song_folder import LoadedSong, save_song_folder
from chart_hero_core.model.checkpoint import load_checkpoint
from tests.core.formats.marked_song import make_song, sound
from tests.core.formats.test_project import example


def checkpoint(path: Path, header: object, weights: bytes = b"\0" * 8) -> Path:
    data = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(data)) + data + weights)
    return path


def test_a_song_as_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_song_folder(make_song(), tmp_path, formats=["mid"])
    assert main(["info", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    for line in (
        "name: Títle",
        "bpm: 120.0, 130.0",
        "time signatures: 4/4",
        "  Expert:",
        "    notes: 7",
        "    hihat: 1",
        "    star power phrases: 1",
    ):
        assert line in lines
    assert not any(line.startswith("audio") for line in lines)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_what_a_terminal_cannot_show_is_escaped(
    encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    song = make_song()
    song = replace(song, metadata=replace(song.metadata, name="曲 \udce9"))
    monkeypatch.setattr("chart_hero_core.cli.info.load_song", lambda path: LoadedSong(song, path))
    shown = io.BytesIO()
    with io.TextIOWrapper(shown, encoding) as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        assert main(["info", str(tmp_path)]) == 0
        terminal.flush()
        assert b"\\udce9" in shown.getvalue()


def test_a_sng_and_a_lone_chart_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "f"
    save_song_folder(make_song(), folder, audio={"song": sound(tmp_path / "a.wav")})
    pack_folder(folder, tmp_path / "s.sng")
    for name in ("s.sng", "f/notes.chart"):
        assert main(["info", "--json", str(tmp_path / name)]) == 0
        facts = json.loads(capsys.readouterr().out)
        assert facts["difficulties"]["Expert"]["notes"] == 7
        assert facts["audio"] == {"song": "song.wav"}


def test_lengths_are_in_seconds(tmp_path: Path) -> None:
    song = make_song()
    timed = replace(song, metadata=replace(song.metadata, length_ms=61_234))
    save_song_folder(timed, tmp_path, formats=["chart"])
    facts = describe(tmp_path)
    assert facts["length_s"] == 61.234
    last = song.expert.notes[-1].tick
    assert facts["last_note_s"] == round(song.tempo_map.seconds(last), 3)


def test_a_sound_file(tmp_path: Path) -> None:
    facts = describe(sound(tmp_path / "a.wav", 2.0))
    assert (facts["sample_rate_hz"], facts["length_s"], facts["cover"]) == (8000, 2.0, False)


def test_a_project(tmp_path: Path) -> None:
    save_project(example(), tmp_path / "a.chproj")
    facts = describe(tmp_path / "a.chproj")
    assert facts["notes_touched_by_a_person"] == 3
    assert facts["song_found"] is False
    assert facts["micro_passages"] == 1


def test_a_checkpoint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header = {
        "__metadata__": {"chart_hero": '{"schema": 1, "provenance": {"steps": 9000}}', "x": "y"},
        "weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
        "scale": {"dtype": "F32", "shape": [], "data_offsets": [24, 28]},
    }
    path = checkpoint(tmp_path / "a.safetensors", header, weights=b"\0" * 28)
    assert main(["info", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "parameters: 7\n" in printed
    assert "    steps: 9,000\n" in printed
    assert "x: y\n" in printed


def test_a_checkpoint_that_is_cut_off_or_newer_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = shipped_checkpoint().read_bytes()
    path = tmp_path / "a.safetensors"
    for length in (len(whole) // 2, len(whole) - 1, 1000):
        path.write_bytes(whole[:length])
        assert main(["info", str(path)]) == 1
        assert f"a.safetensors is cut off: it has {length:,} of " in capsys.readouterr().err
        with pytest.raises(CheckpointError, match="is cut off"):
            load_checkpoint(path)
    path.write_bytes(b"")
    assert main(["info", str(path)]) == 1
    assert "a.safetensors is empty. Copy or download it again." in capsys.readouterr().err
    newer = {"__metadata__": {"chart_hero": json.dumps({"schema": SCHEMA + 1})}}
    assert main(["info", str(checkpoint(path, newer))]) == 1
    assert "was made by a newer version of Chart Hero. Update" in capsys.readouterr().err
    assert main(["info", str(shipped_checkpoint())]) == 0


@pytest.mark.parametrize("header", [[], {"a": 1}, {"a": {"shape": ["x"]}}, {"a": {}}])
def test_headers_that_are_none(tmp_path: Path, header: object) -> None:
    with pytest.raises(CheckpointError, match=r"a\.safetensors is not a readable"):
        checkpoint_facts(checkpoint(tmp_path / "a.safetensors", header))


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=60))
def test_damaged_checkpoints(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("info") / "a.safetensors"
    path.write_bytes(data)
    with contextlib.suppress(CheckpointError):
        assert checkpoint_facts(path)["bytes"] == len(data)


def test_what_is_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(tmp_path / "none")]) == 1
    assert "There is no file" in capsys.readouterr().err
    (tmp_path / "a.txt").write_text("x")
    assert main(["info", str(tmp_path / "a.txt")]) == 1
    assert "is not a chart" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--json"], ["list", "--json"], ["--json", "list"]])
def test_models_as_json(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", *words]) == 0
    first = json.loads(capsys.readouterr().out)[0]
    assert (first["name"], first["in_use"], first["shipped"]) == ("default", True, True)
    assert Path(first["file"]) == shipped_checkpoint()
