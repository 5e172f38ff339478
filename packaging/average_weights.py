#!/usr/bin/env python3
"""Averages the weights of checkpoints: what they agree on stays, what each learned by heart is
weakened (Izmailov et al. 2018, "Averaging Weights Leads to Wider Optima").

    python packaging/average_weights.py OUTPUT FIRST.safetensors=0.65 SECOND.safetensors=0.35
        [--context THIRD.safetensors]

Shape and origin are those of FIRST; smaller networks are grown into its shape. ``--context`` takes
the network for the context of a song from a checkpoint. The levels are left out: calibrate the
result.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from chart_hero_core.cli.exits import run_script
from chart_hero_core.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from chart_hero_core.model.grow import grown


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("parts", nargs="+", type=part, metavar="CHECKPOINT=SHARE")
    parser.add_argument("--context", type=Path, metavar="CHECKPOINT")
    options = parser.parse_args()
    parts: list[tuple[Path, float]] = options.parts
    mean = averaged([(load_checkpoint(path), share) for path, share in parts])
    names = " + ".join(f"{share:g} {path.name}" for path, share in parts)
    mean = replace(mean, provenance={**mean.provenance, "averaged": names})
    if options.context is not None:
        mean = replace(mean, context=load_checkpoint(options.context).context)
    save_checkpoint(mean, options.output)
    return 0


def part(text: str) -> tuple[Path, float]:
    """CHECKPOINT=SHARE; argparse tells what is wrong with anything else."""
    path, _, share = text.rpartition("=")
    if not path:
        raise ValueError(text)
    return Path(path), float(share)


def averaged(parts: list[tuple[Checkpoint, float]]) -> Checkpoint:
    """The weighted mean of the networks; everything else is the first one's, without levels."""
    total = sum(share for _, share in parts)
    first = parts[0][0]
    if total <= 0:
        raise SystemExit("The shares must add up to more than 0.")
    try:
        states = [(grown(one.network, first.network), share / total) for one, share in parts]
    except ValueError as error:
        raise SystemExit(
            "The first checkpoint holds no larger relative of the other networks."
        ) from error
    mean = {
        name: sum(state[name] * share for state, share in states)
        if value.is_floating_point()
        else value
        for name, value in states[0][0].items()
    }
    first.network.load_state_dict(mean)
    return replace(first, calibrations={}, context=None)


if __name__ == "__main__":
    run_script(main)
