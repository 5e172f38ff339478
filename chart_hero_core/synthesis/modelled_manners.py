"""Parameters of modelled cymbals and of the ways to strike them, measured on sampled kits.

The ranges lie about the decay times, spectra, crests and levels of hard strokes of some forty
sampled kits, and are wider than those.
"""

from dataclasses import dataclass, replace

from chart_hero_core.synthesis.articulations import Articulation
from chart_hero_core.synthesis.modelled_sound import Range

A = Articulation


@dataclass(frozen=True)
class Manner:
    """How one articulation of a cymbal sounds, as ranges to draw from.

    Attributes:
        peak, early_rms: typical level of a hard stroke; see ``finished``.
        decay_s, fall: 1/e time at 3 kHz, and by which power of frequency it gets shorter.
        rise_s: how slowly 3 kHz grows.
        wash_db, ping_db, click_db: noise, first ring and stick, against the partials.
        ping_s: how long the first ring lasts.
        scatter_db: how unequal the partials are.
        strong, strong_db: some partials are as much stronger.
        colour: bounds of the colour: ``low_hz``, ``tilt_db``, ``high_hz``, ``roll_db``.
        dirt: how far the sound is driven into distortion.
    """

    peak: float
    early_rms: float
    decay_s: Range
    fall: Range
    rise_s: Range
    wash_db: Range
    ping_db: Range
    click_db: Range
    ping_s: Range
    scatter_db: Range
    strong: Range
    strong_db: Range
    colour: tuple[Range, Range, Range, Range]
    dirt: Range = (0.0, 0.0)


CRASH = Manner(
    peak=0.37,
    early_rms=0.095,
    decay_s=(0.38, 0.85),
    fall=(0.15, 0.7),
    rise_s=(0.001, 0.03),
    wash_db=(-6, 6),
    ping_db=(-7, 4),
    click_db=(-5, 9),
    ping_s=(0.01, 0.06),
    scatter_db=(3, 6),
    strong=(1, 10),
    strong_db=(1, 7),
    colour=((180, 520), (-0.5, 3.0), (4500, 9000), (4, 14)),
)
RIDE = Manner(
    peak=0.24,
    early_rms=0.045,
    decay_s=(0.28, 0.8),
    fall=(0.4, 1.0),
    rise_s=(0.0005, 0.003),
    wash_db=(-16, -2),
    ping_db=(2, 10),
    click_db=(4, 14),
    ping_s=(0.012, 0.06),
    scatter_db=(5, 9),
    strong=(5, 30),
    strong_db=(3, 11),
    colour=((250, 750), (0.8, 4.0), (5000, 9500), (3, 10)),
)
MANNERS: dict[Articulation, Manner] = {
    A.CRASH_1: CRASH,
    A.CRASH_2: CRASH,
    A.CRASH_3: CRASH,
    A.CHINA: replace(
        CRASH,
        peak=0.31,
        early_rms=0.08,
        decay_s=(0.16, 0.4),
        fall=(0.4, 1.0),
        rise_s=(0.001, 0.02),
        wash_db=(-2, 9),
        scatter_db=(3, 5),
        colour=((700, 1600), (0, 3), (3500, 6500), (5, 14)),
        dirt=(0.3, 2.0),
    ),
    A.SPLASH: replace(
        CRASH,
        peak=0.36,
        early_rms=0.085,
        decay_s=(0.16, 0.42),
        rise_s=(0.001, 0.008),
        colour=((350, 1000), (0, 2), (6500, 10000), (4, 14)),
    ),
    A.RIDE: RIDE,
    A.RIDE_BELL: replace(
        RIDE,
        peak=0.29,
        early_rms=0.062,
        decay_s=(0.3, 0.8),
        wash_db=(-24, -8),
        ping_db=(-3, 7),
        click_db=(0, 10),
        strong=(6, 24),
        strong_db=(12, 24),
        colour=((400, 1200), (0.5, 4.0), (3500, 9000), (4, 10)),
    ),
    A.RIDE_EDGE: replace(
        RIDE,
        peak=0.5,
        early_rms=0.13,
        decay_s=(0.5, 1.0),
        rise_s=(0.002, 0.02),
        wash_db=(-12, 0),
        ping_db=(1, 9),
        click_db=(-2, 8),
        colour=((150, 400), (-3.0, 1.0), (3500, 8000), (4, 12)),
    ),
}
CLOSED = Manner(
    peak=0.17,
    early_rms=0.04,
    decay_s=(0.026, 0.075),
    fall=(0.0, 0.4),
    rise_s=(0.0003, 0.002),
    wash_db=(-4, 9),
    ping_db=(-13, 0),
    click_db=(-9, 5),
    ping_s=(0.004, 0.015),
    scatter_db=(4, 8),
    strong=(2, 20),
    strong_db=(2, 8),
    colour=((250, 900), (0, 3.5), (7000, 10500), (3, 14)),
)
HATS: dict[Articulation, Manner] = {
    A.HIHAT_CLOSED: CLOSED,
    A.HIHAT_HALF: replace(
        CLOSED,
        peak=0.24,
        early_rms=0.05,
        rise_s=(0.001, 0.012),
        wash_db=(-4, 7),
        ping_db=(-12, -2),
        click_db=(-8, 5),
    ),
    A.HIHAT_OPEN: replace(
        CLOSED,
        peak=0.24,
        early_rms=0.045,
        decay_s=(0.2, 0.65),
        fall=(0.1, 0.6),
        rise_s=(0.0004, 0.007),
        wash_db=(-4, 9),
        ping_db=(-11, 0),
        click_db=(-9, 4),
    ),
    A.HIHAT_PEDAL: replace(
        CLOSED,
        peak=0.14,
        early_rms=0.032,
        decay_s=(0.018, 0.05),
        rise_s=(0.001, 0.006),
        click_db=(-14, 0),
        ping_db=(-20, -6),
    ),
}
