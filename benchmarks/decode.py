"""How long decoding takes: ``python benchmarks/decode.py [--minutes 5] [--repeat 50]``.

Synthetic activations: a busy song (16ths on the hats, double kick, snare, cymbals, fills) over a
noise floor. Pin it to one core with ``taskset -c 0`` for the figure.
"""

from collections.abc import Callable

import harness
import numpy as np

from chart_hero_core.base.drums import DRUM_COUNT, Activations, DrumClass
from chart_hero_core.cli.exits import run_script
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


def main() -> None:
    """Measure and print."""
    parser = harness.parser(__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--repeat", type=int, default=50)
    args = parser.parse_args()
    activations = busy_song(args.minutes)
    plan = load_preset("aggressive")
    candidates = prepare(activations)
    result: dict[str, float | int | str] = {
        "frames": activations.frames,
        "candidates": len(candidates),
        "hits": len(decode(candidates, plan)),
    }
    actions: dict[str, Callable[[], object]] = {
        "prepare": lambda: prepare(activations),
        "decode_whole": lambda: decode(activations, plan),
        "decode_again": lambda: decode(candidates, plan),
        "counts_again": lambda: decode_counts(candidates, plan),
    }
    for name, action in actions.items():
        result |= harness.latency(name, harness.times_ms(action, args.repeat))
    harness.show("decode", result, args.json)


if __name__ == "__main__":
    run_script(main)
