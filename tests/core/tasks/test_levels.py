"""Levels in a file: read back as they were written, used in place of the model's, or refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from chart_hero_core.audio.io import AudioClip, SongAudio
from chart_hero_core.base.calibration import Calibration, PresetLevels
from chart_hero_core.base.drums import DRUM_COUNT, Activations, DrumClass
from chart_hero_core.base.errors import SettingsError
from chart_hero_core.base.files import shipped_checkpoint
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.cli import main
from chart_hero_core.model.checkpoint import load_checkpoint, save_checkpoint
from chart_hero_core.tasks.levels import adopt_levels, read_levels, write_levels
from chart_hero_core.tasks.transcribe import Analysis, TranscribeOptions, chart_from
from tests.core.tasks.checkpoints import write_tiny_checkpoint

SHIPPED = shipped_checkpoint().with_name("class_thresholds.json")
NO_FILE = SongAudio(Path("a.wav"), Path(), "a", (), (Path("a.wav"),))


def _levels(threshold: float) -> Calibration:
    levels = PresetLevels(0.0, (threshold,) * DRUM_COUNT)
    return Calibration(domain="drums", presets={"conservative": levels})


def _analysis(calibration: Calibration) -> Analysis:
    """A snare is half sure once a second."""
    curves = np.zeros((DRUM_COUNT, 400), np.float32)
    curves[DrumClass.SNARE, 50::100] = 0.5
    heard = Activations(curves, curves.max(axis=0), 0.01)
    clip = AudioClip(np.zeros(4 * 22050, np.float32), 22050)
    return Analysis(clip, "drums", heard, calibration, "tiny", ())


def test_levels_of_a_file_take_the_place_of_the_models(tmp_path: Path) -> None:
    write_levels({"drums": _levels(0.4)}, tmp_path / "low.json")
    analysis = _analysis(_levels(0.6))
    options = TranscribeOptions(assignments=("presence=0",))
    assert chart_from(NO_FILE, analysis, options, SilentProgress()).hits == ()
    low = replace(options, levels=read_levels(tmp_path / "low.json"))
    found = chart_from(NO_FILE, analysis, low, SilentProgress())
    assert [hit.drum for hit in found.hits] == [DrumClass.SNARE] * 4
    assert found.analysis.calibration == _levels(0.4)
    mix = replace(analysis, domain="mix")
    with pytest.raises(SettingsError, match="none for mix"):
        chart_from(NO_FILE, mix, low, SilentProgress())


def test_the_shipped_file_can_be_read() -> None:
    assert set(read_levels(SHIPPED)) == {"drums", "mix"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "not a file of levels"),
        (b"[" * 100_000, "not a file of levels"),
        (b"[1]", "not a file of levels"),
        (b"{}", "holds no levels"),
        (b'{"drums": {}, "dance": {}}', "holds no levels"),
        (b'{"drums": 3}', "cannot be used"),
        (b'{"drums": {"schema": 1, "domain": "mix"}}', "has levels for mix under drums"),
        (SHIPPED.read_bytes()[:-9], "not a file of levels"),
        (SHIPPED.read_bytes().replace(b"activity_gate", b"gate"), "cannot be used"),
    ],
)
def test_what_is_no_file_of_levels(
    content: bytes, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "l.json"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=sentence):
        read_levels(path)
    assert main(["transcribe", str(path), "--no-chart", "--thresholds", str(path)]) == 1
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_levels_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Could not read"):
        read_levels(tmp_path / "none.json")


def test_levels_of_a_file_become_those_of_a_checkpoint_whose_weights_stay(tmp_path: Path) -> None:
    source, output = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    tiny = load_checkpoint(write_tiny_checkpoint(tmp_path / "tiny.safetensors"))
    mix = Calibration(domain="mix", arbitration_margin=0.1)
    old = replace(tiny, calibrations={"drums": _levels(0.6), "mix": mix})
    save_checkpoint(old, source, compact=True)
    write_levels({"drums": _levels(0.4)}, tmp_path / "mine.json")
    expected = {"drums": _levels(0.4), "mix": mix}
    assert adopt_levels(source, tmp_path / "mine.json", output) == expected
    assert load_checkpoint(output).calibrations == expected
    with safe_open(source, "np") as before, safe_open(output, "np") as after:
        assert list(after.keys()) == list(before.keys())
        for name in before.keys():  # noqa: SIM118
            np.testing.assert_array_equal(after.get_tensor(name), before.get_tensor(name))
            assert after.get_tensor(name).dtype == before.get_tensor(name).dtype


def test_levels_are_taken_over_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = write_tiny_checkpoint(tmp_path / "tiny.safetensors")
    levels = tmp_path / "mine.json"
    write_levels({"drums": _levels(0.4)}, levels)
    assert main(["calibrate", str(checkpoint), "--levels", str(levels)]) == 0
    assert "conservative gate 0.00  kick 0.40" in capsys.readouterr().out
    assert load_checkpoint(checkpoint).calibrations["drums"] == _levels(0.4)
    before = checkpoint.read_bytes()
    levels.write_text("{}")
    assert main(["calibrate", str(checkpoint), "--levels", str(levels)]) == 1
    assert "holds no levels" in capsys.readouterr().err
    assert checkpoint.read_bytes() == before
