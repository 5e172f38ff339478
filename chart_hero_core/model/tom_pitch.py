"""The small network that estimates the pitch of tom strokes.

It convolves over pitch, so an input an octave lower gives an output an octave lower, and what it
learned from one kit's toms holds for others. ``training/small_networks`` trains it.
"""

from functools import lru_cache
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from chart_hero_core.base.arrays import Float32Array, Float64Array
from chart_hero_core.base.files import resource_path
from chart_hero_core.features import stroke_pitch

# Toms are not tuned higher than this; the overtones above are listened to only.
TOM_PITCHES_HZ: Float64Array = stroke_pitch.PITCHES_HZ[:40]
_WIDTH = 24
# Two octaves, and one: the overtones of a head lie in there.
_KERNELS = (25, 13)


class TomPitchNet(nn.Module):
    """``[N, 4, 48]`` of ``stroke_spectra`` to ``[N, 41]``: log odds of each of
    ``TOM_PITCHES_HZ``, and of no tom at all."""

    def __init__(self) -> None:
        super().__init__()
        first, second = _KERNELS
        self.first = nn.Conv1d(stroke_pitch.SPECTRA, _WIDTH, first, padding=first // 2)
        self.second = nn.Conv1d(_WIDTH, _WIDTH, second, padding=second // 2)
        self.pitch = nn.Conv1d(_WIDTH, 1, 1)
        self.none = nn.Linear(2 * _WIDTH, 1)
        self.dropout = nn.Dropout(0.1)

    def forward(self, spectra: Tensor) -> Tensor:
        """Spectra ``[N, 4, 48]`` to logits ``[N, 41]``."""
        hidden = torch.relu(self.first(spectra))
        hidden = torch.relu(self.second(self.dropout(hidden)))
        whole = torch.cat([hidden.mean(dim=2), hidden.amax(dim=2)], dim=1)
        pitches = self.pitch(hidden)[:, 0, : len(TOM_PITCHES_HZ)]
        return torch.cat([pitches, self.none(whole)], dim=1)


def load_tom_pitch_net(path: Path) -> TomPitchNet:
    """Read the weights from a safetensors file."""
    net = TomPitchNet()
    net.load_state_dict(load_file(path))
    return net.eval()


@lru_cache(maxsize=1)
def _shipped() -> TomPitchNet:
    return load_tom_pitch_net(resource_path("tom_pitch.safetensors"))


def estimate_pitches(
    samples: Float32Array, times_s: Float64Array
) -> tuple[Float64Array, Float64Array]:
    """The pitch of each stroke if it is a tom, and whether it is one.

    Args:
        samples: mono, 22.05 kHz.
        times_s: of the strokes, ``[N]``.

    Returns:
        probabilities of ``TOM_PITCHES_HZ``, ``[N, 40]``, rows summing to 1; and of a tom, ``[N]``.
    """
    spectra = torch.from_numpy(stroke_pitch.stroke_spectra(samples, times_s))
    with torch.inference_mode():
        logits = _shipped()(spectra).double()
    pitches = torch.softmax(logits[:, :-1], dim=1)
    tom = 1 - torch.softmax(logits, dim=1)[:, -1]
    return pitches.numpy(), tom.numpy()
