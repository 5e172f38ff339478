"""Modelled drums: round membranes whose pitch drops after the stroke, shells and snare wires.

The partials are those of an ideal circular membrane, shifted at random as air and lug tuning
shift them (Fletcher and Rossing, "The Physics of Musical Instruments", 1998, chapters 3 and 18).
"""

from dataclasses import dataclass, replace

import numpy as np

from chart_hero_core.base.arrays import Float32Array, Float64Array
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.synthesis.articulations import TOMS, Articulation
from chart_hero_core.synthesis.kits import Layers
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
# Zeros of the Bessel functions over the first of them: the partials of a circular membrane.
_MEMBRANE = np.array([1.0, 1.593, 2.135, 2.295, 2.653, 2.917, 3.155, 3.5, 3.598, 4.059])
# Sampled kits' low toms lie at 65 to 120 Hz.
_LOWEST_TOM_HZ = 65.0
_DRIVE = (0.15, 2.5)
_TWO_FORCES = (0.2, 1.0)


@dataclass(frozen=True, eq=False)
class _Drum:
    """One drum as it is struck one way; levels in dB are against the membrane.

    Attributes:
        peak, early_rms: level of a hard stroke; see ``finished``.
        modes_hz, gains, decays_s: the membrane, ``[M]`` each.
        bend, bend_s: by what part the pitch is too high at first, and how long.
        noise, noise_db, noise_s: wires, shell and air.
        clicks: what hits it: band, decay, level.
        clanks, clank_db: what rings of hoop and stick.
        room_db, room_s: a weak tail of the noise.
        drive: how far desk and tape round the peaks off, against the peak of a hard stroke.
    """

    peak: float
    early_rms: float
    modes_hz: Float64Array
    gains: Float64Array
    decays_s: Float64Array
    bend: float
    bend_s: float
    noise: Colour
    noise_db: float
    noise_s: float
    click_hz: Range
    click_s: float
    click_db: float
    room_db: float
    room_s: float
    drive: float
    clanks: Partials | None = None
    clank_db: float = 0.0


def drums(rng: np.random.Generator) -> dict[Articulation, Layers]:
    """Kick, snare with rimshot and sidestick, and three toms of one kit."""
    room = rng.uniform(-45, -18), spread(rng, (0.06, 0.25))
    snare = _snare(rng, room)
    sounds = {
        A.KICK: _layers(_kick(rng, room), rng, _TWO_FORCES),
        A.SNARE: _layers(snare, rng, THREE_FORCES),
        A.RIMSHOT: _layers(_rimshot(snare, rng), rng, THREE_FORCES),
        A.SIDESTICK: _layers(_sidestick(snare, rng), rng, THREE_FORCES),
    }
    for tom, drum in zip(TOMS, _toms(rng, room), strict=True):
        sounds[tom] = _layers(drum, rng, _TWO_FORCES)
    return sounds


def _membrane(
    rng: np.random.Generator, pitch_hz: float, decay_s: float, slope_db: float, fall: float
) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Frequencies, gains and decays: each octave up is ``slope_db`` weaker and fades faster."""
    ratios = _MEMBRANE * np.exp(rng.normal(0, 0.02, len(_MEMBRANE)))
    # Heads of both sides and the air between them stretch the first one down.
    ratios[1:] *= rng.uniform(0.92, 1.12)
    ratios[0] = 1.0
    gains = 10 ** ((-slope_db * np.log2(ratios) + rng.normal(0, 3, len(ratios))) / 20)
    # The pitch is that of the first one.
    gains = np.minimum(gains, 0.6)
    gains[0] = 1.0
    decays_s = decay_s * ratios**-fall * np.exp(rng.normal(0, 0.2, len(ratios)))
    decays_s[0] = decay_s
    return pitch_hz * ratios, gains, decays_s


def _kick(rng: np.random.Generator, room: Range) -> _Drum:
    low_hz = spread(rng, (600, 2800))
    pitch_hz, decay_s = spread(rng, (42, 78)), spread(rng, (0.03, 0.11))
    modes_hz, gains, decays_s = _membrane(rng, pitch_hz, decay_s, rng.uniform(9, 22), 1.2)
    return _Drum(
        peak=0.75,
        early_rms=0.29,
        modes_hz=modes_hz,
        gains=gains,
        decays_s=decays_s,
        bend=spread(rng, (0.15, 2.0)),
        bend_s=spread(rng, (0.006, 0.03)),
        noise=draw_colour(rng, (60, 200), (-8, -3), (3000, 9000), (4, 14)),
        noise_db=rng.uniform(-26, -9),
        noise_s=spread(rng, (0.012, 0.06)),
        click_hz=(low_hz, low_hz * rng.uniform(2, 4)),
        click_s=spread(rng, (0.001, 0.006)),
        click_db=rng.uniform(-17, 2),
        room_db=room[0] - 8,
        room_s=room[1],
        drive=spread(rng, _DRIVE),
    )


def _snare(rng: np.random.Generator, room: Range) -> _Drum:
    pitch_hz, decay_s = spread(rng, (140, 290)), spread(rng, (0.02, 0.075))
    modes_hz, gains, decays_s = _membrane(rng, pitch_hz, decay_s, rng.uniform(4, 13), 0.6)
    return _Drum(
        peak=0.78,
        early_rms=0.215,
        modes_hz=modes_hz,
        gains=gains,
        decays_s=decays_s,
        bend=rng.uniform(0.02, 0.25),
        bend_s=spread(rng, (0.006, 0.025)),
        noise=draw_colour(rng, (250, 900), (-4.5, 0.0), (4500, 9000), (4, 14)),
        noise_db=rng.uniform(-12, 2),
        noise_s=spread(rng, (0.028, 0.1)),
        click_hz=(spread(rng, (600, 2500)), spread(rng, (3000, 8000))),
        click_s=spread(rng, (0.001, 0.006)),
        click_db=rng.uniform(-12, 3),
        room_db=room[0],
        room_s=room[1],
        drive=spread(rng, _DRIVE),
    )


def _rimshot(snare: _Drum, rng: np.random.Generator) -> _Drum:
    """Hoop and head at once: the upper partials ring, and louder than the wires."""
    octaves = np.log2(snare.modes_hz / snare.modes_hz[0])
    return replace(
        snare,
        peak=0.72,
        early_rms=0.19,
        gains=snare.gains * 10 ** (rng.uniform(2, 6) * octaves / 20),
        decays_s=snare.decays_s * rng.uniform(1.1, 1.9),
        noise_db=snare.noise_db - rng.uniform(0, 5),
        click_db=snare.click_db + rng.uniform(0, 4),
        clanks=_clanks(rng, (450, 3500), (0.008, 0.06)),
        clank_db=rng.uniform(-10, 2),
    )


def _sidestick(snare: _Drum, rng: np.random.Generator) -> _Drum:
    """The stick lies on the head and knocks on the hoop: wood, and little of the drum."""
    low_hz = spread(rng, (900, 2600))
    return replace(
        snare,
        peak=0.48,
        early_rms=0.1,
        decays_s=snare.decays_s * rng.uniform(0.3, 0.7),
        noise_db=rng.uniform(-10, 4),
        noise_s=spread(rng, (0.016, 0.09)),
        click_hz=(low_hz, low_hz * rng.uniform(2, 4)),
        click_s=spread(rng, (0.0008, 0.004)),
        click_db=rng.uniform(0, 12),
        clanks=_clanks(rng, (500, 5500), (0.006, 0.045)),
        clank_db=rng.uniform(6, 18),
    )


def _toms(rng: np.random.Generator, room: Range) -> list[_Drum]:
    """High, middle and low: alike but for their pitches, a third to a fifth apart."""
    high = _tom(rng, room)
    toms = [high]
    for _ in TOMS[1:]:
        last_hz = float(toms[-1].modes_hz[0])
        # Floor toms are not tuned lower than this.
        floor_hz = min(_LOWEST_TOM_HZ * rng.uniform(1, 1.15), 0.88 * last_hz)
        pitch_hz = max(last_hz * rng.uniform(0.68, 0.85), floor_hz)
        tom = replace(
            high,
            # Heads of one make on shells of one make: the same partials over each pitch.
            modes_hz=high.modes_hz * (pitch_hz / high.modes_hz[0]),
            decays_s=toms[-1].decays_s * rng.uniform(0.95, 1.3),
            bend=high.bend * rng.uniform(0.8, 1.2),
            noise_db=high.noise_db + rng.normal(0, 1.5),
            noise_s=spread(rng, (0.012, 0.06)),
            click_s=spread(rng, (0.0015, 0.007)),
            click_db=high.click_db + rng.normal(0, 1),
        )
        toms.append(tom)
    return toms


def _tom(rng: np.random.Generator, room: Range) -> _Drum:
    low_hz = spread(rng, (400, 2000))
    pitch_hz, decay_s = spread(rng, (106, 200)), spread(rng, (0.1, 0.45))
    slope_db, fall = rng.uniform(3, 11), rng.uniform(0.6, 1.6)
    modes_hz, gains, decays_s = _membrane(rng, pitch_hz, decay_s, slope_db, fall)
    return _Drum(
        peak=0.68,
        early_rms=0.19,
        modes_hz=modes_hz,
        gains=gains,
        decays_s=decays_s,
        bend=spread(rng, (0.02, 0.18)),
        bend_s=spread(rng, (0.015, 0.08)),
        noise=draw_colour(rng, (100, 400), (-7, -2), (2500, 8000), (4, 14)),
        noise_db=rng.uniform(-17, -1),
        noise_s=spread(rng, (0.012, 0.06)),
        click_hz=(low_hz, low_hz * 4),
        click_s=spread(rng, (0.0015, 0.007)),
        click_db=rng.uniform(-7, 9),
        room_db=room[0] - 6,
        room_s=room[1],
        drive=spread(rng, _DRIVE),
    )


def _clanks(rng: np.random.Generator, band_hz: Range, decay_s: Range) -> Partials:
    count = int(rng.integers(4, 13))
    return Partials(
        frequencies_hz=np.array([spread(rng, band_hz) for _ in range(count)]),
        gains=rng.uniform(0.2, 1, count),
        decays_s=np.array([spread(rng, decay_s) for _ in range(count)]),
        rises_s=np.zeros(count),
        phases=rng.uniform(-1, 1, count),
    )


def _layers(drum: _Drum, rng: np.random.Generator, forces: tuple[float, ...]) -> Layers:
    """Layers of two strokes each: soft ones darker, with less of a click and of a bend."""
    softest_db = rng.uniform(9, 18)
    level = 10 ** (rng.normal(0, 1.5) / 20)

    def struck(force: float) -> Float32Array:
        gain_db = -softest_db * (1 - force) + rng.normal(0, 0.7)
        sound = _stroke(drum, force, rng)
        return finished(sound, drum.peak * level, drum.early_rms * level, gain_db)

    return tuple(tuple(struck(force) for _ in range(2)) for force in forces)


def _stroke(drum: _Drum, force: float, rng: np.random.Generator) -> Float64Array:
    """One stroke from its onset on, at any level."""
    longest_s = max(float(drum.decays_s.max()), drum.noise_s, drum.room_s)
    length = int(min(7 * longest_s + 0.05, 3.0) * SAMPLE_RATE)
    out = _skin(drum, force, length, rng)
    darker_db = (1 - force) * rng.uniform(1.5, 3.5)
    colour = drum.noise.gains(bins_hz(NOISE_FRAME), darker_db)
    for level_db, decay_s in ((drum.noise_db, drum.noise_s), (drum.room_db, drum.room_s)):
        still = np.ones_like(colour)
        noise = wash(rng, colour, still * decay_s, still * 0.001, length)
        noise /= np.sqrt(np.mean(noise[: max(int(decay_s * SAMPLE_RATE), 16)] ** 2)) + 1e-12
        out += noise * (0.5 * 10 ** (level_db / 20))
    hit = click(rng, drum.click_hz, drum.click_s, length)
    out += hit * (0.5 * 10 ** ((drum.click_db - 3 * darker_db + rng.normal(0, 1)) / 20))
    if drum.clanks is not None:
        clank = unit(ring(drum.clanks, length)) * 10 ** ((drum.clank_db - 2 * darker_db) / 20)
        out += 0.25 * clank
    return np.asarray(np.tanh(out * (drum.drive * (0.25 + 0.75 * force) / np.abs(out).max())))


def _skin(drum: _Drum, force: float, length: int, rng: np.random.Generator) -> Float64Array:
    """The membrane: its partials sink together by what the stroke has stretched it."""
    time_s = np.arange(length) / SAMPLE_RATE
    bend = drum.bend * (0.4 + 0.6 * force)
    # The integral of a pitch that falls exponentially onto its rest.
    turns = 2 * np.pi * (time_s - bend * drum.bend_s * np.expm1(-time_s / drum.bend_s))
    octaves = np.log2(drum.modes_hz / drum.modes_hz[0])
    gains = drum.gains * 10 ** ((-(1 - force) * 3 * octaves + rng.normal(0, 1.5, 10)) / 20)
    out = np.zeros(length)
    for hertz, gain, decay_s in zip(drum.modes_hz, gains, drum.decays_s, strict=True):
        span = min(int(7 * decay_s * SAMPLE_RATE) + 1, length)
        shape = gain * np.exp(-time_s[:span] / decay_s)
        out[:span] += shape * np.sin(hertz * turns[:span] + rng.uniform(-0.3, 0.3))
    return out
