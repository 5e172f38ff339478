"""Generated songs full of the hardest passages: rolls down to 128ths, flams, blast beats.

Micro mode is calibrated and measured on them: real charts have too few such passages.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.drums import DrumClass
from chart_hero_core.features.level import active_rms
from chart_hero_core.synthesis import augment
from chart_hero_core.synthesis.articulations import CLASS_OF, Articulation
from chart_hero_core.synthesis.backing import BackingLibrary, colour
from chart_hero_core.synthesis.kits import Kit, assemble
from chart_hero_core.synthesis.performances import Performance, from_strokes
from chart_hero_core.synthesis.render import Balance, render, tune

LENGTH_S = 20.0
KINDS = ("32nds", "64ths", "128ths", "flams", "blasts")
_NOTES_A_QUARTER = {"32nds": 8, "64ths": 16, "128ths": 32}
_RATIO_DB = (-2.0, 8.0)

A = Articulation
_ROLL_DRUMS = (A.SNARE, A.KICK, A.TOM_HIGH, A.TOM_LOW, A.HIHAT_CLOSED)
Stroke = tuple[float, Articulation, float]


@dataclass(frozen=True)
class Passage:
    """A planted passage and the drums it is about."""

    kind: str
    start_s: float
    end_s: float
    drums: frozenset[DrumClass]


def compose(rng: np.random.Generator) -> tuple[Performance, list[Passage]]:
    """A groove in 8ths at 140-220 BPM with one passage of each kind, far apart."""
    beat_s = 60 / float(rng.uniform(140, 220))
    strokes = list(_groove(beat_s, rng))
    passages: list[Passage] = []
    slot_s = (LENGTH_S - 2.0) / len(KINDS)
    for place, kind in enumerate(rng.permutation(KINDS).tolist()):
        start_s = 1.0 + place * slot_s + rng.uniform(0, slot_s - 2.0)
        start_s = 0.1 + round((start_s - 0.1) / beat_s) * beat_s
        planted = list(_planted(kind, start_s, beat_s, rng))
        drums = frozenset(CLASS_OF[a] for _, a, _ in planted)
        passage = Passage(kind, planted[0][0], planted[-1][0], drums)
        strokes = [s for s in strokes if _stays(s, passage)] + planted
        passages.append(passage)
    return from_strokes("dense", strokes, [], human=True, kind="generated"), passages


def _groove(beat_s: float, rng: np.random.Generator) -> Iterator[Stroke]:
    for index in range(int(LENGTH_S / beat_s * 2)):
        time_s = 0.1 + index * beat_s / 2
        yield time_s, A.HIHAT_CLOSED, 0.6
        if index % 4 == 0 or rng.random() < 0.15:
            yield time_s, A.KICK, 0.8
        if index % 4 == 2:
            yield time_s, A.SNARE, 0.85


def _stays(stroke: Stroke, passage: Passage) -> bool:
    """Whether a stroke of the groove can be played beside the passage: another hand is free."""
    time_s, surface, _ = stroke
    if not passage.start_s - 0.04 < time_s < passage.end_s + 0.04:
        return True
    return passage.kind != "blasts" and CLASS_OF[surface] not in passage.drums


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
    take: Performance, kits: Sequence[Kit], rng: np.random.Generator
) -> tuple[Float32Array, Performance]:
    """Play a take, every other time in a room.

    Returns:
        drum audio ``[20 s]`` and the strokes that sound in it.
    """
    voices = tune(assemble(list(kits), rng, mixing=0.15), Balance.draw(rng), rng)
    samples, heard = render(take, voices, LENGTH_S, rng)
    if rng.random() < 0.5:
        samples = augment.add_room(samples, rng)
    return samples, heard


def music_under(
    drums: Float32Array, backing: BackingLibrary, rng: np.random.Generator
) -> Float32Array:
    """Music to add to ``drums``, at a usual distance from them."""
    music = colour(backing.excerpt(rng, len(drums)), rng)
    ratio = 10 ** (rng.uniform(*_RATIO_DB) / 20)
    return music * np.float32(active_rms(drums) / ratio / (active_rms(music) + 1e-6))
