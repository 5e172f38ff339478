"""Levels in a file: read back as they were written, used in place of the model's, or refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chart_hero_core.audio.io import AudioClip, SongAudio
from chart_hero_core.base.calibration import Calibration, PresetLevels
from chart_hero_core.base.drums import DRUM_COUNT, Activations, DrumClass
from chart_hero_core.base.errors import SettingsError
from chart_hero_core.base.files import shipped_checkpoint
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.cli import main
from chart_hero_core.tasks.levels import read_levels, write_levels
from chart_hero_core.tasks.transcribe import Analysis, TranscribeOptions, chart_from

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
        (b"", "no file of levels"),
        (b"[" * 100_000, "no file of levels"),
        (b"[1]", "no file of levels"),
        (b"{}", "holds no levels"),
        (b'{"drums": {}, "dance": {}}', "holds no levels"),
        (b'{"drums": 3}', "cannot be used"),
        (b'{"drums": {"schema": 1, "domain": "mix"}}', "that they are not"),
        (SHIPPED.read_bytes()[:-9], "no file of levels"),
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
