"""Imitating source separation: drum stems with gaps, and with some of the music in them.

Charters often separate the drums first (Demucs, Spleeter, UVR) and listen to what comes out. The
best of these programs come close to ideal ratio masks on a spectrogram (Stöter et al., "The 2018
signal separation evaluation campaign", LVA/ICA 2018); so such a mask is drawn here, with the errors
of an estimate, and applied to the mix.
"""

import numpy as np
import scipy.ndimage
import scipy.signal

from chart_hero_core.base.arrays import Float32Array

_WINDOWS = (1024, 2048, 2048, 4096)  # samples at 22.05 kHz
_OVERLAP = 4
_EXPONENTS = (0.9, 2.1)
# Errors of the mask's log odds: their spread, and how many bins and frames each extends over.
_ERROR_SPREAD = (0.5, 4.0)
_ERROR_BINS, _ERROR_FRAMES = (3, 24), (2, 10)
# A separator takes too much or too little throughout.
_BIAS_SPREAD = 0.7
_SILENCE = 1e-6


def separated(drums: Float32Array, music: Float32Array, rng: np.random.Generator) -> Float32Array:
    """``drums`` as a separator would hear them out of ``drums + music``, all ``[N]`` at 22.05 kHz.

    Signal to distortion is 7 to 15 dB where drums and music are equally loud.
    """
    size = int(rng.choice(_WINDOWS))
    transform = scipy.signal.ShortTimeFFT(
        scipy.signal.windows.hann(size, sym=False).astype(np.float32), size // _OVERLAP, 22050
    )
    ours, others = transform.stft(drums), transform.stft(music)
    exponent = rng.uniform(*_EXPONENTS)
    odds = exponent * (np.log(np.abs(ours) + _SILENCE) - np.log(np.abs(others) + _SILENCE))
    odds += rng.normal(0, _BIAS_SPREAD) + rng.uniform(*_ERROR_SPREAD) * _errors(odds.shape, rng)
    mask = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
    return np.asarray(transform.istft(mask * (ours + others), k1=len(drums)), np.float32)


def _errors(shape: tuple[int, int], rng: np.random.Generator) -> Float32Array:
    """Smooth noise of unit spread, ``[bins, frames]``."""
    bins, frames = (int(rng.integers(*extent)) for extent in (_ERROR_BINS, _ERROR_FRAMES))
    coarse = rng.normal(0, 1, (shape[0] // bins + 2, shape[1] // frames + 2)).astype(np.float32)
    factors = [(wanted + 0.5) / had for wanted, had in zip(shape, coarse.shape, strict=True)]
    drawn = scipy.ndimage.zoom(coarse, factors, order=1)[: shape[0], : shape[1]]
    return np.asarray(drawn / (drawn.std() + _SILENCE), np.float32)
