"""Running the network over a whole song, in chunks, with progress and cancel."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch

from chart_hero_core.base.drums import Activations, FloatArray
from chart_hero_core.base.progress import Progress, SilentProgress
from chart_hero_core.features.logmel import LogMelSettings, log_mel
from chart_hero_core.model.checkpoint import Checkpoint
from chart_hero_core.model.network import split_heads
from chart_hero_core.model.toms import with_toms_named, with_toms_tuned

# 71 s at hop 128: small enough for memory and a quick cancel, long against the context that
# neighbouring chunks compute twice. Whole attention tokens.
CHUNK_FRAMES = 12288
# Dense passages are heard again with 2 s of their surroundings: more would cost more than it tells.
_REFINE_CONTEXT_FRAMES = 352


OnPart = Callable[[Activations], None]
"""Takes what was heard from the start of the song up to now."""


def activations(
    samples: FloatArray,
    checkpoint: Checkpoint,
    progress: Progress | None = None,
    on_part: OnPart | None = None,
) -> Activations:
    """What the model says about ``samples`` (mono, 22.05 kHz, levelled to the reference).

    Every head at the baseline hop; sections that need it are analysed again by :func:`refine`.
    Results do not depend on where the chunks are cut. ``on_part`` gets the frames done so far
    after each chunk but the last, in the calling thread. Toms are told apart at the end only, when
    all of them have been heard.
    """
    progress = progress or SilentProgress()
    found = _run(samples, checkpoint, checkpoint.features, progress, phase=0, on_part=on_part)
    return with_toms_tuned(found, samples)


def refine(
    samples: FloatArray,
    checkpoint: Checkpoint,
    whole: Activations,
    spans_s: Sequence[tuple[float, float]],
    progress: Progress | None = None,
) -> Activations:
    """Analyse stretches again at half the hop (micro mode) and attach them to ``whole``.

    The network sees the audio a second time, shifted by half a hop, and the two passes are
    interleaved: every frame is one the network was trained on, at twice the rate.
    """
    progress = progress or SilentProgress()
    rate, hop = checkpoint.features.sample_rate, checkpoint.features.hop
    spans: list[Activations] = []
    for index, (start_s, end_s) in enumerate(sorted(spans_s)):
        progress.check_cancelled()
        progress.report(index / len(spans_s), "Listening closely to dense passages")
        first = max(round(start_s * rate / hop), 0)
        last = min(round(end_s * rate / hop), whole.frames)
        if last - first < 2:
            continue
        # Cut with context on the frame grid, so that both passes see what the first pass saw.
        context = min(checkpoint.network.settings.context_frames, _REFINE_CONTEXT_FRAMES)
        lead = min(first, context)
        piece = samples[(first - lead) * hop : (last + context) * hop]
        even = _run(piece, checkpoint, checkpoint.features, SilentProgress(), phase=0)
        odd = _run(piece, checkpoint, checkpoint.features, SilentProgress(), phase=hop // 2)
        span = _interleave(even, odd, lead, last - first, first * hop / rate)
        spans.append(with_toms_named(span, whole, samples))
    return replace(whole, spans=tuple(spans))


def _interleave(
    even: Activations, odd: Activations, lead: int, frames: int, start_s: float
) -> Activations:
    """Merge two passes half a hop apart into one of twice the rate, without the context."""
    count = min(frames, even.frames - lead, odd.frames - lead)

    def weave(a: FloatArray | None, b: FloatArray | None) -> FloatArray | None:
        if a is None or b is None:
            return None
        out = np.empty((*a.shape[:-1], 2 * count), np.float32)
        out[..., 0::2] = a[..., lead : lead + count]
        out[..., 1::2] = b[..., lead : lead + count]
        return out

    def twice(a: FloatArray | None, b: FloatArray | None) -> FloatArray | None:
        """Offsets count in hops, and a hop is now half as long."""
        woven = weave(a, b)
        return None if woven is None else np.clip(woven * 2, -1.0, 1.0)

    classes, onset = weave(even.classes, odd.classes), weave(even.onset, odd.onset)
    assert classes is not None
    assert onset is not None
    return Activations(
        classes=classes,
        onset=onset,
        hop_s=even.hop_s / 2,
        start_s=start_s,
        offset=twice(even.offset, odd.offset),
        velocity=weave(even.velocity, odd.velocity),
        beat=weave(even.beat, odd.beat),
        downbeat=weave(even.downbeat, odd.downbeat),
    )


def _run(
    samples: FloatArray,
    checkpoint: Checkpoint,
    settings: LogMelSettings,
    progress: Progress,
    phase: int,
    on_part: OnPart | None = None,
) -> Activations:
    """One pass over audio whose first ``phase`` samples are skipped."""
    samples = samples[phase:]
    frames = settings.frame_count(len(samples))
    rows = checkpoint.network.head.out_channels
    context = checkpoint.network.settings.context_frames
    out = np.empty((rows, frames), np.float32)
    for start in range(0, frames, CHUNK_FRAMES):
        progress.check_cancelled()
        end = min(start + CHUNK_FRAMES, frames)
        # The trunk works on groups of frames: chunks must begin between two of them.
        begin = max(start - context, 0)
        stop = min(end + context, frames)
        logits = _logits(log_mel(samples, settings, begin, stop - begin), checkpoint)
        out[:, start:end] = logits[:, start - begin : end - begin]
        progress.report(end / frames, "Listening for drums")
        if on_part is not None and end < frames:
            on_part(activations_of(out[:, :end], settings.hop_s))
    return activations_of(out, settings.hop_s)


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


def _logits(features: FloatArray, checkpoint: Checkpoint) -> FloatArray:
    with torch.inference_mode():
        batch = torch.from_numpy(features)[None]
        return np.asarray(checkpoint.network(batch)[0].float().numpy())
