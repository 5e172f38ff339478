"""Modelled cymbals: plates of hundreds of partials, and the wash they turn into.

A cymbal is a shallow shell: its partials are inharmonic and as dense as a plate's, the high ones
fade first, and a hard stroke feeds them slowly from the low ones, which is the bloom of a crash
(Fletcher and Rossing, "The Physics of Musical Instruments", 1998, chapter 20).
"""

from dataclasses import dataclass, replace

import numpy as np

from chart_hero_core.base.arrays import Float32Array, Float64Array
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.synthesis.articulations import Articulation
from chart_hero_core.synthesis.kits import Layers
from chart_hero_core.synthesis.modelled_manners import CLOSED, CRASH, HATS, MANNERS, RIDE, Manner
from chart_hero_core.synthesis.modelled_sound import (
    NOISE_FRAME,
    THREE_FORCES,
    Colour,
    Partials,
    Range,
    bins_hz,
    click,
    draw_colour,
    finished,
    ring,
    spread,
    unit,
    wash,
)

A = Articulation
_LONGEST_S = 4.5
_ROBINS = 2
# Decays and rises are those at this frequency.
_AT_HZ = 3000.0


@dataclass(frozen=True, eq=False)
class _Plate:
    """A piece of metal: where its partials lie, ``[M]``, and how unlike each other they are."""

    modes_hz: Float64Array
    unlike: Float64Array
    colour: Colour


@dataclass(frozen=True, eq=False)
class _Voicing:
    """One articulation of one cymbal: its manner's ranges drawn.

    Attributes:
        gains: of the plate's partials, ``[M]``, without its colour.
        even_hz: under this everything fades alike.
        click_hz, click_s: band and length of the stick.
        thump, thump_hz: a low knock, against the partials.
        rough: how much the noise rattles.
    """

    plate: _Plate
    gains: Float64Array
    decay_s: float
    fall: float
    even_hz: float
    rise_s: float
    wash_db: float
    ping_db: float
    ping_s: float
    click_db: float
    click_hz: Range
    click_s: float
    dirt: float
    thump: float
    thump_hz: float
    rough: float


def cymbals(rng: np.random.Generator) -> dict[Articulation, Layers]:
    """The cymbals of one kit: two or three crashes, ride, china, splash and the hats."""
    sounds: dict[Articulation, Layers] = {}
    crash_db, ride_db = rng.normal(0, (2.0, 3.5))
    for crash in (A.CRASH_1, A.CRASH_2, A.CRASH_3)[: int(rng.integers(2, 4))]:
        sounds[crash] = _cymbal(crash, _plate(rng, CRASH), rng, crash_db)
    for other in (A.CHINA, A.SPLASH):
        sounds[other] = _cymbal(other, _plate(rng, MANNERS[other]), rng, crash_db)
    plate = _plate(rng, RIDE)
    sounds[A.RIDE] = _cymbal(A.RIDE, plate, rng, ride_db)
    for part in (A.RIDE_BELL, A.RIDE_EDGE):
        recoloured = replace(plate, colour=draw_colour(rng, *MANNERS[part].colour))
        sounds[part] = _cymbal(part, recoloured, rng, ride_db)
    return sounds | _hats(rng)


def _hats(rng: np.random.Generator) -> dict[Articulation, Layers]:
    """A pair of hats: one set of partials, open, half open, shut and closed by foot."""
    plate = _plate(rng, CLOSED)
    level_db = float(rng.normal(0, 3.5))
    closed_s, open_s = spread(rng, CLOSED.decay_s), spread(rng, HATS[A.HIHAT_OPEN].decay_s)
    half_s = spread(rng, (max(closed_s * 1.8, 0.06), min(open_s * 0.65, 0.28)))
    pedal_s = min(spread(rng, HATS[A.HIHAT_PEDAL].decay_s), closed_s)
    decays_s = (closed_s, half_s, open_s, pedal_s)
    # Loose hats are darker than shut ones.
    darker = plate.colour.tilt_db - np.array([0, 0.5, 1.0, 1.0]) * rng.uniform(0.0, 1.6)
    sounds: dict[Articulation, Layers] = {}
    for (hat, manner), decay_s, tilt_db in zip(HATS.items(), decays_s, darker, strict=True):
        metal = replace(plate, colour=replace(plate.colour, tilt_db=float(tilt_db)))
        voicing = replace(_voicing(manner, metal, rng), decay_s=decay_s)
        if hat in (A.HIHAT_HALF, A.HIHAT_OPEN):
            voicing = replace(voicing, rough=rng.uniform(0, 0.6))
        if hat is A.HIHAT_PEDAL or rng.random() < 0.4:
            # The stand and the air between the hats; the foot's thump is the louder one.
            thump = rng.uniform(0.1, 3.5 if hat is A.HIHAT_PEDAL else 1.0)
            voicing = replace(voicing, thump=float(thump), thump_hz=spread(rng, (70, 350)))
        sounds[hat] = _layers(manner, voicing, rng, level_db)
    return sounds


def _plate(rng: np.random.Generator, manner: Manner) -> _Plate:
    count = int(spread(rng, (120, 380)))
    lowest_hz = spread(rng, manner.colour[0]) * 0.7
    # Partials up to a frequency are as many as a power of it: 1 for a plate, more for a shell.
    power = rng.uniform(1.0, 1.5)
    places = (np.arange(count) + rng.uniform(0, 1, count)) / count
    return _Plate(
        modes_hz=lowest_hz + (10900 - lowest_hz) * places ** (1 / power),
        unlike=rng.normal(0, 1, count),
        colour=draw_colour(rng, *manner.colour),
    )


def _voicing(manner: Manner, plate: _Plate, rng: np.random.Generator) -> _Voicing:
    count = len(plate.modes_hz)
    gain_db = rng.uniform(*manner.scatter_db) * plate.unlike
    strong = int(min(spread(rng, manner.strong), count))
    # The strong ones are an even choice of pitches, not of partials: there are more high ones.
    odds = (plate.modes_hz < 8000) / plate.modes_hz
    chosen = rng.choice(count, strong, replace=False, p=odds / odds.sum())
    gain_db[chosen] = np.abs(gain_db[chosen]) + rng.uniform(*manner.strong_db)
    low_hz = spread(rng, (700, 3500))
    return _Voicing(
        plate=plate,
        # Where partials are dense each has less of the sound.
        gains=10 ** (gain_db / 20) * np.sqrt(np.gradient(plate.modes_hz)),
        decay_s=spread(rng, manner.decay_s),
        fall=float(rng.uniform(*manner.fall)),
        even_hz=spread(rng, (900, 2600)),
        rise_s=spread(rng, manner.rise_s),
        wash_db=float(rng.uniform(*manner.wash_db)),
        ping_db=float(rng.uniform(*manner.ping_db)),
        ping_s=spread(rng, manner.ping_s),
        click_db=float(rng.uniform(*manner.click_db)),
        click_hz=(low_hz, low_hz * rng.uniform(2, 5)),
        click_s=spread(rng, (0.0004, 0.003)),
        dirt=float(rng.uniform(*manner.dirt)),
        thump=0.0,
        thump_hz=100.0,
        rough=0.0,
    )


def _cymbal(
    articulation: Articulation, plate: _Plate, rng: np.random.Generator, level_db: float
) -> Layers:
    manner = MANNERS[articulation]
    return _layers(manner, _voicing(manner, plate, rng), rng, level_db)


def _layers(manner: Manner, voicing: _Voicing, rng: np.random.Generator, level_db: float) -> Layers:
    """Three layers of two strokes: the soft ones darker, shorter, and without the bloom."""
    softest_db, darker_db = rng.uniform(9, 18), rng.uniform(0.3, 3.0)
    level = 10 ** ((level_db + rng.normal(0, 1.5)) / 20)

    def struck(force: float) -> Float32Array:
        sound = _stroke(voicing, (1 - force) * darker_db, force, rng)
        gain_db = -softest_db * (1 - force) + rng.normal(0, 0.7)
        return finished(sound, manner.peak * level, manner.early_rms * level, gain_db)

    return tuple(tuple(struck(force) for _ in range(_ROBINS)) for force in THREE_FORCES)


def _stroke(
    voicing: _Voicing, darker_db: float, force: float, rng: np.random.Generator
) -> Float64Array:
    """One stroke from its onset on, at any level."""
    length = int(min(_LONGEST_S, 7 * voicing.decay_s * 1.5 + 0.06) * SAMPLE_RATE)
    partials = _struck_partials(voicing, darker_db, rng)
    out = unit(ring(partials, length)) + _first_ring(voicing, partials, length, rng)
    frequencies_hz = np.maximum(bins_hz(NOISE_FRAME), 60.0)
    ratio = np.maximum(frequencies_hz, voicing.even_hz) / _AT_HZ
    noise = wash(
        rng,
        voicing.plate.colour.gains(frequencies_hz, darker_db),
        voicing.decay_s * ratio**-voicing.fall,
        voicing.rise_s * ratio**0.5,
        length,
    )
    if voicing.rough:
        noise *= _roughness(voicing.rough, length, rng)
    out += unit(noise) * 10 ** ((voicing.wash_db - (1 - force) * 3) / 20)
    if voicing.thump:
        time_s = np.arange(length) / SAMPLE_RATE
        out += (
            voicing.thump * np.sin(2 * np.pi * voicing.thump_hz * time_s) * np.exp(-time_s / 0.014)
        )
    if voicing.dirt:
        drive = voicing.dirt * (0.3 + 0.7 * force) / 3
        out = np.tanh(out * drive) / drive
    stick = click(rng, voicing.click_hz, voicing.click_s, length)
    return out + stick * 10 ** ((voicing.click_db - darker_db + rng.normal(0, 1)) / 20)


def _struck_partials(voicing: _Voicing, darker_db: float, rng: np.random.Generator) -> Partials:
    """The partials as one stroke wakes them: never twice at the very same place."""
    modes_hz = voicing.plate.modes_hz
    count = len(modes_hz)
    ratio = np.maximum(modes_hz, voicing.even_hz) / _AT_HZ
    gains = voicing.gains * voicing.plate.colour.gains(modes_hz, darker_db)
    rises_s = voicing.rise_s * ratio**0.5
    return Partials(
        frequencies_hz=modes_hz,
        gains=gains * 10 ** (rng.normal(0, 2, count) / 20),
        decays_s=voicing.decay_s * ratio**-voicing.fall * np.exp(rng.normal(0, 0.25, count)),
        rises_s=np.where(rises_s > 0.001, rises_s, 0.0),
        phases=rng.uniform(0, 2 * np.pi, count),
    )


def _first_ring(
    voicing: _Voicing, partials: Partials, length: int, rng: np.random.Generator
) -> Float64Array:
    """What sounds under the stick before the whole cymbal moves: the ping of a ride."""
    chosen = rng.random(len(partials.gains)) < 0.3
    chosen[int(rng.integers(len(chosen)))] = True
    span = min(int(7 * voicing.ping_s * SAMPLE_RATE) + 64, length)
    early = Partials(
        frequencies_hz=partials.frequencies_hz[chosen],
        gains=partials.gains[chosen],
        decays_s=voicing.ping_s * np.exp(rng.normal(0, 0.3, int(chosen.sum()))),
        rises_s=np.zeros(int(chosen.sum())),
        phases=rng.uniform(-0.8, 0.8, int(chosen.sum())),
    )
    out = np.zeros(length)
    sound = ring(early, span)
    level = np.sqrt(np.mean(sound[: max(int(voicing.ping_s * SAMPLE_RATE), 16)] ** 2)) + 1e-12
    out[:span] = sound * (10 ** (voicing.ping_db / 20) / level)
    return out


def _roughness(depth: float, length: int, rng: np.random.Generator) -> Float64Array:
    """Sizzle: two hats that just touch rattle, some hundred times a second."""
    points = rng.normal(0, 1, length // int(rng.integers(60, 220)) + 2)
    curve = np.interp(np.linspace(0, len(points) - 1, length), np.arange(len(points)), points)
    return np.asarray(np.exp(depth * curve))
