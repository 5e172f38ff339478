"""Growing a network: the larger one first answers like the smaller one."""

from dataclasses import replace

import pytest
import torch

from chart_hero_core.model.grow import grown
from chart_hero_core.model.network import DrumNetwork, NetworkSettings

SMALL = NetworkSettings(
    channels=2, stem=(4, 4, 4), width=8, dilations=(1, 2), fine_width=8, skip_width=4
)
LARGER = replace(SMALL, channels=3, stem=(6, 5, 7), dilations=(1, 2, 4), attention_after=(1, 2))


def _answers(network: DrumNetwork, features: torch.Tensor) -> torch.Tensor:
    network.eval()
    with torch.no_grad():
        return torch.as_tensor(network(features))


def test_a_grown_network_answers_alike_and_can_learn_with_its_new_parts() -> None:
    torch.manual_seed(3)
    small, larger = DrumNetwork(SMALL), DrumNetwork(LARGER)
    features = torch.randn(1, 3, 64, SMALL.bands)
    before = _answers(small, features[:, :2])
    assert (_answers(larger, features) - before).abs().max() > 1e-3
    larger.load_state_dict(grown(small, larger))
    torch.testing.assert_close(_answers(larger, features), before)
    larger.train()
    larger(features).square().sum().backward()
    new_block = dict(larger.named_parameters())["trunk.2.body.3.weight"].grad
    new_channel = dict(larger.named_parameters())["stem_full.0.weight"].grad
    widened = dict(larger.named_parameters())["stem_half.0.0.weight"].grad
    projected = dict(larger.named_parameters())["project.weight"].grad
    assert new_block is not None
    assert new_channel is not None
    assert new_block.abs().max() > 0
    assert new_channel[:, 2].abs().max() > 0
    assert widened is not None
    assert projected is not None
    assert widened[:4, 4:].abs().max() > 0  # what the old channels may yet take from the new ones
    assert projected[:, 4 * 12 :].abs().max() > 0


@pytest.mark.parametrize(
    "other",
    [
        replace(LARGER, width=16),
        replace(LARGER, dilations=(1, 4, 2)),
        replace(LARGER, channels=1),
        replace(LARGER, stem=(6, 3, 7)),
        replace(LARGER, bands=48),
    ],
)
def test_another_shape_is_refused(other: NetworkSettings) -> None:
    with pytest.raises(ValueError, match="differ"):
        grown(DrumNetwork(SMALL), DrumNetwork(other))


def test_a_network_does_not_shrink() -> None:
    with pytest.raises(ValueError, match="differ"):
        grown(DrumNetwork(LARGER), DrumNetwork(SMALL))
