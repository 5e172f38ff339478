"""Telling drums alone from whole mixes by their sound, where the file's name does not say."""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from chart_hero_core.audio.io import AudioClip, SongAudio
from chart_hero_core.base.arrays import Float32Array, Float64Array
from chart_hero_core.base.domains import Domain
from chart_hero_core.base.errors import StorageError
from chart_hero_core.base.files import resource_path
from chart_hero_core.features.tonality import peak_statistics, windows_of

WEIGHTS_FILE = "domain.json"
# "song" or "mix" as a word of its own: what games and studios call the whole.
_MIX_WORD = re.compile(r"(?<![a-z])(song|mix|master)(?![a-z])")


@dataclass(frozen=True, eq=False)
class DomainDetector:
    """A logistic regression on the statistics of spectral peaks, averaged over windows.

    Attributes:
        mean, scale: of each statistic over the songs it was taught with, ``[92]``.
        weights: of the scaled statistics, ``[92]``.
        bias: added to their sum.
        about: which songs it was taught with, by which command.
    """

    mean: Float64Array
    scale: Float64Array
    weights: Float64Array
    bias: float
    about: str = ""

    def log_odds(self, samples: Float32Array) -> float:
        """Above 0 for drums alone, below for a mix (log odds); 0 where there is only silence.

        Args:
            samples: mono at 22.05 kHz, at any level.
        """
        found = [
            float(((peak_statistics(window) - self.mean) / self.scale) @ self.weights + self.bias)
            for window in windows_of(samples)
        ]
        return float(np.mean(found)) if found else 0.0

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        rows = {name: getattr(self, name).tolist() for name in ("mean", "scale", "weights")}
        rounded = {name: [float(f"{value:.6g}") for value in row] for name, row in rows.items()}
        return {"about": self.about, "bias": self.bias, **rounded}

    @staticmethod
    def from_json(data: dict[str, Any]) -> "DomainDetector":
        """The inverse of :meth:`to_json`; raises ValueError or KeyError on anything else."""
        mean, scale, weights = (
            np.array(data[name], np.float64) for name in ("mean", "scale", "weights")
        )
        if not mean.shape == scale.shape == weights.shape or mean.ndim != 1:
            raise ValueError("the rows differ in length")
        bias, about = float(data["bias"]), str(data.get("about", ""))
        return DomainDetector(mean, scale, weights, bias, about)


@lru_cache(maxsize=1)
def shipped_detector() -> DomainDetector:
    """The detector that comes with the program; raises :class:`StorageError` without it."""
    path: Path = resource_path(WEIGHTS_FILE)
    try:
        return DomainDetector.from_json(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageError(f"{path} is damaged. Please reinstall.") from error


def heard_domain(source: SongAudio, clip: AudioClip, loaded: Domain) -> Domain:
    """What ``clip`` is: ``loaded`` where names say so, else what it sounds like.

    Names say so where there are drum stems or several stems, and where a file is called song, mix
    or master.

    Args:
        source: the files ``clip`` was read from, all of them.
        loaded: what :func:`~chart_hero_core.audio.io.load_song_audio` took it for.
    """
    if source.drums or len(source.mix) != 1 or _MIX_WORD.search(source.mix[0].stem.lower()):
        return loaded
    log_odds = shipped_detector().log_odds(clip.samples)
    return "drums" if log_odds > 0 else "mix" if log_odds < 0 else loaded
