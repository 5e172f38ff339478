"""The mel scale (O'Shaughnessy 1987, the HTK formula): equal steps sound about equal."""

import numpy as np

from chart_hero_core.base.arrays import Float64Array


def mel_of_hz(hz: Float64Array | float) -> Float64Array:
    """Hertz to mel, in the shape given."""
    return np.asarray(2595.0 * np.log10(1.0 + np.asarray(hz) / 700.0))


def hz_of_mel(mel: Float64Array | float) -> Float64Array:
    """Mel to hertz, in the shape given."""
    return np.asarray(700.0 * (10.0 ** (np.asarray(mel) / 2595.0) - 1.0))
