"""How long decoding takes: ``python benchmarks/decode.py [--minutes 5] [--repeat 50]``.

Synthetic activations: a busy song (16ths on the hats, double kick, snare, cymbals, fills) over a
noise floor. Prints one JSON object; pin it to one core with ``taskset -c 0`` for the figure.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable

import numpy as np

from chart_hero_core.base.drums import DRUM_COUNT, Activations, DrumClass
from chart_hero_core.decode.candidates import prepare
from chart_hero_core.decode.decoder import decode, decode_counts
from chart_hero_core.decode.presets import load_preset

HOP_S = 128 / 22050
# Strokes per second of each class: 180 BPM, double-kick 16ths, 8th hats … .
DENSITY = {
    DrumClass.KICK: 12.0,
    DrumClass.SNARE: 3.0,
    DrumClass.TOM_HIGH: 0.5,
    DrumClass.TOM_MID: 0.5,
    DrumClass.TOM_LOW: 0.5,
    DrumClass.HIHAT: 6.0,
    DrumClass.CRASH: 0.4,
    DrumClass.RIDE: 3.0,
}


def busy_song(minutes: float, seed: int = 1) -> Activations:
    """Activations of ``minutes`` of busy drumming with a noise floor full of small peaks."""
    rng = np.random.default_rng(seed)
    frames = round(minutes * 60 / HOP_S)
    classes = rng.beta(0.3, 12.0, size=(DRUM_COUNT, frames)).astype(np.float32)
    for drum, per_second in DENSITY.items():
        onsets = np.arange(0.1, minutes * 60 - 0.1, 1 / per_second) / HOP_S
        for step in range(-2, 3):
            frame = np.round(onsets).astype(int) + step
            height = 1.0 - np.abs(onsets - frame) / 3.0
            classes[drum, frame] = np.maximum(classes[drum, frame], height * 0.95)
    return Activations(
        classes=classes,
        onset=classes.max(axis=0),
        hop_s=HOP_S,
        offset=rng.uniform(-0.5, 0.5, size=classes.shape).astype(np.float32),
        velocity=rng.uniform(0.0, 1.0, size=classes.shape).astype(np.float32),
    )


def median_ms(action: Callable[[], object], repeat: int) -> float:
    """The median wall-clock time of ``action`` in milliseconds, after one warm-up."""
    action()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        action()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--repeat", type=int, default=50)
    args = parser.parse_args()
    activations = busy_song(args.minutes)
    plan = load_preset("aggressive")
    candidates = prepare(activations)
    result = {
        "frames": activations.frames,
        "candidates": len(candidates),
        "hits": len(decode(candidates, plan)),
        "prepare_ms": median_ms(lambda: prepare(activations), args.repeat),
        "decode_whole_ms": median_ms(lambda: decode(activations, plan), args.repeat),
        "decode_again_ms": median_ms(lambda: decode(candidates, plan), args.repeat),
        "counts_again_ms": median_ms(lambda: decode_counts(candidates, plan), args.repeat),
    }
    print(json.dumps({k: round(v, 2) for k, v in result.items()}, indent=2))


if __name__ == "__main__":
    main()
