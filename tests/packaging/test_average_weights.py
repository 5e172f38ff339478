"""Averaging checkpoints: the mean of the weights in the shape of the first, without levels."""

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import torch

from chart_hero_core.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from chart_hero_core.model.network import DrumNetwork, NetworkSettings

SCRIPT = Path(__file__).resolve().parents[2] / "packaging/average_weights.py"
SMALL = NetworkSettings(stem=(4, 4, 4), width=8, dilations=(1, 2), fine_width=8, skip_width=4)


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("average_weights", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def saved(path: Path, value: float, settings: NetworkSettings = SMALL) -> Path:
    network = DrumNetwork(settings).eval()
    with torch.no_grad():
        for weight in network.parameters():
            weight.fill_(value)
    save_checkpoint(Checkpoint(network, provenance={"command": path.stem}), path)
    return path


def test_the_mean_of_two(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = saved(tmp_path / "one.safetensors", 1.0), saved(tmp_path / "two.safetensors", 3.0)
    out = tmp_path / "mean.safetensors"
    monkeypatch.setattr(sys, "argv", ["average", str(out), f"{one}=0.75", f"{other}=0.25"])
    assert script.main() == 0
    mean = load_checkpoint(out)
    assert all(torch.allclose(w, torch.tensor(1.5)) for w in mean.network.parameters())
    assert mean.provenance["averaged"] == "0.75 one.safetensors + 0.25 two.safetensors"
    assert mean.provenance["command"] == "one"


def test_a_smaller_one_is_grown_into_the_shape_of_the_first(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deeper = saved(tmp_path / "deep.safetensors", 1.0, replace(SMALL, dilations=(1, 2, 4)))
    small = saved(tmp_path / "small.safetensors", 3.0)
    out = tmp_path / "mean.safetensors"
    monkeypatch.setattr(sys, "argv", ["average", str(out), f"{deeper}=0.5", f"{small}=0.5"])
    assert script.main() == 0
    mean = dict(load_checkpoint(out).network.named_parameters())
    assert torch.allclose(mean["trunk.1.body.3.weight"], torch.tensor(2.0))  # both have this block
    assert torch.allclose(mean["trunk.2.body.3.weight"], torch.tensor(0.5))  # silent in the small


def test_other_shapes_are_refused(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = saved(tmp_path / "one.safetensors", 1.0)
    wide = saved(tmp_path / "wide.safetensors", 1.0, replace(SMALL, fine_width=16))
    out = tmp_path / "mean.safetensors"
    monkeypatch.setattr(sys, "argv", ["average", str(out), f"{one}=0.5", f"{wide}=0.5"])
    with pytest.raises(SystemExit, match="no larger relative"):
        script.main()
    assert not out.exists()


def test_a_part_without_a_share_is_refused(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["average", "out.safetensors", "one.safetensors"])
    with pytest.raises(SystemExit):
        script.main()
    assert "CHECKPOINT=SHARE: invalid part value" in capsys.readouterr().err
