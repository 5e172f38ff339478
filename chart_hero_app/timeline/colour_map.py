"""The colours of the spectrogram: one perceptual ramp per theme.

Lightness rises (on a light background: falls) evenly in OKLab (Ottosson, 2020), so equal steps
in level look like equal steps in brightness and the map also reads in grey.
"""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

LEVELS = 256
OWN_FROM = 0.1


def ramp(background: QColor, *, dark: bool) -> NDArray[np.uint8]:
    """256 colours from quiet to loud, shape ``[256, 3]``, starting at the background."""
    t = np.linspace(0.0, 1.0, LEVELS)
    low, tint_a, tint_b = (float(part) for part in _oklab(background))
    high = 0.97 if dark else 0.28
    lightness = low + (high - low) * t
    hue = np.deg2rad(np.interp(t, [0.0, 0.35, 0.65, 1.0], [285.0, 325.0, 395.0, 455.0]))
    if not dark:
        hue = np.deg2rad(np.interp(t, [0.0, 0.3, 0.65, 1.0], [450.0, 410.0, 345.0, 285.0]))
    chroma = np.interp(t, [0.0, 0.15, 0.45, 0.8, 1.0], [0.005, 0.07, 0.16, 0.15, 0.10])
    own = np.clip(t / OWN_FROM, 0.0, 1.0)  # from the background's tint to the ramp's own
    a = tint_a * (1.0 - own) + chroma * np.cos(hue) * own
    b = tint_b * (1.0 - own) + chroma * np.sin(hue) * own
    return _srgb(lightness, a, b)


def colour_table(
    colours: NDArray[np.uint8], quietest_db: float, loudest_db: float, span_db: tuple[float, float]
) -> list[int]:
    """A Qt colour table for images whose values 0..255 stand for ``span_db`` evenly.

    Levels up to ``quietest_db`` get the first colour, from ``loudest_db`` on the last.
    """
    level_db = np.linspace(span_db[0], span_db[1], LEVELS)
    width = max(loudest_db - quietest_db, 1e-3)
    index = np.clip((level_db - quietest_db) / width * (LEVELS - 1), 0, LEVELS - 1).astype(int)
    red, green, blue = (colours[index, c].astype(np.int64) for c in range(3))
    packed = (0xFF << 24) | (red << 16) | (green << 8) | blue
    return [int(value) for value in packed]


def _oklab(colour: QColor) -> NDArray[np.float64]:
    channels = np.array([colour.redF(), colour.greenF(), colour.blueF()])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    to_lms = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    to_lab = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    return np.asarray(to_lab @ np.cbrt(to_lms @ linear))


def _srgb(
    lightness: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64]
) -> NDArray[np.uint8]:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    to_rgb = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ]
    )
    linear = np.clip(np.stack([long, medium, short], axis=1) @ to_rgb.T, 0.0, 1.0)
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(np.round(encoded * 255), dtype=np.uint8)
