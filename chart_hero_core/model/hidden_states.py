"""Running the network over audio, and keeping the input of its last layers.

The last layers (``fine`` and ``head``) are a hundredth of the arithmetic. Their input is kept, so
that only they have to run again while they are being fine-tuned, and so that the strokes of a song
can be compared with each other (``context.py``).
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.drums import Activations
from chart_hero_core.base.progress import Progress, SilentProgress, SubProgress
from chart_hero_core.features.logmel import log_mel
from chart_hero_core.model.checkpoint import Checkpoint
from chart_hero_core.model.network import NEAR_FRAMES, DrumNetwork, split_heads

# 71 s at hop 128, what is heard of a song first where someone waits for it. Whole attention tokens.
CHUNK_FRAMES = 12288
# 285 s: most songs are one chunk. Neighbours compute the context between them twice (12 s to each
# side), and an hour at once would not fit into memory.
LONG_CHUNK_FRAMES = 49152
# The stem's layers are many times larger than its input: pieces of 6 s stay in the caches.
_PIECE_FRAMES = 1024
# Of the time, the stem takes about a third.
_NEAR_SHARE = 0.35
_MESSAGE = "Listening for drums"
# The last layers see one frame to each side.
LAST_CONTEXT_FRAMES = 2

OnPart = Callable[[Activations], None]
"""Takes what was heard from the start of the song up to now."""


@dataclass(frozen=True, slots=True, eq=False)
class HiddenStates:
    """The input of the last layers, ``[channels, T]`` float16 (200 MB an hour), and its hop.

    ``trunk_hash`` identifies the layers that computed it (:func:`trunk_hash`).
    """

    values: NDArray[np.float16]
    hop_s: float
    trunk_hash: str = ""

    @property
    def frames(self) -> int:
        """The number of frames T."""
        return int(self.values.shape[1])

    def part(self, first: int, last: int) -> torch.Tensor:
        """Frames ``first`` to ``last - 1`` as float32 ``[1, channels, n]``, where they exist."""
        piece = self.values[:, max(first, 0) : last].astype(np.float32)
        return torch.from_numpy(piece)[None]


def run_network(
    samples: Float32Array,
    checkpoint: Checkpoint,
    progress: Progress | None = None,
    on_part: OnPart | None = None,
) -> tuple[Activations, HiddenStates]:
    """Run the network over ``samples`` (mono, 22.05 kHz, normalised to the reference loudness).

    Results do not depend on where the chunks are cut. ``on_part`` gets the frames done so far
    after each chunk but the last, in the calling thread.

    Returns:
        the network's output, and the input of its last layers.

    Raises:
        Cancelled: asked for through ``progress``.
    """
    progress = progress or SilentProgress()
    settings, network = checkpoint.features, checkpoint.network
    frames = settings.frame_count(len(samples))
    context = network.settings.context_frames
    rows = np.empty((network.head.out_channels, frames), np.float32)
    hidden = np.empty((network.settings.hidden_channels, frames), np.float16)
    for start, end in _chunks(frames, on_part is not None):
        # The trunk works on groups of frames: chunks must begin between two of them.
        begin, stop = max(start - context, 0), min(end + context, frames)
        part = SubProgress(progress, start / max(frames, 1), end / max(frames, 1))
        with torch.inference_mode():
            features = _trunk_features(samples, begin, stop, checkpoint, part)
            outputs = network.last_layers(features)[0].float().numpy()
        inside = slice(start - begin, end - begin)
        rows[:, start:end] = outputs[:, inside]
        hidden[:, start:end] = features[0, :, inside].numpy().astype(np.float16)
        if on_part is not None and end < frames:
            on_part(activations_of(rows[:, :end], settings.hop_s))
    hidden.flags.writeable = False
    kept = HiddenStates(hidden, settings.hop_s, trunk_hash(network))
    return activations_of(rows, settings.hop_s), kept


def _chunks(frames: int, soon: bool) -> Iterator[tuple[int, int]]:
    """Where to cut: the first chunk is short where something is wanted ``soon``."""
    start = 0
    while start < frames:
        long = CHUNK_FRAMES if soon and not start else LONG_CHUNK_FRAMES
        end = min(start + long, frames)
        yield start, end
        start = end


def _trunk_features(
    samples: Float32Array, begin: int, stop: int, checkpoint: Checkpoint, progress: Progress
) -> Tensor:
    """The input of the last layers at frames ``begin..stop-1``, ``[1, channels, T]``."""
    network, settings = checkpoint.network, checkpoint.features
    halves: list[Tensor] = []
    skips: list[Tensor] = []
    for first in range(begin, stop, _PIECE_FRAMES):
        progress.check_cancelled()
        last = min(first + _PIECE_FRAMES, stop)
        around, beyond = max(first - NEAR_FRAMES, begin), min(last + NEAR_FRAMES, stop)
        mel = torch.from_numpy(log_mel(samples, settings, around, beyond - around))[None]
        half, skip = network.stem_and_skip(mel)
        # A trunk frame is two frames long.
        halves.append(half[..., (first - around) // 2 : (last - around + 1) // 2])
        skips.append(skip[..., first - around : last - around])
        progress.report(_NEAR_SHARE * (last - begin) / (stop - begin), _MESSAGE)
    # Put together so that channels stay innermost in memory.
    half = torch.cat([part.mT for part in halves], dim=1).mT
    for layer, further in enumerate(network.trunk_blocks(half), start=1):
        progress.check_cancelled()
        half = further
        share = layer / len(network.trunk)
        progress.report(_NEAR_SHARE + (1 - _NEAR_SHARE) * share, _MESSAGE)
    return network.with_skip(half, torch.cat(skips, dim=2))


def trunk_hash(network: DrumNetwork) -> str:
    """A hash of the layers below the last ones: networks that share it compute the same input."""
    # The uppermost of them: no training moves those below and leaves it as it is.
    return hashlib.sha256(network.refine.weight.detach().numpy().tobytes()).hexdigest()


def run_last_layers(hidden: HiddenStates, checkpoint: Checkpoint) -> Activations:
    """Run the last layers of ``checkpoint`` on ``hidden``; equals :func:`run_network` to half
    precision.
    """
    rows = np.empty((checkpoint.network.head.out_channels, hidden.frames), np.float32)
    for start in range(0, hidden.frames, CHUNK_FRAMES):
        end = min(start + CHUNK_FRAMES, hidden.frames)
        begin = max(start - LAST_CONTEXT_FRAMES, 0)
        with torch.inference_mode():
            outputs = checkpoint.network.last_layers(hidden.part(begin, end + LAST_CONTEXT_FRAMES))[
                0
            ]
        rows[:, start:end] = outputs.numpy()[:, start - begin : end - begin]
    return activations_of(rows, hidden.hop_s)


def activations_of(rows: Float32Array, hop_s: float) -> Activations:
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
