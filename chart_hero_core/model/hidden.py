"""Running the network over audio, and what it hears before it judges.

The last layers (``fine`` and ``head``) are a hundredth of the arithmetic. What they judge by is
kept, so that only they need to run again each time they have learned something, and so that the
strokes of a song can be compared with each other (``context.py``).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from chart_hero_core.base.drums import Activations, FloatArray
from chart_hero_core.base.progress import Progress, SilentProgress
from chart_hero_core.features.logmel import log_mel
from chart_hero_core.model.checkpoint import Checkpoint
from chart_hero_core.model.network import DrumNetwork, split_heads

# 71 s at hop 128: small enough for memory and a quick cancel, long against the context that
# neighbouring chunks compute twice. Whole attention tokens.
CHUNK_FRAMES = 12288
# The last layers see one frame to each side.
LAST_CONTEXT_FRAMES = 2

OnPart = Callable[[Activations], None]
"""Takes what was heard from the start of the song up to now."""


@dataclass(frozen=True, slots=True, eq=False)
class Hidden:
    """What the last layers judge by, ``[channels, T]`` float16 (200 MB an hour), and its hop.

    ``listener`` marks the layers that heard it (:func:`listener_of`).
    """

    values: NDArray[np.float16]
    hop_s: float
    listener: str = ""

    @property
    def frames(self) -> int:
        """The number of frames T."""
        return int(self.values.shape[1])

    def part(self, first: int, last: int) -> torch.Tensor:
        """Frames ``first..last-1`` as float32 ``[1, channels, n]``, cut to what there is."""
        piece = self.values[:, max(first, 0) : last].astype(np.float32)
        return torch.from_numpy(piece)[None]


def hear(
    samples: FloatArray,
    checkpoint: Checkpoint,
    progress: Progress | None = None,
    on_part: OnPart | None = None,
) -> tuple[Activations, Hidden]:
    """What the network says about ``samples`` (mono, 22.05 kHz, levelled), and what it judged by.

    Results do not depend on where the chunks are cut. ``on_part`` gets the frames done so far
    after each chunk but the last, in the calling thread.

    Raises:
        Cancelled: asked for through ``progress``.
    """
    progress = progress or SilentProgress()
    settings, network = checkpoint.features, checkpoint.network
    frames = settings.frame_count(len(samples))
    context = network.settings.context_frames
    rows = np.empty((network.head.out_channels, frames), np.float32)
    hidden = np.empty((network.settings.hidden_channels, frames), np.float16)
    for start in range(0, frames, CHUNK_FRAMES):
        progress.check_cancelled()
        end = min(start + CHUNK_FRAMES, frames)
        # The trunk works on groups of frames: chunks must begin between two of them.
        begin, stop = max(start - context, 0), min(end + context, frames)
        mel = torch.from_numpy(log_mel(samples, settings, begin, stop - begin))[None]
        with torch.inference_mode():
            heard = network.listen(mel)
            said = network.answer(heard)[0].float().numpy()
        inside = slice(start - begin, end - begin)
        rows[:, start:end] = said[:, inside]
        hidden[:, start:end] = heard[0, :, inside].numpy().astype(np.float16)
        progress.report(end / frames, "Listening for drums")
        if on_part is not None and end < frames:
            on_part(activations_of(rows[:, :end], settings.hop_s))
    hidden.flags.writeable = False
    heard_by = Hidden(hidden, settings.hop_s, listener_of(network))
    return activations_of(rows, settings.hop_s), heard_by


def listener_of(network: DrumNetwork) -> str:
    """A mark of the layers below the last ones: networks with the same hear the same."""
    # The uppermost of them: no training moves those below and leaves it as it is.
    return hashlib.sha256(network.refine.weight.detach().numpy().tobytes()).hexdigest()


def answer(hidden: Hidden, checkpoint: Checkpoint) -> Activations:
    """What the last layers of ``checkpoint`` make of ``hidden``; equals :func:`hear` to half
    precision.
    """
    rows = np.empty((checkpoint.network.head.out_channels, hidden.frames), np.float32)
    for start in range(0, hidden.frames, CHUNK_FRAMES):
        end = min(start + CHUNK_FRAMES, hidden.frames)
        begin = max(start - LAST_CONTEXT_FRAMES, 0)
        with torch.inference_mode():
            said = checkpoint.network.answer(hidden.part(begin, end + LAST_CONTEXT_FRAMES))[0]
        rows[:, start:end] = said.numpy()[:, start - begin : end - begin]
    return activations_of(rows, hidden.hop_s)


def activations_of(rows: FloatArray, hop_s: float) -> Activations:
    """The network's outputs ``[heads, frames]`` as probabilities and offsets."""
    heads = {name: value[0] for name, value in split_heads(torch.from_numpy(rows)[None]).items()}
    return Activations(
        classes=torch.sigmoid(heads["classes"]).numpy(),
        onset=torch.sigmoid(heads["onset"])[0].numpy(),
        hop_s=hop_s,
        offset=(0.5 * torch.tanh(heads["offset"])).numpy(),
        velocity=torch.sigmoid(heads["velocity"]).numpy(),
        beat=torch.sigmoid(heads["beat"])[0].numpy(),
        downbeat=torch.sigmoid(heads["downbeat"])[0].numpy(),
    )
