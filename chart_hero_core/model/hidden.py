"""What the network hears before it judges: kept, so that only its last layers need to run again.

The last layers (``fine`` and ``head``) are a hundredth of the arithmetic. A song is listened to
once; each time they have learned something, the answers follow in a moment.
"""

from dataclasses import dataclass

import numpy as np
import torch

from chart_hero_core.base.drums import Activations, FloatArray
from chart_hero_core.base.progress import Progress, SilentProgress
from chart_hero_core.features.logmel import log_mel
from chart_hero_core.model.checkpoint import Checkpoint
from chart_hero_core.model.infer import CHUNK_FRAMES, activations_of

# The last layers see one frame to each side.
LAST_CONTEXT_FRAMES = 2


@dataclass(frozen=True, slots=True, eq=False)
class Hidden:
    """What the last layers judge by, ``[channels, T]`` float16 (80 MB for an hour), and its hop."""

    values: np.ndarray
    hop_s: float

    @property
    def frames(self) -> int:
        """The number of frames T."""
        return int(self.values.shape[1])

    def part(self, first: int, last: int) -> torch.Tensor:
        """Frames ``first..last-1`` as float32 ``[1, channels, n]``, cut to what there is."""
        piece = self.values[:, max(first, 0) : last].astype(np.float32)
        return torch.from_numpy(piece)[None]


def listen(samples: FloatArray, checkpoint: Checkpoint, progress: Progress | None = None) -> Hidden:
    """Run everything but the last layers over ``samples`` (mono, 22.05 kHz, levelled).

    Raises:
        Cancelled: asked for through ``progress``.
    """
    progress = progress or SilentProgress()
    settings, network = checkpoint.features, checkpoint.network
    frames = settings.frame_count(len(samples))
    context = network.settings.context_frames
    channels = network.settings.fine_width + network.settings.skip_width
    out = np.empty((channels, frames), np.float16)
    for start in range(0, frames, CHUNK_FRAMES):
        progress.check_cancelled()
        end = min(start + CHUNK_FRAMES, frames)
        begin, stop = max(start - context, 0), min(end + context, frames)
        mel = torch.from_numpy(log_mel(samples, settings, begin, stop - begin))[None]
        with torch.inference_mode():
            heard = network.listen(mel)[0, :, start - begin : end - begin]
        out[:, start:end] = heard.numpy().astype(np.float16)
        progress.report(end / frames, "Listening for drums")
    out.flags.writeable = False
    return Hidden(out, settings.hop_s)


def answer(hidden: Hidden, checkpoint: Checkpoint) -> Activations:
    """What the last layers of ``checkpoint`` make of ``hidden``; equals
    :func:`~chart_hero_core.model.infer.activations` to half precision.
    """
    rows = np.empty((checkpoint.network.head.out_channels, hidden.frames), np.float32)
    for start in range(0, hidden.frames, CHUNK_FRAMES):
        end = min(start + CHUNK_FRAMES, hidden.frames)
        begin = max(start - LAST_CONTEXT_FRAMES, 0)
        with torch.inference_mode():
            said = checkpoint.network.answer(hidden.part(begin, end + LAST_CONTEXT_FRAMES))[0]
        rows[:, start:end] = said.numpy()[:, start - begin : end - begin]
    return activations_of(rows, hidden.hop_s)
