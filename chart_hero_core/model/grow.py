"""Initialising a larger network from a smaller trained one, with the same output at first.

A network may gain input channels, channels in the stem, blocks at the end of the trunk, and
attention; the added parts start without any effect, as in Net2Net (Chen et al. 2016).
"""

import torch
from torch import Tensor

from chart_hero_core.model.network import DrumNetwork

# Layers whose channels may become more, the added ones last.
_WIDENING = ("stem_full.", "stem_half.", "project.weight", "skip.0.weight")


def grown(trained: DrumNetwork, target: DrumNetwork) -> dict[str, Tensor]:
    """Weights (a state dict) for ``target`` that make its output equal that of ``trained``.

    Raises:
        ValueError: ``target`` is not an enlarged version of ``trained``.
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
    """``old``, deaf to inputs it does not know; outputs it does not have are those of ``new``."""
    if old.shape == new.shape:
        return old
    smaller = all(a <= b for a, b in zip(old.shape[:2], new.shape[:2], strict=True))
    if not name.startswith(_WIDENING) or not smaller or old.shape[2:] != new.shape[2:]:
        raise ValueError(f"the shapes of {name} differ")
    widened = new.clone()
    widened[: old.shape[0]] = 0
    widened[tuple(slice(size) for size in old.shape)] = old
    return widened
