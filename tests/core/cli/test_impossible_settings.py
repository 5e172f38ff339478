"""Numbers that nothing can be made with are refused in a sentence, before the work."""

import pytest

from chart_hero_core.base.errors import SettingsError
from chart_hero_core.cli import main
from chart_hero_core.training.small_networks.hit_beats import HitBeatSettings
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
        [*_CONTEXT, "--steps", "0"],
        [*_CONTEXT, "--share", "nan"],
    ],
)
def test_of_the_command_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 1
    told = capsys.readouterr().err
    assert told.startswith("chart-hero: ")
    assert "must" in told or "Render some minutes" in told


def test_of_the_small_networks() -> None:
    with pytest.raises(SettingsError):
        HitBeatSettings(steps=0)
    with pytest.raises(SettingsError):
        TomPitchSettings(clips=0)
