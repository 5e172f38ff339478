"""Activations for the tests: built by hand, drawn at random, or rendered from known onsets."""

from collections.abc import Iterable, Mapping

import numpy as np
from hypothesis import strategies as st

from chart_hero_core.base.drums import DRUM_COUNT, Activations, DrumClass
from chart_hero_core.decode.settings import DecodeSettings

HOP_S = 128 / 22050
FINE_HOP_S = HOP_S / 2
# Nothing but the local maxima: every filter wide open.
OPEN = DecodeSettings(
    activity_gate=0.0,
    thresholds=(0.05,) * DRUM_COUNT,
    nms_frames=3,
    min_spacing_ms=(0.0,) * DRUM_COUNT,
    arbitrate=False,
    rival_confidence=0.0,
    cymbal_share=1.0,
    refine=False,
)


def by_hand(
    frames: int, values: Mapping[DrumClass, Mapping[int, float]], hop_s: float = HOP_S
) -> Activations:
    """Zero everywhere but at the given frames; the onset curve is 1 throughout."""
    classes = np.zeros((DRUM_COUNT, frames), dtype=np.float32)
    for drum, row in values.items():
        for frame, value in row.items():
            classes[drum, frame] = value
    return Activations(classes, np.ones(frames, dtype=np.float32), hop_s)


def rendered(
    onsets: Iterable[tuple[float, DrumClass]],
    end_s: float,
    hop_s: float = HOP_S,
    start_s: float = 0.0,
    spans: tuple[Activations, ...] = (),
    width_s: float = 2.5 * HOP_S,
    height: float = 0.9,
) -> Activations:
    """Triangles of half-width ``width_s`` around exact onset times (those outside count too)."""
    frames = round((end_s - start_s) / hop_s)
    times = start_s + np.arange(frames) * hop_s
    classes = np.zeros((DRUM_COUNT, frames))
    for time_s, drum in onsets:
        bump = height * np.clip(1.0 - np.abs(times - time_s) / width_s, 0.0, None)
        classes[drum] = np.maximum(classes[drum], bump)
    curves = classes.astype(np.float32)
    return Activations(curves, curves.max(axis=0), hop_s, start_s, spans=spans)


def _noise(rng: np.random.Generator, frames: int, levels: int, hop_s: float) -> Activations:
    def draw(*shape: int) -> np.ndarray:
        return (rng.integers(0, levels + 1, size=shape) / levels).astype(np.float32)

    with_heads = bool(rng.integers(2))
    offset = rng.uniform(-1.2, 1.2, size=(DRUM_COUNT, frames)).astype(np.float32)
    return Activations(
        classes=draw(DRUM_COUNT, frames),
        onset=draw(frames),
        hop_s=hop_s,
        start_s=float(rng.integers(0, 3)),
        offset=offset if with_heads else None,
        velocity=draw(DRUM_COUNT, frames) if with_heads else None,
    )


@st.composite
def noise(draw: st.DrawFn, spans: bool = True) -> Activations:
    """Random curves with many ties (few levels) or none, and sometimes micro spans."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    levels = draw(st.sampled_from((3, 10, 10_000)))
    base = _noise(rng, draw(st.integers(0, 120)), levels, HOP_S)
    if not (spans and base.frames > 30 and draw(st.booleans())):
        return base
    return _with_spans(base, rng, levels)


def _with_spans(base: Activations, rng: np.random.Generator, levels: int) -> Activations:
    cuts = np.sort(rng.choice(base.frames, size=4, replace=False))
    spans = []
    for first, last in (cuts[:2], cuts[2:]):
        fine = _noise(rng, int(last - first) * 2, levels, FINE_HOP_S)
        spans.append(
            Activations(
                fine.classes,
                fine.onset,
                FINE_HOP_S,
                base.start_s + float(first) * HOP_S,
                fine.offset,
                fine.velocity,
            )
        )
    return Activations(
        base.classes,
        base.onset,
        base.hop_s,
        base.start_s,
        base.offset,
        base.velocity,
        spans=tuple(spans),
    )
