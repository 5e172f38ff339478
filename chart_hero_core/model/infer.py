"""Running the network over a whole song, in chunks, with progress and cancel."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.drums import Activations
from chart_hero_core.base.progress import Progress, SilentProgress
from chart_hero_core.model.checkpoint import Checkpoint
from chart_hero_core.model.context import with_context
from chart_hero_core.model.hidden_states import HiddenStates, OnPart, run_network
from chart_hero_core.model.inference_network import optimised_for_inference
from chart_hero_core.model.toms import reassign_toms, reassign_toms_of_span

# Dense passages are analysed again with 2 s of context: more would cost more than it gains.
_REFINE_CONTEXT_FRAMES = 352


def activations(
    samples: Float32Array,
    checkpoint: Checkpoint,
    progress: Progress | None = None,
    on_part: OnPart | None = None,
) -> Activations:
    """The activations of ``samples`` (mono, 22.05 kHz, normalised to the reference loudness).

    All heads, at the baseline hop; :func:`refine` analyses passages again at half of it.
    Results do not depend on where the chunks are cut. ``on_part`` gets the frames done so far
    after each chunk but the last, in the calling thread. What needs the whole song is done at the
    end only: see :func:`in_context`.

    Raises:
        Cancelled: asked for through ``progress``.
    """
    output, hidden = run_network(samples, _listening(checkpoint), progress, on_part)
    return in_context(output, hidden, samples, checkpoint)


def in_context(
    output: Activations,
    hidden: HiddenStates,
    samples: Float32Array,
    checkpoint: Checkpoint,
) -> Activations:
    """Correct the activations of a whole song by comparing its strokes with each other.

    Toms are assigned by their pitches, all drums are rescored by the other strokes of the song.

    Args:
        output: of the whole song at the baseline hop, straight from the network.
        hidden: the input of the last layers for the same audio.
        samples: mono, 22.05 kHz.
    """
    return with_context(reassign_toms(output, samples), hidden, checkpoint)


def refine(
    samples: Float32Array,
    checkpoint: Checkpoint,
    whole: Activations,
    spans_s: Sequence[tuple[float, float]],
    progress: Progress | None = None,
) -> Activations:
    """Analyse the passages ``spans_s`` again at half the hop (micro mode); attached to ``whole``.

    The network sees the audio a second time, shifted by half a hop, and the two passes are
    interleaved, so every frame looks like those the network was trained on, at twice the rate. The
    whole-song context is not applied to them: its moments are further apart than strokes of a roll.

    Args:
        samples: the whole song, mono, 22.05 kHz.
        spans_s: start and end of each passage in seconds.

    Raises:
        Cancelled: asked for through ``progress``.
    """
    progress = progress or SilentProgress()
    checkpoint = _listening(checkpoint)
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
        even, _ = run_network(piece, checkpoint)
        odd, _ = run_network(piece[hop // 2 :], checkpoint)
        span = _interleave(even, odd, lead, last - first, first * hop / rate)
        spans.append(reassign_toms_of_span(span, whole, samples))
    return replace(whole, spans=tuple(spans))


def _listening(checkpoint: Checkpoint) -> Checkpoint:
    return replace(checkpoint, network=optimised_for_inference(checkpoint.network))


def _interleave(
    even: Activations, odd: Activations, lead: int, frames: int, start_s: float
) -> Activations:
    """Merge two passes half a hop apart into one of twice the rate, without the context."""
    count = min(frames, even.frames - lead, odd.frames - lead)

    def weave(a: Float32Array | None, b: Float32Array | None) -> Float32Array | None:
        if a is None or b is None:
            return None
        out = np.empty((*a.shape[:-1], 2 * count), np.float32)
        out[..., 0::2] = a[..., lead : lead + count]
        out[..., 1::2] = b[..., lead : lead + count]
        return out

    def twice(a: Float32Array | None, b: Float32Array | None) -> Float32Array | None:
        """Double the offsets: they are in hops, and a hop is now half as long."""
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
