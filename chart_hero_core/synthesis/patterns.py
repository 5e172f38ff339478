"""Generated grooves, and variations of recorded ones.

The changes make common what real songs have and the recorded takes lack: loose hats and crashes
as the pulse, floor-tom grooves, sidestick songs, rolls down to 128ths, flams, drags.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from chart_hero_core.base.arrays import BoolArray, Float64Array, Int64Array
from chart_hero_core.synthesis.articulations import HIHATS, TOMS, Articulation
from chart_hero_core.synthesis.performances import Performance, from_strokes

A = Articulation
Stroke = tuple[float, Articulation, float]

# What keeps the pulse, with how often: hats most, but every surface a drummer rides.
_PULSES: tuple[tuple[Articulation, float], ...] = (
    (A.HIHAT_CLOSED, 0.24),
    (A.HIHAT_HALF, 0.14),
    (A.HIHAT_OPEN, 0.12),
    (A.RIDE, 0.17),
    (A.RIDE_BELL, 0.08),
    (A.RIDE_EDGE, 0.03),
    (A.CRASH_1, 0.04),
    (A.CRASH_2, 0.02),
    (A.CHINA, 0.03),
    (A.TOM_LOW, 0.1),
)


def _choice(
    rng: np.random.Generator, options: Sequence[tuple[Articulation, float]]
) -> Articulation:
    weights = np.array([weight for _, weight in options])
    return options[int(rng.choice(len(options), p=weights / weights.sum()))][0]


def generate(rng: np.random.Generator, length_s: float) -> Performance:
    """A made-up groove of 2-bar phrases with fills, at 60-240 BPM, in 3, 4, 5 or 7."""
    bpm = float(np.exp(rng.uniform(np.log(60), np.log(240))))
    meter = int(rng.choice([3, 4, 4, 4, 4, 4, 5, 7]))
    step_s = 60 / bpm / 4
    bar_steps = meter * 4
    phrase = _phrase(rng, bar_steps * 2, bpm)
    strokes: list[Stroke] = []
    beats: list[tuple[float, bool]] = []
    start = -int(rng.integers(bar_steps))
    for step in range(start, int(length_s / step_s) + 1):
        time_s = step * step_s
        place = (step - start) % (bar_steps * 2)
        if time_s >= 0:
            strokes += [(time_s, a, v) for a, v in phrase[place] if rng.random() < 0.96]
            if (step - start) % 4 == 0:
                beats.append((time_s, (step - start) % bar_steps == 0))
        if place == bar_steps * 2 - 1 and rng.random() < 0.5:
            strokes = _with_fill(rng, strokes, time_s + step_s, step_s)
    strokes = [s for s in strokes if 0 <= s[0] < length_s]
    return from_strokes("generated", strokes, beats, human=False, kind="generated")


def _phrase(
    rng: np.random.Generator, steps: int, bpm: float
) -> list[list[tuple[Articulation, float]]]:
    """What is struck on each 16th of a phrase, with velocities."""
    phrase: list[list[tuple[Articulation, float]]] = [[] for _ in range(steps)]
    pulse = _choice(rng, _PULSES)
    every = int(rng.choice([1, 2, 4], p=[0.15, 0.6, 0.25] if bpm < 150 else [0.03, 0.5, 0.47]))
    snare = A.SIDESTICK if rng.random() < 0.2 else A.SNARE
    backbeat = 8 if rng.random() < 0.75 else 4
    kick_odds = rng.uniform(0.05, 0.35)
    ghost_odds = rng.uniform(0, 0.25) if rng.random() < 0.4 else 0.0
    double_kick = rng.random() < 0.15
    for step, struck in enumerate(phrase):
        if step % every == 0:
            struck.append((pulse, 0.75 if step % 4 == 0 else 0.55))
        if step % backbeat == backbeat // 2:
            struck.append((snare, 0.85))
        elif rng.random() < ghost_odds:
            struck.append((A.SNARE, rng.uniform(0.15, 0.4)))
        if double_kick or step % 8 == 0 or rng.random() < kick_odds:
            struck.append((A.KICK, 0.8))
    if rng.random() < 0.5:
        phrase[0].append((A.CRASH_1 if rng.random() < 0.7 else A.CRASH_2, 0.9))
    if rng.random() < 0.15:
        for step in range(4, steps, 8):
            phrase[step].append((A.HIHAT_PEDAL, 0.5))
    return phrase


def _with_fill(
    rng: np.random.Generator, strokes: list[Stroke], end_s: float, step_s: float
) -> list[Stroke]:
    """Replace the last beats before ``end_s`` by a run over snare and toms."""
    length = int(rng.choice([4, 6, 8, 12]))
    rate = float(rng.choice([0.5, 1.0, 1.0, 2 / 3]))  # in 16ths
    begin_s = end_s - length * step_s
    kept = [s for s in strokes if s[0] < begin_s or (s[1] == A.KICK and rng.random() < 0.7)]
    drums = [A.SNARE, *TOMS] if rng.random() < 0.8 else list(TOMS)
    count = max(int(length / rate), 1)
    per_drum = max(int(rng.integers(1, 5)), count // len(drums) if rng.random() < 0.5 else 1)
    for index in range(count):
        drum = drums[(index // per_drum) % len(drums)]
        kept.append((begin_s + index * rate * step_s, drum, rng.uniform(0.5, 0.95)))
    return kept


def humanise(take: Performance, rng: np.random.Generator) -> Performance:
    """Give a mechanical take a drummer's spread: limbs 0-8 ms apart, accents, ghost strokes."""
    count = len(take.times_s)
    spread_s = rng.uniform(0.0, 0.008)
    lag_s = rng.normal(0, spread_s / 2, len(Articulation))[take.articulations]
    times = take.times_s + np.clip(rng.normal(0, spread_s, count) + lag_s, -0.02, 0.02)
    shape = rng.uniform(0.0, 0.18)
    velocities = take.velocities * rng.uniform(0.75, 1.15) + rng.normal(0, shape, count)
    if len(take.beats_s):
        nearest = np.abs(take.times_s[:, None] - take.beats_s[None, :]).min(axis=1)
        velocities = velocities + np.where(nearest < 0.03, 1, -1) * rng.uniform(0, 0.15)
    return _sorted(replace(take, times_s=times, velocities=np.clip(velocities, 0.08, 1.0)))


def reorchestrate(take: Performance, rng: np.random.Generator) -> Performance:
    """Play a take on other surfaces: another pulse, sidestick, other toms, fills moved to toms."""
    arts = take.articulations.copy()
    hats = np.isin(arts, [int(h) for h in HIHATS[:3]])
    rides = np.isin(arts, [int(A.RIDE), int(A.RIDE_BELL), int(A.RIDE_EDGE)])
    if rng.random() < 0.45:
        arts[hats] = int(_choice(rng, _PULSES))
    elif rng.random() < 0.35:
        opened = hats & (rng.random(len(arts)) < rng.uniform(0.05, 0.5))
        arts[opened] = int(rng.choice([A.HIHAT_OPEN, A.HIHAT_HALF]))
    if rng.random() < 0.35:
        arts[rides] = int(_choice(rng, _PULSES))
    if rng.random() < 0.14:
        arts[arts == A.SNARE] = int(A.SIDESTICK)
    crashes = np.isin(arts, [int(A.CRASH_1), int(A.CRASH_2)])
    others = [A.CRASH_1, A.CRASH_2, A.CRASH_3, A.CHINA, A.SPLASH]
    swap = crashes & (rng.random(len(arts)) < 0.3)
    arts[swap] = rng.choice([int(o) for o in others], int(swap.sum()))
    arts = _fills_to_toms(arts, take.times_s, rng)
    if rng.random() < 0.25:
        order = rng.permutation([int(t) for t in TOMS])
        arts = np.select([arts == int(t) for t in TOMS], list(order), arts)
    return _without_some(replace(take, articulations=arts), rng)


def _without_some(take: Performance, rng: np.random.Generator) -> Performance:
    """Now and then a whole group of drums is silent: what usually is there must not be assumed."""
    cymbals = (*HIHATS, A.RIDE, A.RIDE_BELL, A.RIDE_EDGE)
    for group, odds in ((cymbals, 0.2), ((A.KICK,), 0.04), ((A.SNARE, A.RIMSHOT), 0.04)):
        if rng.random() < odds:
            kept = ~np.isin(take.articulations, [int(a) for a in group])
            take = take.only(kept)
    return take


def _fills_to_toms(arts: Int64Array, times_s: Float64Array, rng: np.random.Generator) -> Int64Array:
    """Move dense snare strokes (fills, rolls) to the toms, run by run."""
    if rng.random() > 0.35:
        return arts
    arts = arts.copy()
    snares = np.flatnonzero(arts == A.SNARE)
    quick = np.diff(times_s[snares]) < 0.16 if len(snares) > 1 else np.zeros(0, bool)
    tom = int(rng.choice([int(t) for t in TOMS]))
    for index, is_quick in zip(snares[1:], quick, strict=True):
        if not is_quick or rng.random() < 0.25:
            tom = int(rng.choice([int(t) for t in TOMS]))
        if is_quick:
            arts[index] = tom
    return arts


def add_bursts(
    take: Performance, rng: np.random.Generator, length_s: float, per_minute: float
) -> Performance:
    """Insert rolls on one drum: 32nds to 128ths (12-90 ms apart), 0.1-0.9 s long.

    Their number is drawn by the length (Poisson), so that long clips are as full of
    them as short ones.
    """
    for _ in range(rng.poisson(per_minute * length_s / 60)):
        drums = [A.SNARE, A.KICK, A.TOM_HIGH, A.TOM_MID, A.TOM_LOW, A.HIHAT_CLOSED, A.RIDE]
        odds_of = [0.3, 0.3, 0.08, 0.08, 0.1, 0.1, 0.04]
        drum = drums[int(rng.choice(len(drums), p=odds_of))]
        ioi_s = float(np.exp(rng.uniform(np.log(0.014), np.log(0.09))))
        start_s = rng.uniform(0, max(length_s - 0.5, 0.1))
        span_s = float(np.clip(rng.uniform(3, 14) * ioi_s, 0.05, 0.9))
        times = np.arange(start_s, start_s + span_s, ioi_s)
        times = times + rng.normal(0, 0.06 * ioi_s, len(times))
        swell = np.linspace(rng.uniform(0.3, 0.9), rng.uniform(0.5, 1.0), len(times))
        near = (take.times_s > start_s - ioi_s) & (take.times_s < start_s + span_s + ioi_s)
        kept = ~(near & (take.articulations == int(drum)))
        take = _merge(take, kept, times, int(drum), np.clip(swell, 0.05, 1))
    return take


def add_unisons(take: Performance, rng: np.random.Generator) -> Performance:
    """Now and then strike a tom together with strokes of the snare, the kick or the pulse.

    Drummers double backbeats on the floor tom and keep hats going over a tom groove; takes of one
    drum at a time would teach that a low thud under a hat is always the kick.
    """
    if rng.random() > 0.2:
        return take
    groups = ((A.SNARE,), (A.KICK,), (*HIHATS[:3], A.RIDE))
    group = groups[int(rng.choice(3, p=[0.5, 0.2, 0.3]))]
    places = np.flatnonzero(np.isin(take.articulations, [int(a) for a in group]))
    places = places[rng.random(len(places)) < rng.uniform(0.1, 0.7)]
    tom = int(TOMS[int(rng.choice(3, p=[0.25, 0.2, 0.55]))])
    times = take.times_s[places] + rng.normal(0, 0.003, len(places))
    kept = np.ones(len(take.times_s), bool)
    if A.SNARE in group and rng.random() < 0.4:
        kept[places] = False
    loud = np.clip(take.velocities[places] * rng.uniform(0.8, 1.2), 0.2, 1.0)
    return _merge(take, kept, times, tom, loud)


def add_flams(take: Performance, rng: np.random.Generator) -> Performance:
    """Put soft grace strokes 12-35 ms before some snare and tom strokes."""
    if rng.random() > 0.3:
        return take
    flammable = np.isin(take.articulations, [int(A.SNARE), *(int(t) for t in TOMS)])
    share = rng.uniform(0.02, 0.3)
    chosen = np.flatnonzero(flammable & (rng.random(len(flammable)) < share))
    for index in chosen:
        time_s = take.times_s[index] - rng.uniform(0.012, 0.035)
        if time_s > 0:
            soft = take.velocities[index] * rng.uniform(0.35, 0.8)
            take = _merge(
                take,
                np.ones(len(take.times_s), bool),
                np.array([time_s]),
                int(take.articulations[index]),
                np.array([soft]),
            )
            flammable = np.append(flammable, False)
    return take


def stretch(take: Performance, factor: float) -> Performance:
    """Play the take ``factor`` times as slowly."""
    return replace(
        take,
        times_s=take.times_s * factor,
        beats_s=take.beats_s * factor,
        downbeats_s=take.downbeats_s * factor,
    )


def _merge(
    take: Performance,
    kept: BoolArray,
    times_s: Float64Array,
    articulation: int,
    velocities: Float64Array,
) -> Performance:
    return _sorted(
        replace(
            take,
            times_s=np.concatenate([take.times_s[kept], times_s]),
            articulations=np.concatenate(
                [take.articulations[kept], np.full(len(times_s), articulation)]
            ),
            velocities=np.concatenate([take.velocities[kept], velocities]),
        )
    )


def _sorted(take: Performance) -> Performance:
    order = np.argsort(take.times_s, kind="stable")
    return replace(
        take,
        times_s=np.maximum(take.times_s[order], 0.0),
        articulations=take.articulations[order],
        velocities=take.velocities[order],
    )
