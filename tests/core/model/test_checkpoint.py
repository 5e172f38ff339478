"""Checkpoints are data: they come back as they went, and foreign files are refused politely."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from chart_hero_core.base.calibration import Calibration
from chart_hero_core.base.errors import CheckpointError
from chart_hero_core.model.checkpoint import (
    Checkpoint,
    compact_weights,
    load_checkpoint,
    save_checkpoint,
)
from chart_hero_core.model.context_network import ContextNetwork, ContextSettings
from chart_hero_core.model.network import DrumNetwork, NetworkSettings

SMALL = NetworkSettings(stem=(4, 4, 4), width=8, dilations=(1, 2), fine_width=8, skip_width=4)


@pytest.fixture
def checkpoint() -> Checkpoint:
    torch.manual_seed(0)
    network = DrumNetwork(SMALL).eval()
    return Checkpoint(network, calibrations={"mix": Calibration("mix")}, provenance={"why": "test"})


def schema_of(path: Path) -> int:
    with safe_open(path, framework="pt") as file:
        return int(json.loads(file.metadata()["chart_hero"])["schema"])


@pytest.mark.parametrize("half", [False, True])
def test_round_trip(checkpoint: Checkpoint, tmp_path: Path, half: bool) -> None:
    path = tmp_path / "a.safetensors"
    save_checkpoint(checkpoint, path, half=half)
    loaded = load_checkpoint(path)
    assert loaded.features == checkpoint.features
    assert loaded.network.settings == SMALL
    assert loaded.calibrations == checkpoint.calibrations
    assert loaded.provenance == {"why": "test"}
    assert not loaded.network.training
    x = torch.rand(1, 3, 51, 96)
    with torch.inference_mode():
        difference = (loaded.network(x) - checkpoint.network(x)).abs().max()
    assert difference < (0.02 if half else 1e-6)


def test_compact_weights_are_small_and_answer_alike(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = DrumNetwork(replace(SMALL, width=64)).eval()
    context = ContextNetwork(ContextSettings(hidden=16, embedding=64, width=64, layers=1)).eval()
    whole = Checkpoint(network, context=context)
    save_checkpoint(whole, tmp_path / "half.safetensors")
    save_checkpoint(whole, tmp_path / "compact.safetensors", compact=True)
    sizes = [(tmp_path / f"{name}.safetensors").stat().st_size for name in ("half", "compact")]
    assert sizes[1] < 0.65 * sizes[0]
    assert schema_of(tmp_path / "compact.safetensors") == 3
    loaded, rounded = load_checkpoint(tmp_path / "compact.safetensors"), compact_weights(whole)
    assert loaded.context is not None
    assert rounded.context is not None
    for one, other in ((loaded.network, rounded.network), (loaded.context, rounded.context)):
        for name, value in one.state_dict().items():
            torch.testing.assert_close(value, other.state_dict()[name], atol=1e-3, rtol=1e-3)
    x = torch.rand(1, 3, 51, 96)
    with torch.inference_mode():
        said, wanted = loaded.network(x), network(x)
    assert (said - wanted).abs().max() < 0.03 * wanted.abs().max()
    plain, rough = (each.state_dict() for each in (network, rounded.network))
    assert not torch.equal(plain["trunk.0.body.0.weight"], rough["trunk.0.body.0.weight"])


def test_factors_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    network = DrumNetwork(replace(SMALL, width=64)).eval()
    save_checkpoint(Checkpoint(network), path, compact=True)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    tensors["trunk.0.body.0.weight#factors"] = torch.ones(3)
    save_file(tensors, path, metadata=metadata)
    with pytest.raises(CheckpointError, match="damaged"):
        load_checkpoint(path)


def test_the_network_for_context_comes_along(checkpoint: Checkpoint, tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    context = ContextNetwork(ContextSettings(hidden=16, embedding=8, width=16, layers=1)).eval()
    save_checkpoint(replace(checkpoint, context=context), path, half=False)
    loaded = load_checkpoint(path)
    assert loaded.context is not None
    assert loaded.context.settings == context.settings
    assert not loaded.context.training
    for name, value in context.state_dict().items():
        torch.testing.assert_close(loaded.context.state_dict()[name], value)
    assert loaded.network.state_dict().keys() == checkpoint.network.state_dict().keys()


def test_plain_weights_keep_the_schema_that_older_programs_read(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    save_checkpoint(checkpoint, tmp_path / "a.safetensors")
    assert schema_of(tmp_path / "a.safetensors") == 2


@pytest.mark.parametrize("data", [b"hello", b"\xff" * 64, b"\x80\x04}q\x00."])
def test_foreign_files(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="not a Chart Hero checkpoint"):
        load_checkpoint(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no checkpoint at"):
        load_checkpoint(tmp_path / "nothing.safetensors")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"schema": 99}, "newer version"),
        ({"network": {"width": 10**9}}, "impossible size"),
        ({"network": {"unknown": 1}}, "does not know"),
        ({"network": []}, "does not know"),
        ({"network": {"kernel": 4}}, "impossible size"),
        ({"network": {"kernel": "5"}}, "impossible size"),
        ({"network": {"channels": 10**9}}, "impossible size"),
        ({"network": {"dilations": [0, 1]}}, "impossible size"),
        ({"network": {"dilations": 5}}, "impossible size"),
        ({"network": {"width": 4096, "dilations": [1] * 64, "kernel": 4095}}, "weights"),
        ({"network": {"attention_reach": 2.5}}, "impossible size"),
        ({"network": {"width": 12, "attention_after": [0]}}, "impossible size"),
        ({"calibrations": {"mix": {"schema": 77}}}, "header"),
        ({"calibrations": 3}, "header"),
        ({"features": {"hop": 128, "wrong": 1}}, "header"),
        ({"features": {"hop": 0}}, "header"),
        ({"features": {"hop": "128"}}, "header"),
        ({"features": {"windows": [1024, 384]}}, "header"),
        ({"features": {"windows": [10**9, 384, 192]}}, "header"),
        ({"features": {"bands": 12}}, "header"),
        ({"features": {"sample_rate": 44100}}, "header"),
        ({"features": {"low_hz": "deep"}}, "header"),
        ({"network": {"width": 16}}, "weights"),
        ({"context": {"width": 7}}, "impossible size"),
        ({"context": {"width": 16}}, "weights"),
    ],
)
def test_headers_that_lie(
    checkpoint: Checkpoint, tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    header = {"schema": 1, "features": {}, "network": SMALL.to_dict(), **change}
    if isinstance(change.get("network"), dict):
        header["network"] = {**SMALL.to_dict(), **change["network"]}
    path = tmp_path / "a.safetensors"
    tensors = {k: v.contiguous() for k, v in checkpoint.network.state_dict().items()}
    save_file(tensors, path, metadata={"chart_hero": json.dumps(header)})
    with pytest.raises(CheckpointError, match=sentence):
        load_checkpoint(path)


def test_a_header_without_end(checkpoint: Checkpoint, tmp_path: Path) -> None:
    tensors = {k: v.contiguous() for k, v in checkpoint.network.state_dict().items()}
    save_file(tensors, tmp_path / "a.safetensors", metadata={"chart_hero": "[" * 100_000})
    with pytest.raises(CheckpointError, match="not a Chart Hero checkpoint"):
        load_checkpoint(tmp_path / "a.safetensors")


def test_statistics_that_are_not_numbers(checkpoint: Checkpoint, tmp_path: Path) -> None:
    name = next(name for name, _ in checkpoint.network.named_buffers() if "running" in name)
    checkpoint.network.get_buffer(name).fill_(float("nan"))
    save_checkpoint(checkpoint, tmp_path / "a.safetensors")
    with pytest.raises(CheckpointError, match="not finite"):
        load_checkpoint(tmp_path / "a.safetensors")


def test_weights_that_are_not_numbers(checkpoint: Checkpoint, tmp_path: Path) -> None:
    with torch.no_grad():
        checkpoint.network.head.weight[0, 0, 0] = float("nan")
    save_checkpoint(checkpoint, tmp_path / "a.safetensors")
    with pytest.raises(CheckpointError, match="not finite"):
        load_checkpoint(tmp_path / "a.safetensors")
