"""The network as it listens."""

import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from torch import nn

from chart_hero_core.model import network as network_module
from chart_hero_core.model.inference_network import optimised_for_inference
from chart_hero_core.model.network import NEAR_FRAMES, DrumNetwork, NetworkSettings

SMALL = NetworkSettings(
    stem=(4, 4, 4), width=32, dilations=(1, 2), fine_width=8, skip_width=4, attention_after=(1,)
)


def _taught(settings: NetworkSettings) -> DrumNetwork:
    """With statistics and attention that are no longer those of a fresh network."""
    torch.manual_seed(0)
    network = DrumNetwork(settings)
    for name, weights in network.attention.named_parameters():
        if name.endswith("weight") and weights.dim() == 2:
            torch.nn.init.normal_(weights, std=0.3)
    features = torch.randn(2, 3, 64, 96)
    for _ in range(3):
        network(features * 3 + 1)
    return network.eval()


@pytest.mark.parametrize("frames", [64, 65, 1])
def test_a_lean_network_says_the_same_without_batch_norms(frames: int) -> None:
    network = _taught(SMALL)
    listener = optimised_for_inference(network)
    norms = (nn.BatchNorm1d, nn.BatchNorm2d)
    assert sum(isinstance(module, norms) for module in network.modules()) == 5
    assert not any(isinstance(module, norms) for module in listener.modules())
    features = torch.randn(2, 3, frames, 96)
    with torch.inference_mode():
        said = network(features)
        torch.testing.assert_close(listener(features), said, rtol=1e-4, atol=1e-5)
        # Working in place, it leaves alone what it was made of and what it is given.
        assert torch.equal(network(features), said)


def test_a_lean_trunk_keeps_channels_innermost() -> None:
    """Otherwise every layer would turn what it gets: a third of the time."""
    listener = optimised_for_inference(_taught(SMALL))
    with torch.inference_mode():
        half = torch.randn(1, 32, 32)
        assert not half.mT.is_contiguous()
        assert all(one.mT.is_contiguous() for one in listener.trunk_blocks(half))


def test_attention_in_blocks_is_attention_to_what_is_near(monkeypatch: pytest.MonkeyPatch) -> None:
    network = _taught(replace(SMALL, attention_reach=5))
    features = torch.randn(1, 3, 333, 96)
    with torch.inference_mode():
        monkeypatch.setattr(network_module, "_QUERIES", 1000)
        at_once = network(features)
        monkeypatch.setattr(network_module, "_QUERIES", 7)
        torch.testing.assert_close(network(features), at_once, rtol=1e-4, atol=1e-5)


def test_the_stem_hears_what_is_near_only() -> None:
    network = _taught(SMALL)
    features = torch.randn(1, 3, 64, 96)
    changed = features.clone()
    changed[:, :, 32 + NEAR_FRAMES :] += 1
    with torch.inference_mode():
        (half, skip), (other, other_skip) = (network.stem_and_skip(x) for x in (features, changed))
    assert torch.equal(half[..., :16], other[..., :16])
    assert torch.equal(skip[..., :32], other_skip[..., :32])
    assert not torch.equal(half, other)


def test_loading_the_shipped_weights_does_not_import_a_compiler() -> None:
    """Half a second of every start went into modules that only torch's compiler needs."""
    asked = (
        "import sys; from chart_hero_core.model.checkpoint import load_checkpoint; "
        "load_checkpoint(); print('torch.fx.experimental.symbolic_shapes' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
