"""The mel scale (O'Shaughnessy 1987, the HTK formula): equal steps sound about equal."""

import numpy as np
from numpy.typing import NDArray


def mel_of_hz(hz: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Hertz to mel, in the shape given."""
    return np.asarray(2595.0 * np.log10(1.0 + np.asarray(hz) / 700.0))


def hz_of_mel(mel: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Mel to hertz, in the shape given."""
    return np.asarray(700.0 * (10.0 ** (np.asarray(mel) / 2595.0) - 1.0))
