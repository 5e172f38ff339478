"""Training on from the weights of a smaller network: what is new starts without any effect.

A network may grow by input channels, by blocks at the end of the trunk and by attention. It gives
the answers of the smaller one at first, as in Net2Net (Chen et al. 2016).
"""

import torch
from torch import Tensor

from chart_hero_core.model.network import DrumNetwork

# Weights whose second dimension holds the input channels, the added ones last.
_FROM_INPUT = ("stem_full.0.weight", "skip.0.weight")


def grown(trained: DrumNetwork, target: DrumNetwork) -> dict[str, Tensor]:
    """Weights for ``target`` that make it answer like ``trained``.

    Raises:
        ValueError: ``target`` is no larger relative of ``trained``.
    """
    old, new = trained.settings.dilations, target.settings.dilations
    if new[: len(old)] != old:
        raise ValueError("the trunks differ")
    weights = trained.state_dict()
    state = {name: value.clone() for name, value in target.state_dict().items()}
    for name, value in state.items():
        if name in weights:
            state[name] = _taken_over(name, weights[name], value)
        elif not _starts_silent(name, len(old)):
            raise ValueError(f"{name} is missing")
        elif name.startswith("trunk.") and name.rpartition(".")[0].endswith("body.3"):
            state[name] = torch.zeros_like(value)
    if weights.keys() - state.keys():
        raise ValueError("the networks differ")
    return state


def _starts_silent(name: str, old_blocks: int) -> bool:
    """Whether ``name`` is part of attention or of a trunk block that is new."""
    part, _, rest = name.partition(".")
    return part == "attention" or (part == "trunk" and int(rest.split(".")[0]) >= old_blocks)


def _taken_over(name: str, old: Tensor, new: Tensor) -> Tensor:
    """``old``, with zeros for the input channels it does not know."""
    if old.shape == new.shape:
        return old
    alike = old.shape[0] == new.shape[0] and old.shape[2:] == new.shape[2:]
    if name not in _FROM_INPUT or not alike or old.shape[1] > new.shape[1]:
        raise ValueError(f"the shapes of {name} differ")
    widened = torch.zeros_like(new)
    widened[:, : old.shape[1]] = old
    return widened
