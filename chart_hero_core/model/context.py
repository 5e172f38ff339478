"""Rescoring strokes by the rest of the song, with ``moments.py`` and ``context_network.py``."""

import numpy as np
import torch

from chart_hero_core.base.arrays import Float32Array, IndexArray
from chart_hero_core.base.corrections import with_corrections
from chart_hero_core.base.drums import DRUM_COUNT, Activations, ContextCorrections
from chart_hero_core.model.checkpoint import Checkpoint
from chart_hero_core.model.context_network import MomentBatch
from chart_hero_core.model.hidden_states import LAST_CONTEXT_FRAMES, HiddenStates
from chart_hero_core.model.moments import REACH, find_moments
from chart_hero_core.model.network import DrumNetwork

# What is heard at a moment is taken from this many frames to both sides, for this many moments
# at a time.
_AROUND_FRAMES, _AT_ONCE = 2, 4096


def with_context(
    activations: Activations,
    hidden: HiddenStates,
    checkpoint: Checkpoint,
) -> Activations:
    """The activations of a whole song, rescored by the checkpoint's context network.

    Without such a network, or with next to no strokes, they are returned unchanged.
    """
    moments = find_moments(activations) if checkpoint.context is not None else None
    if checkpoint.context is None or moments is None:
        return activations
    around = hidden_at(moments.frames, hidden, checkpoint.network)
    with torch.inference_mode():
        logits = checkpoint.context(MomentBatch.of(moments, around)).numpy()
    corrections = ContextCorrections(
        times_s=moments.times_s(activations.hop_s),
        log_odds=logits - moments.features[:, :DRUM_COUNT],
        reach_s=(REACH + 0.5) * activations.hop_s,
    )
    return with_corrections(activations, corrections)


def hidden_at(frames: IndexArray, hidden: HiddenStates, network: DrumNetwork) -> Float32Array:
    """The hidden layers around ``frames``, ``[N, 2 * fine_width]``: the mean of the trunk's output,
    and the maximum of the layer ``fine`` above it.
    """
    found: list[Float32Array] = []
    reach = _AROUND_FRAMES + LAST_CONTEXT_FRAMES // 2
    for start in range(0, len(frames), _AT_ONCE):
        around = frames[start : start + _AT_ONCE, None] + np.arange(-reach, reach + 1)
        pieces = hidden.values[:, np.clip(around, 0, hidden.frames - 1)].astype(np.float32)
        patches = torch.from_numpy(np.ascontiguousarray(pieces.transpose(1, 0, 2)))
        with torch.inference_mode():
            fine = network.fine(patches)[:, :, 1:-1].amax(dim=2)
            trunk = patches[:, : network.settings.fine_width, 1:-1].mean(dim=2)
            found.append(torch.cat([trunk, fine], dim=1).numpy())
    return np.concatenate(found)
