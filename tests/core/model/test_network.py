"""The network as it listens."""

import subprocess
import sys

import torch
from torch import nn

from chart_hero_core.model.network import DrumNetwork, NetworkSettings, folded

SMALL = NetworkSettings(
    stem=(4, 4, 4), width=32, dilations=(1, 2), fine_width=8, skip_width=4, attention_after=(1,)
)


def test_folded_batch_norms_change_nothing_but_the_time_it_takes() -> None:
    torch.manual_seed(0)
    network = DrumNetwork(SMALL)
    features = torch.randn(2, 3, 64, 96)
    for _ in range(3):  # statistics that are no longer those of a fresh network
        network(features * 3 + 1)
    network.eval()
    lean = folded(network)
    norms = (nn.BatchNorm1d, nn.BatchNorm2d)
    assert sum(isinstance(module, norms) for module in network.modules()) == 5
    assert not any(isinstance(module, norms) for module in lean.modules())
    with torch.inference_mode():
        torch.testing.assert_close(lean(features), network(features), rtol=1e-4, atol=1e-5)


def test_loading_the_shipped_weights_does_not_import_a_compiler() -> None:
    """Half a second of every start went into modules that only torch's compiler needs."""
    asked = (
        "import sys; from chart_hero_core.model.checkpoint import load_checkpoint; "
        "load_checkpoint(); print('torch.fx.experimental.symbolic_shapes' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
