"""What micro mode gains where strokes are closest, and whether it is switched on there.

    python benchmarks/micro.py MATERIAL [--songs 24] [--domain drums] [--model FILE]

Renders grooves on held-out kits with short passages of 32nds, 64ths and 128ths on one drum, flams
and blast beats planted in them, then compares the first pass (5.8 ms hop) with micro mode (two
passages interleaved, 2.9 ms) over the whole song, and says which passages
``decode/sections.py`` would have flagged. Strokes and hits are paired within the class.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import harness
import numpy as np
from numpy.typing import NDArray

from chart_hero_core.audio.io import AudioClip
from chart_hero_core.base.drums import DrumClass, FloatArray, Hit
from chart_hero_core.base.files import user_cache_dir
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.decode.candidates import prepare
from chart_hero_core.decode.decoder import decode
from chart_hero_core.decode.sections import flag_sections
from chart_hero_core.evaluation.matching import match_times
from chart_hero_core.features.level import active_rms
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.synthesis import augment
from chart_hero_core.synthesis.articulations import CLASS_OF, Articulation
from chart_hero_core.synthesis.backing import BackingLibrary, colour, load_backing
from chart_hero_core.synthesis.kits import Kit, assemble, load_kits
from chart_hero_core.synthesis.performances import Performance, from_strokes
from chart_hero_core.synthesis.render import Balance, render, tune
from chart_hero_core.tasks.transcribe import AnalyseOptions, Analysis, analyse_clip, decode_plan

A = Articulation
LENGTH_S = 20.0
KINDS = ("32nds", "64ths", "128ths", "flams", "blasts")
# Strokes this far from a hit count as found; the tight one tells strokes of a roll apart.
TOLERANCES_S = (0.025, 0.008)
EDGE_S = 0.03
_ROLL_DRUMS = (A.SNARE, A.KICK, A.TOM_HIGH, A.TOM_LOW, A.HIHAT_CLOSED)
_NOTES_A_QUARTER = {"32nds": 8, "64ths": 16, "128ths": 32}

Stroke = tuple[float, Articulation, float]


@dataclass(frozen=True)
class Passage:
    """A planted passage and the drums it is about."""

    kind: str
    start_s: float
    end_s: float
    drums: frozenset[DrumClass]


@dataclass
class Tally:
    """Pairs, strokes and hits, summed over the passages of one kind, by tolerance."""

    pairs: dict[float, int] = field(default_factory=lambda: dict.fromkeys(TOLERANCES_S, 0))
    strokes: int = 0
    hits: int = 0

    def recall(self, tolerance_s: float) -> float:
        """Share of the strokes that were found."""
        return self.pairs[tolerance_s] / max(self.strokes, 1)

    def precision(self, tolerance_s: float) -> float:
        """Share of the hits that are right."""
        return self.pairs[tolerance_s] / max(self.hits, 1)


@dataclass
class Flags:
    """How the scan for dense passages did."""

    hit: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    planted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    plain_s: float = 0.0
    falsely_flagged_s: float = 0.0


def compose(rng: np.random.Generator) -> tuple[Performance, list[Passage]]:
    """A groove in 8ths at 140-220 BPM with one passage of each kind, far apart."""
    bpm = float(rng.uniform(140, 220))
    beat_s = 60 / bpm
    strokes: list[Stroke] = []
    for index in range(int(LENGTH_S / beat_s * 2)):
        time_s = 0.1 + index * beat_s / 2
        strokes.append((time_s, A.HIHAT_CLOSED, 0.6))
        if index % 4 == 0 or rng.random() < 0.15:
            strokes.append((time_s, A.KICK, 0.8))
        if index % 4 == 2:
            strokes.append((time_s, A.SNARE, 0.85))
    passages: list[Passage] = []
    slot_s = (LENGTH_S - 2.0) / len(KINDS)
    for place, kind in enumerate(rng.permutation(KINDS)):
        start_s = 1.0 + place * slot_s + rng.uniform(0, slot_s - 2.0)
        start_s = 0.1 + round((start_s - 0.1) / beat_s) * beat_s
        planted = list(_planted(str(kind), start_s, beat_s, rng))
        drums = frozenset(CLASS_OF[a] for _, a, _ in planted)
        end_s = planted[-1][0]
        near = [s for s in strokes if start_s - 0.04 < s[0] < end_s + 0.04]
        keep_others = kind != "blasts"
        strokes = [
            s for s in strokes if s not in near or (keep_others and CLASS_OF[s[1]] not in drums)
        ]
        strokes += planted
        passages.append(Passage(str(kind), planted[0][0], end_s, drums))
    return from_strokes("micro", strokes, [], human=True, kind="generated"), passages


def _planted(
    kind: str, start_s: float, beat_s: float, rng: np.random.Generator
) -> Iterator[Stroke]:
    if kind == "flams":
        drum = (A.SNARE, A.TOM_HIGH, A.TOM_LOW)[int(rng.integers(3))]
        for index in range(4):
            time_s = start_s + index * beat_s / 2
            yield time_s - rng.uniform(0.015, 0.03), drum, 0.45
            yield time_s, drum, 0.85
    elif kind == "blasts":
        step_s = 60 / rng.uniform(200, 260) / 4
        for index in range(int(1.4 / step_s)):
            time_s = start_s + index * step_s + rng.normal(0, 0.002)
            yield time_s, (A.KICK, A.SNARE)[index % 2], 0.8
            if index % 2 == 0:
                yield time_s + abs(rng.normal(0, 0.002)), A.HIHAT_CLOSED, 0.6
    else:
        drum = _ROLL_DRUMS[int(rng.integers(len(_ROLL_DRUMS)))]
        ioi_s = beat_s / _NOTES_A_QUARTER[kind]
        for index in range(max(int(0.5 / ioi_s), 6)):
            spread_s = rng.normal(0, 0.05 * ioi_s)
            yield start_s + index * ioi_s + spread_s, drum, float(rng.uniform(0.5, 0.9))


def perform(
    take: Performance, kits: Sequence[Kit], backing: BackingLibrary | None, rng: np.random.Generator
) -> tuple[FloatArray, Performance]:
    """Play the take, in a room now and then, over music where there is some."""
    voices = tune(assemble(list(kits), rng, mixing=0.15), Balance.draw(rng), rng)
    samples, heard = render(take, voices, LENGTH_S, rng)
    if rng.random() < 0.5:
        samples = augment.add_room(samples, rng)
    if backing is not None:
        music = colour(backing.excerpt(rng, len(samples)), rng)
        ratio = 10 ** (rng.uniform(-2, 8) / 20)
        samples = samples + music * np.float32(active_rms(samples) / ratio / active_rms(music))
    return samples, heard


def count(passage: Passage, heard: Performance, hits: Sequence[Hit], tally: Tally) -> None:
    """Add what was found of one passage, and what was heard in it besides."""
    low, high = passage.start_s - EDGE_S, passage.end_s + EDGE_S
    drums = np.array([int(CLASS_OF[Articulation(int(a))]) for a in heard.articulations])
    for drum in passage.drums:
        truth = heard.times_s[(drums == int(drum)) & _inside(heard.times_s, low, high)]
        found = np.array([h.time_s for h in hits if h.drum == drum and low <= h.time_s <= high])
        tally.strokes += len(truth)
        tally.hits += len(found)
        for tolerance_s in TOLERANCES_S:
            tally.pairs[tolerance_s] += len(match_times(truth, found, tolerance_s)[0])


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
    """Render, listen twice, print."""
    parser = harness.parser(__doc__)
    parser.add_argument("material", type=Path)
    parser.add_argument("--songs", type=int, default=24)
    parser.add_argument("--domain", choices=("drums", "mix"), default="drums")
    parser.add_argument("--preset", default="conservative")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    kits = load_kits(args.material / "kits", heldout=True)
    folders = [f for f in (args.material / "backing", args.material / "backing_more") if f.is_dir()]
    backing = load_backing(folders, True, user_cache_dir()) if args.domain == "mix" else None
    tallies = {(kind, mode): Tally() for kind in KINDS for mode in ("off", "all", "auto")}
    flags = Flags()
    for index in range(args.songs):
        rng = np.random.default_rng([args.seed, index])
        take, passages = compose(rng)
        samples, heard = perform(take, kits, backing, rng)
        for mode in ("off", "all", "auto"):
            options = AnalyseOptions(args.domain, mode, args.model)
            clip = AudioClip(samples, SAMPLE_RATE)
            analysis = analyse_clip(clip, args.domain, options, SilentProgress())
            plan = decode_plan(analysis, args.preset)
            hits = decode(prepare(analysis.activations), plan, analysis.calibration)
            for passage in passages:
                count(passage, heard, hits, tallies[(passage.kind, mode)])
            if mode == "off":
                judge_flags(analysis, passages, flags)
    harness.show(f"micro mode, {args.domain}", _figures(tallies, flags), args.json)


def _figures(tallies: dict[tuple[str, str], Tally], flags: Flags) -> dict[str, float | int | str]:
    figures: dict[str, float | int | str] = {}
    for kind in KINDS:
        figures[f"{kind}_strokes"] = tallies[(kind, "off")].strokes
        for mode in ("off", "all", "auto"):
            tally = tallies[(kind, mode)]
            for tolerance_s in TOLERANCES_S:
                name = f"{kind}_{mode}_{1000 * tolerance_s:.0f}ms"
                recall, precision = tally.recall(tolerance_s), tally.precision(tolerance_s)
                figures[name] = f"recall {recall:.3f}, precision {precision:.3f}"
        figures[f"{kind}_flagged"] = f"{flags.hit[kind]} of {flags.planted[kind]}"
    figures["plain_groove_flagged"] = f"{flags.falsely_flagged_s / max(flags.plain_s, 1e-9):.1%}"
    return figures


if __name__ == "__main__":
    main()
