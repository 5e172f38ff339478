"""What a checkpoint costs is measured on any song, and said in words and as JSON."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import torch

from chart_hero_core.base.errors import AudioError, SettingsError
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.cli import main
from chart_hero_core.model.checkpoint import load_checkpoint
from chart_hero_core.tasks.benchmark_model import BenchmarkOptions, benchmark_model
from tests.core.tasks.checkpoints import write_tiny_checkpoint


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "song.wav"
    sf.write(path, np.random.default_rng(1).normal(0, 0.1, 22050 * 2), 22050)
    return path


def test_figures_fit_the_checkpoint(song: Path, tmp_path: Path) -> None:
    path = write_tiny_checkpoint(tmp_path / "tiny.safetensors")
    threads = torch.get_num_threads()
    options = BenchmarkOptions(seconds=3.0, micro_seconds=1.0, repeat=1, threads=(2, 1))
    found = benchmark_model(path, song, options, SilentProgress())
    network = load_checkpoint(path).network
    assert found.parameters == sum(value.numel() for value in network.parameters())
    assert found.bytes == path.stat().st_size
    assert found.song_s == pytest.approx(3.0, abs=0.01)
    assert [speed.threads for speed in found.speeds] == [2, 1]
    for speed in found.speeds:
        assert speed.times_real_time == pytest.approx(found.song_s / speed.whole_s)
    assert found.micro_cost > 0
    assert torch.get_num_threads() == threads  # nobody else pays for the measurement


def test_the_command_speaks_json(
    song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_tiny_checkpoint(tmp_path / "tiny.safetensors")
    quick = ["--seconds", "2", "--repeat", "1", "--threads", "1"]
    assert main(["benchmark-model", str(path), str(song), "--json", *quick]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["model"] == "tiny.safetensors"
    assert told["speeds"][0]["threads"] == 1
    assert main(["benchmark-model", str(path), str(song), *quick]) == 0
    assert "1 thread: " in capsys.readouterr().out


def test_impossible_measurements_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SettingsError, match="at least 1"):
        BenchmarkOptions(threads=(0,))
    with pytest.raises(SettingsError, match="seconds of sound"):
        BenchmarkOptions(seconds=0.1)
    short = tmp_path / "short.wav"
    sf.write(short, np.full(100, 0.5), 22050)
    path = write_tiny_checkpoint(tmp_path / "tiny.safetensors")
    with pytest.raises(AudioError, match="too short"):
        benchmark_model(path, short, BenchmarkOptions(), SilentProgress())
    assert main(["benchmark-model", str(tmp_path / "absent.safetensors")]) == 1
    assert "no checkpoint" in capsys.readouterr().err
