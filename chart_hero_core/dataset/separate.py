"""Drums out of a mix, by Demucs, for songs without a drum stem. An optional extra."""

import importlib
import importlib.util
from functools import lru_cache
from typing import Any

import numpy as np

from chart_hero_core.audio.io import AudioClip
from chart_hero_core.base.errors import DatasetError


class SeparationError(DatasetError):
    """Demucs or its weights are missing: nothing is wrong with the song."""


_MODEL = "htdemucs"
_INSTALL = "Separating drums needs Demucs: pip install 'chart-hero[separation]'."


def require_separation() -> None:
    """Raises :class:`SeparationError` with what to install when Demucs is not there."""
    if importlib.util.find_spec("demucs") is None:
        raise SeparationError(_INSTALL)


def separate_drums(clip: AudioClip) -> AudioClip:
    """The drums in ``clip`` (mono).

    Raises:
        SeparationError: Demucs or its weights are not there.
    """
    require_separation()
    import soxr
    import torch

    model, apply = _model()
    rate = int(model.samplerate)
    sound = torch.from_numpy(soxr.resample(clip.samples, clip.sample_rate, rate))
    stereo = torch.stack([sound, sound])[None]
    with torch.no_grad():
        parts = apply(model, stereo, split=True, progress=False)[0]
    drums = parts[model.sources.index("drums")].mean(dim=0).numpy()
    back = soxr.resample(drums, rate, clip.sample_rate)[: len(clip.samples)]
    return AudioClip(np.asarray(back, np.float32), clip.sample_rate, clip.warnings)


@lru_cache(maxsize=1)
def _model() -> tuple[Any, Any]:
    """The model and what applies it; loaded once in each process."""
    try:
        pretrained = importlib.import_module("demucs.pretrained")
        apply = importlib.import_module("demucs.apply").apply_model
        return pretrained.get_model(_MODEL).eval(), apply
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        raise SeparationError(
            f"The weights of Demucs ({_MODEL}) are not on this machine; run `demucs` on a song "
            "once while there is a network, so that it fetches them."
        ) from error
