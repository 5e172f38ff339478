"""The main job from the command line: files, summaries, exit codes."""

import json
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
import soundfile

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Difficulty, Note, Song, Track
from chart_hero_core.cli import main
from chart_hero_core.cli.transcribe import early_note, named_differences
from chart_hero_core.decode.marks import Mark
from chart_hero_core.evaluation.strokes import read_tsv
from chart_hero_core.formats.song_folder import load_song_folder
from chart_hero_core.tasks import adapt, transcribe
from chart_hero_core.timing.tempo_map import TempoMap
from chart_hero_core.training.own_songs import adapt as own_songs
from tests.conftest import PROJECT
from tests.core.tasks.checkpoints import write_tiny_checkpoint

DEMO = PROJECT / "resources" / "demo"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_checkpoint(tmp_path_factory.mktemp("model") / "tiny.safetensors")


def test_a_song_becomes_a_folder_and_a_list_of_hits(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target, hits = tmp_path / "out", tmp_path / "hits.tsv"
    arguments = ["transcribe", str(DEMO), "-o", str(target), "--model", str(model), "--json"]
    arguments += ["--hits", str(hits), "--set", "thresholds.kick=0.2", "--micro", "off"]
    arguments += ["--format", "both"]
    assert main(arguments) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["listened_to"] == "drums"
    loaded = load_song_folder(target)
    assert len(loaded.song.expert.notes) == summary["notes"]
    assert summary["differences"] == []
    assert len(read_tsv(hits).times_s) == sum(summary["hits"].values())
    assert {"notes.chart", "notes.mid", "song.ini"} <= {p.name for p in target.iterdir()}


def test_a_song_without_drums_says_what_may_be_amiss(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The backing of a song, copied out of its folder, is a likely first try."""
    soundfile.write(tmp_path / "song.wav", np.zeros(44_100), 22_050)
    assert (
        main(["transcribe", str(tmp_path / "song.wav"), "--no-chart", "--model", str(model)]) == 0
    )
    assert "is it the backing of a song whose drums are a file of their own?" in (
        capsys.readouterr().out
    )


def test_kinds_of_marks_are_named_and_no_others(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["transcribe", "a.wav", "--marks", "ghosts,cowbells"])
    said = " ".join(capsys.readouterr().err.split())
    assert "'cowbells' is no kind of mark (ghosts, accents, double-kicks, rolls or all)" in said


def test_marks_are_put_where_they_are_asked_for(
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def marked(song: Song, _activations: object, wanted: object) -> Song:
        assert wanted == (Mark.GHOST, Mark.DOUBLE_KICK)
        track = Track((Note(960, Lane.KICK, double_kick=True),))
        return replace(song, tracks=MappingProxyType({Difficulty.EXPERT: track}))

    monkeypatch.setattr("chart_hero_core.tasks.marks.with_likely_marks", marked)
    arguments = ["transcribe", str(DEMO), "-o", str(tmp_path / "out"), "--model", str(model)]
    assert main([*arguments, "--micro", "off", "--marks", "ghosts,double-kicks"]) == 0
    (kick,) = load_song_folder(tmp_path / "out").song.expert.notes
    assert kick.double_kick
    assert "Marked: double-kicks 1." in capsys.readouterr().out


def test_what_a_format_cannot_hold_is_named() -> None:
    lost = [f"notes.chart: Expert, 0:0{n}.000: snare: flam on became off." for n in range(7)]
    told = named_differences(lost)
    assert [line.strip() for line in told[:5]] == lost[:5]
    assert "2 more" in told[5]
    assert "--format mid" in told[6]
    assert named_differences([]) == []


def test_a_flam_of_a_chord_in_a_mid_is_not_called_one_that_a_chart_lost() -> None:
    told = named_differences(["notes.mid: Expert, 0:01.000: crash: flam off became on."])
    assert told[1:] == ["  In a .mid a flam is one of all drums of its chord, but for the kick."]


@pytest.mark.parametrize(("tick", "told"), [(96, "0.10 s; --lead-in"), (960, None)])
def test_a_song_that_starts_at_once_is_told_of_the_lead_in(tick: int, told: str | None) -> None:
    track = Track(notes=(Note(tick, Lane.RED),))
    song = Song(tracks=MappingProxyType({Difficulty.EXPERT: track}))
    sentences = early_note(song)
    assert sentences == [] if told is None else told in sentences[0]
    assert early_note(Song()) == []


def test_the_tempo_map_of_a_chart_is_used(model: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    arguments = ["transcribe", str(DEMO), "-o", str(target), "--model", str(model)]
    arguments += ["--tempo-from", str(DEMO / "notes.chart"), "--micro", "off", "--format", "chart"]
    assert main(arguments) == 0
    given = load_song_folder(DEMO).song.tempo_map
    assert isinstance(given, TempoMap)
    assert load_song_folder(target).song.tempo_map.tempos == given.tempos
    assert not (target / "notes.mid").exists()


def test_what_a_chart_holds_beside_the_drums_comes_along_and_the_old_files_are_kept(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = shutil.copytree(DEMO, tmp_path / "song")
    chart = target / "notes.chart"
    arguments = ["transcribe", str(target), "-o", str(target), "--model", str(model)]
    arguments += ["--tempo-from", str(chart), "--micro", "off"]
    for part, kept in (("Single", "notes.chart.bak"), ("DoubleBass", "notes.chart.bak1")):
        other = f"[Expert{part}]\n{{\n  960 = N 0 0\n}}\n"
        chart.write_text(old := f"{chart.read_text()}\n{other}")
        assert main(arguments) == 0
        assert f", {kept}" in capsys.readouterr().out
        assert (target / kept).read_text() == old
        assert other in chart.read_text()
    assert main([*arguments, "--format", "mid"]) == 0
    assert "notes.mid cannot hold 2 kept events" in capsys.readouterr().out
    given = load_song_folder(DEMO).song
    found = load_song_folder(target).song
    assert (found.sections, found.end_tick) == (given.sections, given.end_tick)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing.ogg"], "nothing.ogg"),
        ([str(DEMO), "--preset", "nonsense"], "nonsense"),
        ([str(DEMO), "--model", "nothing.safetensors"], "no checkpoint"),
    ],
)
def test_expected_errors_are_one_sentence(
    arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["transcribe", *arguments, "-o", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_silence_in_the_songs_own_sound_is_refused_before_listening(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "f"
    shutil.copytree(DEMO, folder)
    words = ["transcribe", str(folder), "-o", str(folder), "--lead-in"]
    assert main([*words, "--model", "nothing.safetensors"]) == 1
    assert "own sound" in capsys.readouterr().err


def test_bad_usage_exits_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["transcribe"])
    assert stop.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_a_corrected_passage_is_kept(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    few_steps = partial(own_songs.AdaptSettings, steps=2)  # what they teach is tested elsewhere
    monkeypatch.setattr(own_songs, "AdaptSettings", few_steps)
    target = tmp_path / "out"
    arguments = ["transcribe", str(DEMO), "-o", str(target), "--model", str(model)]
    arguments += ["--micro", "off", "--learn-from", str(DEMO / "notes.chart")]
    assert main(arguments) == 1
    assert "--learn-span" in capsys.readouterr().err
    assert main([*arguments, "--learn-span", "0:20"]) == 0
    given, made = load_song_folder(DEMO).song, load_song_folder(target).song
    assert made.tempo_map.tempos == given.tempo_map.tempos
    last = given.tempo_map.tick_at(20.0)

    def before(notes: tuple[Note, ...]) -> list[tuple[int, int]]:
        return [(note.tick, int(note.drum)) for note in notes if note.tick < last]

    assert before(made.expert.notes) == before(given.expert.notes)
    assert len(before(given.expert.notes)) > 12


@pytest.mark.parametrize("option", [["--lead-in"], ["-o", "out"]])
def test_options_of_a_folder_that_is_not_written_are_refused(
    option: list[str], model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hits = tmp_path / "hits.tsv"
    words = ["transcribe", str(DEMO), "--model", str(model), "--no-chart", "--hits", str(hits)]
    assert main([*words, *option]) != 0
    assert "--no-chart" in capsys.readouterr().err
    assert not hits.exists()


def test_what_cannot_be_done_is_said_before_the_listening(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (adapt, transcribe):
        monkeypatch.setattr(module, "analyse", lambda *_: pytest.fail("it listened"))
    words = ["transcribe", str(DEMO), "-o", str(tmp_path / "out")]
    shutil.copy(DEMO / "song.ogg", tmp_path / "song.ogg")
    nothing = tmp_path / "empty.chart"
    nothing.write_text("[Song]\n{\n  Resolution = 192\n}\n")
    for option, told in (
        (["--tempo-from", str(tmp_path)], f"There is no chart in {tmp_path}."),
        (["--hits", str(tmp_path)], f"Could not write {tmp_path}: it is a folder."),
        (["--learn-from", str(tmp_path), "--learn-span", "0:9"], "There is no chart in"),
        (["--learn-from", str(nothing), "--learn-span", "0:9"], "There are 0 notes in the"),
    ):
        assert main([*words, *option]) != 0
        assert told in capsys.readouterr().err
