"""In which precision this machine computes fastest."""

import torch


def computes_bf16() -> bool:
    """Whether the processor is quicker in bfloat16; elsewhere it would be emulated, and slower."""
    capable = "AVX512" in torch.backends.cpu.get_cpu_capability()
    return capable and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
