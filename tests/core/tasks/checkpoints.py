"""A tiny untrained checkpoint: quick, and opinionated enough to give some hits."""

from pathlib import Path

import torch

from chart_hero_core.model.checkpoint import Checkpoint, save_checkpoint
from chart_hero_core.model.network import DrumNetwork, NetworkSettings


def write_tiny_checkpoint(path: Path, talkative: bool = False) -> Path:
    """``talkative``: it hears something nearly everywhere."""
    torch.manual_seed(0)
    shape = NetworkSettings(stem=(4, 4, 4), width=8, dilations=(1, 2), fine_width=8, skip_width=4)
    network = DrumNetwork(shape).eval()
    torch.nn.init.normal_(network.head.weight, std=2.0)
    if talkative:
        torch.nn.init.zeros_(network.get_parameter("head.bias"))
    save_checkpoint(Checkpoint(network), path)
    return path
