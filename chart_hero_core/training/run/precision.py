"""The numeric precision in which this machine trains fastest."""

import time
from collections.abc import Callable
from functools import lru_cache

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own idiom

# A layer of the trunk over two clips of 3 s: small, and in either precision it takes part of a step
# in the same proportion as the whole network.
_CLIPS, _WIDTH, _FRAMES, _TAPS = 2, 256, 256, 5
_TRIES = 3


@lru_cache(maxsize=1)
def computes_bf16() -> bool:
    """Whether the processor learns faster in bfloat16; tried once, in a quarter of a second.

    That it knows bfloat16 says little. Without a matrix unit, what converting costs may be more
    than what is saved: on a Xeon with AVX512 BF16 alone, a step of the large network takes 2.4 s in
    float32 and 3.0 s in bfloat16. Where bfloat16 would be emulated it is not even tried.
    """
    capable = "AVX512" in torch.backends.cpu.get_cpu_capability()
    knows = capable and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return knows and faster_in_bf16(_layer_s)


def faster_in_bf16(took_s: Callable[[bool], float]) -> bool:
    """Whether something takes less time in bfloat16 (``took_s(True)``) than in float32.

    The best of some tries counts, in turns: other programs may disturb any of them.
    """
    for one in (False, True):  # the first time, there is something to set up
        took_s(one)
    tries = [(took_s(False), took_s(True)) for _ in range(_TRIES)]
    return min(narrow for _, narrow in tries) < min(full for full, _ in tries)


def _layer_s(bf16: bool) -> float:
    """How long a convolution takes, forward and backward, whatever the caller does with gradients.

    Draws no random numbers.
    """
    with torch.inference_mode(mode=False), torch.enable_grad():
        heard = torch.full((_CLIPS, _WIDTH, _FRAMES), 0.1, requires_grad=True)
        weights = torch.full((_WIDTH, _WIDTH, _TAPS), 0.01, requires_grad=True)
        began_s = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            predicted = F.conv1d(heard, weights, padding=_TAPS // 2)
        torch.autograd.backward(predicted.float().sum())
        return time.perf_counter() - began_s
