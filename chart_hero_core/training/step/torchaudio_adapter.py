"""The one place that imports torchaudio.

Releases since 2.9 load a native extension that is built against CUDA's libraries and cannot be
imported beside a CPU-only torch. What we use is pure torch, so a stand-in for the extension's
loader is put in place when the real one fails.
"""

import importlib
import sys
import types

from torch import Tensor, nn


class _NoExtension(types.ModuleType):
    """Says to torchaudio that its native extension is not there."""

    def __init__(self) -> None:
        super().__init__("torchaudio._extension")
        self._IS_TORCHAUDIO_EXT_AVAILABLE = False
        self._IS_ALIGN_AVAILABLE = False
        self._IS_RIR_AVAILABLE = False
        self.lazy_import_sox_ext = lambda: None
        self.fail_if_no_align = lambda function: function
        self.fail_if_no_rir = lambda function: function


def load_transforms() -> types.ModuleType:
    """``torchaudio.transforms``, with or without the native extension."""
    try:
        return importlib.import_module("torchaudio.transforms")
    except (ImportError, OSError, RuntimeError):
        for name in [n for n in sys.modules if n == "torchaudio" or n.startswith("torchaudio.")]:
            del sys.modules[name]
        sys.modules["torchaudio._extension"] = _NoExtension()
        return importlib.import_module("torchaudio.transforms")


class BandMask(nn.Module):
    """SpecAugment's frequency masking (Park et al. 2019): a stripe of bands per channel, in half of
    the clips.

    Time is never masked: a stroke that cannot be heard must not be asked for.
    """

    def __init__(self, widest: int, odds: float = 0.5) -> None:
        super().__init__()
        self._mask = load_transforms().FrequencyMasking(freq_mask_param=widest, iid_masks=True)
        self._odds = odds

    def forward(self, features: Tensor) -> Tensor:
        """Features ``[N, channels, T, bands]`` with some bands set to 0; the input is kept."""
        # torchaudio masks [..., bands, T], one mask for every clip and channel.
        masked = self._mask(features.transpose(2, 3).clone()).transpose(2, 3)
        spared = features.new_empty(len(features)).uniform_() >= self._odds
        return features.where(spared[:, None, None, None], masked)
