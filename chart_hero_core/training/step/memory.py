"""Gradient checkpointing: activations are computed a second time instead of being kept."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

_Layer = Callable[[Tensor], Tensor]
_Norm = nn.modules.batchnorm._BatchNorm


def checkpoint_blocks(blocks: nn.Sequential) -> None:
    """Let each block of ``blocks`` keep only its input for the backward pass.

    Outputs, gradients and the running statistics of batch norms are those of the plain network.
    """
    for block in blocks:
        block.forward = _recomputed(block, block.forward)


def _recomputed(block: nn.Module, forward: _Layer) -> _Layer:
    def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), _still(block)

    def run(x: Tensor) -> Tensor:
        if not block.training:
            return forward(x)
        result: Tensor = checkpoint(forward, x, use_reentrant=False, context_fn=contexts)
        return result

    return run


@contextmanager
def _still(block: nn.Module) -> Iterator[None]:
    """Batch norms do not count a batch twice: its second pass leaves their statistics alone."""
    norms = [module for module in block.modules() if isinstance(module, _Norm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
