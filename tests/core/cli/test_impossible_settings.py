"""Numbers that nothing can be made with are refused in a sentence, before the work."""

from pathlib import Path

import pytest

from chart_hero_core.base.errors import SettingsError
from chart_hero_core.cli import main
from chart_hero_core.training.small_networks.hit_tempo import HitTempoSettings
from chart_hero_core.training.small_networks.tom_pitch import TomPitchSettings

_SYNTHESISE = ["synthesise", "material", "-o", "out"]
_CONTEXT = ["train-context", "w.safetensors", "songs", "-o", "o.safetensors", "--work", "work"]


@pytest.mark.parametrize(
    "arguments",
    [
        [*_SYNTHESISE, "--song-seconds", "0"],
        [*_SYNTHESISE, "--minutes", "nan"],
        [*_SYNTHESISE, "--minutes", "0"],
        [*_SYNTHESISE, "--seed", "-1"],
        [*_SYNTHESISE, "--decoys", "7"],
        [*_SYNTHESISE, "--part", "dev"],
        [*_SYNTHESISE, "--heldout", "--drumless", "--part", "dev"],
        [*_SYNTHESISE, "--source", "dense", "--charts", "opeth_*"],
        *(
            [*_SYNTHESISE, "--drumless", *more]
            for more in (
                ["--minutes", "3"],
                ["--song-seconds", "20"],
                ["--kit", "jazz"],
                ["--source", "takes"],
                ["--separated"],
                ["--seed", "2"],
            )
        ),
        [*_CONTEXT, "--steps", "0"],
        [*_CONTEXT, "--share", "nan"],
    ],
)
def test_of_the_command_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 1
    told = capsys.readouterr().err
    assert told.startswith("chart-hero: ")
    assert "must" in told or "Render some minutes" in told


@pytest.mark.parametrize(
    "arguments",
    [
        ["--domain", "mix"],
        *(
            ["--offsets", "o.json", *more]
            for more in (
                ["--compact"],
                ["--material", "m"],
                ["--thresholds", "t"],
                ["--drums", "kick"],
            )
        ),
        ["--levels", "l.json"],
        ["--drums", "kick", "--material", "m"],
    ],
)
def test_a_calibration_passes_over_no_option(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrate", "none", "none", *arguments]) == 1
    assert capsys.readouterr().err.startswith("chart-hero: --")


@pytest.mark.parametrize(
    "arguments",
    [
        ["train-beats", "none", "-o"],
        ["train-bars", "none", "-o"],
        ["train-toms", "none", "-o"],
        ["train-tempo-choice", "none", "-o"],
        ["train-double-kicks", "none", "-o"],
        ["train-context", "none", "none", "--work", "work", "-o"],
        ["calibrate", "none", "none", "-o"],
        ["calibrate", "none", "none", "--offsets", "offsets.json", "-o"],
        ["calibrate", "none", "none", "--offsets"],
        ["calibrate", "none", "none", "--thresholds"],
    ],
)
def test_a_place_that_cannot_be_written_is_told_before_the_work(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main([*arguments, str(tmp_path / "file" / "output")]) == 1
    assert capsys.readouterr().err.startswith(f"chart-hero: Could not write {tmp_path / 'file'}: ")


def test_of_the_small_networks() -> None:
    with pytest.raises(SettingsError):
        HitTempoSettings(steps=0)
    with pytest.raises(SettingsError):
        TomPitchSettings(clips=0)


def test_a_calibration_needs_songs_or_levels(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", "none"]) == 1
    assert capsys.readouterr().err.startswith("chart-hero: Name the folder of songs")


def test_drums_to_calibrate_are_named_right(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["calibrate", "none", "none", "--drums", "kick,tom"])
    assert "no drum named 'TOM'; known: kick, snare" in capsys.readouterr().err
