"""What micro mode gains where strokes are closest, and whether it is switched on there.

    python benchmarks/micro.py MATERIAL [--songs 24] [--domain drums] [--model FILE]

Renders grooves on held-out kits with short passages of 32nds, 64ths and 128ths on one drum, flams
and blast beats planted in them, then compares the first pass (5.8 ms hop) with micro mode (two
passages interleaved, 2.9 ms) over the whole song, and says which passages
``decode/sections.py`` would have flagged. Strokes and hits are paired
within the class.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import harness
import numpy as np
from numpy.typing import NDArray

from chart_hero_core.audio.io import AudioClip
from chart_hero_core.base.drums import DrumClass, Hit
from chart_hero_core.base.files import user_cache_dir
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.cli.exits import run_script
from chart_hero_core.decode.candidates import prepare
from chart_hero_core.decode.decoder import decode
from chart_hero_core.decode.sections import flag_sections
from chart_hero_core.evaluation.matching import match_times
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.synthesis.articulations import CLASS_OF, Articulation
from chart_hero_core.synthesis.backing import load_backing
from chart_hero_core.synthesis.dense import KINDS, LENGTH_S, Passage, compose, music_under, perform
from chart_hero_core.synthesis.kits import load_kits
from chart_hero_core.synthesis.performances import Performance
from chart_hero_core.tasks.transcribe import (
    AnalyseOptions,
    Analysis,
    MicroMode,
    analyse_clip,
    decode_plan,
)

# Strokes this far from a hit count as found; the tight one tells strokes of a roll apart.
TOLERANCES_S = (0.025, 0.008)
EDGE_S = 0.03
MODES: tuple[MicroMode, ...] = ("off", "all", "auto")


@dataclass
class Tally:
    """Strokes, those found, hits and right ones, summed over the passages of one kind.

    ``heard`` strokes have a hit, whatever its drum: most rolls are on toms, and which tom it is
    is another question than whether a roll is heard.
    """

    pairs: dict[float, int] = field(default_factory=lambda: dict.fromkeys(TOLERANCES_S, 0))
    right: dict[float, int] = field(default_factory=lambda: dict.fromkeys(TOLERANCES_S, 0))
    strokes: int = 0
    heard: int = 0
    hits: int = 0

    def recall(self, tolerance_s: float) -> float:
        """Share of the strokes that were found."""
        return self.pairs[tolerance_s] / max(self.strokes, 1)

    def precision(self, tolerance_s: float) -> float:
        """Share of the hits that are right."""
        return self.right[tolerance_s] / max(self.hits, 1)


@dataclass
class Flags:
    """How the scan for dense passages did."""

    hit: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    planted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    plain_s: float = 0.0
    falsely_flagged_s: float = 0.0


def count(passage: Passage, heard: Performance, hits: Sequence[Hit], tally: Tally) -> None:
    """Add what was found of one passage (of its drums), and what was falsely heard (of any)."""
    low, high = passage.start_s - EDGE_S, passage.end_s + EDGE_S
    drums = np.array([int(CLASS_OF[Articulation(int(a))]) for a in heard.articulations])
    inside = _inside(heard.times_s, low, high)
    asked = np.sort(heard.times_s[np.isin(drums, [int(drum) for drum in passage.drums]) & inside])
    struck = np.sort(np.array([h.time_s for h in hits if low <= h.time_s <= high]))
    tally.heard += len(match_times(asked, struck, TOLERANCES_S[0])[0])
    for drum in DrumClass:
        truth = heard.times_s[(drums == int(drum)) & inside]
        found = np.array([h.time_s for h in hits if h.drum == drum and low <= h.time_s <= high])
        wanted = drum in passage.drums
        tally.strokes += len(truth) if wanted else 0
        tally.hits += len(found)
        for tolerance_s in TOLERANCES_S:
            pairs = len(match_times(truth, found, tolerance_s)[0])
            tally.right[tolerance_s] += pairs
            tally.pairs[tolerance_s] += pairs if wanted else 0


def _inside(times_s: NDArray[np.float64], low: float, high: float) -> NDArray[np.bool_]:
    return (times_s >= low) & (times_s <= high)


def judge_flags(analysis: Analysis, passages: Sequence[Passage], flags: Flags) -> None:
    """Count flagged passages (half of one is enough) and flagged seconds of plain groove."""
    step_s = 0.01
    grid = np.arange(0.0, LENGTH_S, step_s)
    flagged = np.zeros(len(grid), bool)
    for section in flag_sections(analysis.activations):
        flagged |= _inside(grid, section.start_s, section.end_s)
    plain = np.ones(len(grid), bool)
    for passage in passages:
        inside = _inside(grid, passage.start_s, passage.end_s)
        flags.planted[passage.kind] += 1
        flags.hit[passage.kind] += int(flagged[inside].mean() >= 0.5)
        # Padding and merging may reach out of a passage: that much is meant.
        plain &= ~_inside(grid, passage.start_s - 0.5, passage.end_s + 0.5)
    flags.plain_s += float(plain.sum()) * step_s
    flags.falsely_flagged_s += float((plain & flagged).sum()) * step_s


def main() -> None:
    """Render, listen in every mode, print."""
    args = _arguments()
    kits = load_kits(args.material / "kits", heldout=True)
    backing = None
    if args.domain == "mix":
        backing = load_backing(args.material, True, user_cache_dir())
    tallies = {(kind, mode): Tally() for kind in KINDS for mode in MODES}
    flags = Flags()
    for index in range(args.songs):
        rng = np.random.default_rng([args.seed, index])
        take, passages = compose(rng)
        samples, heard = perform(take, kits, rng)
        if backing is not None:
            samples = samples + music_under(samples, backing, rng)
        clip = AudioClip(samples, SAMPLE_RATE)
        for mode in MODES:
            options = AnalyseOptions(args.domain, mode, args.model)
            analysis = analyse_clip(clip, args.domain, options, SilentProgress())
            plan = decode_plan(analysis, args.preset)
            hits = decode(prepare(analysis.activations), plan, analysis.calibration)
            for passage in passages:
                count(passage, heard, hits, tallies[(passage.kind, mode)])
            if mode == "off":
                judge_flags(analysis, passages, flags)
    harness.show(f"micro mode, {args.domain}", _figures(tallies, flags), args.json)


def _arguments() -> argparse.Namespace:
    parser = harness.parser(__doc__)
    parser.add_argument("material", type=Path)
    parser.add_argument("--songs", type=int, default=24)
    parser.add_argument("--domain", choices=("drums", "mix"), default="drums")
    parser.add_argument("--preset", default="conservative")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _figures(
    tallies: dict[tuple[str, MicroMode], Tally], flags: Flags
) -> dict[str, float | int | str]:
    figures: dict[str, float | int | str] = {}
    for kind in KINDS:
        figures[f"{kind}_strokes"] = tallies[(kind, "off")].strokes
        for mode in MODES:
            tally = tallies[(kind, mode)]
            for tolerance_s in TOLERANCES_S:
                name = f"{kind}_{mode}_{1000 * tolerance_s:.0f}ms"
                recall, precision = tally.recall(tolerance_s), tally.precision(tolerance_s)
                figures[name] = f"recall {recall:.3f}, precision {precision:.3f}"
            figures[f"{kind}_{mode}_any_drum"] = f"recall {tally.heard / max(tally.strokes, 1):.3f}"
        figures[f"{kind}_flagged"] = f"{flags.hit[kind]} of {flags.planted[kind]}"
    figures["plain_groove_flagged"] = f"{flags.falsely_flagged_s / max(flags.plain_s, 1e-9):.1%}"
    return figures


if __name__ == "__main__":
    run_script(main)
