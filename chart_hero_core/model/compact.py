"""8-bit weights: half the size of float16, with next to no loss.

Each row of a large matrix (the weights of one output) is stored as integers from -127 to 127 and
one scale factor, as in weight-only quantisation (Jacob et al. 2018). Computation is in float32.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

# The factors of ``NAME`` are stored as ``NAME`` with this at its end.
FACTORS = "#factors"
# Smaller arrays stay as they are: there is nothing to gain.
_FEWEST = 4096
_MOST = 127


def compacted(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same weights, with large matrices as int8 and float32 factors."""
    found: dict[str, Tensor] = {}
    for name, value in tensors.items():
        if not value.is_floating_point() or value.dim() < 2 or value.numel() < _FEWEST:
            found[name] = value
            continue
        rows = value.float().flatten(1)
        factors = rows.abs().amax(dim=1).clamp(min=1e-12) / _MOST
        found[name] = (rows / factors[:, None]).round().to(torch.int8).reshape(value.shape)
        found[name + FACTORS] = factors
    return found


def expanded(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The inverse of :func:`compacted`, in float32; other tensors are returned unchanged.

    Raises:
        ValueError: the factors do not fit their matrix.
    """
    found: dict[str, Tensor] = {}
    for name, value in tensors.items():
        if name.endswith(FACTORS):
            continue
        factors = tensors.get(name + FACTORS)
        if factors is None:
            found[name] = value
            continue
        if value.dim() < 2 or factors.shape != value.shape[:1]:
            raise ValueError(f"the factors of {name} do not fit")
        found[name] = value.float() * factors.float().reshape(-1, *[1] * (value.dim() - 1))
    return found
