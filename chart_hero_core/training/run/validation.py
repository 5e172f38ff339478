"""Measuring a network while it trains: rendered songs of a fixed seed, with planted 64ths."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from chart_hero_core.base.arrays import Float32Array, Float64Array, IndexArray
from chart_hero_core.base.drums import DRUM_COUNT, DrumClass
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.decode.candidates import prepare
from chart_hero_core.decode.decoder import decode
from chart_hero_core.decode.presets import load_preset
from chart_hero_core.evaluation.matching import match_times
from chart_hero_core.features.level import active_rms, to_reference_level
from chart_hero_core.model.checkpoint import Checkpoint
from chart_hero_core.model.infer import activations
from chart_hero_core.synthesis import augment, patterns
from chart_hero_core.synthesis.articulations import CLASS_OF, Articulation
from chart_hero_core.synthesis.backing import colour
from chart_hero_core.synthesis.clips import Materials
from chart_hero_core.synthesis.kits import assemble
from chart_hero_core.synthesis.performances import Performance
from chart_hero_core.synthesis.render import Balance, render, tune

SONG_S = 20.0
TOLERANCE_S = 0.025
# 64ths at the tempos in which they matter most.
_ROLL_BPM = (180.0, 240.0)
_ROLL_STROKES = 16
_ROLLS_PER_SONG = 3
_ROLL_DRUMS = (
    *(Articulation.SNARE, Articulation.KICK, Articulation.TOM_HIGH, Articulation.TOM_LOW),
    Articulation.HIHAT_CLOSED,
)
_RATIO_DB = (-2.0, 8.0)
# The network is not calibrated yet: the best of a few flat thresholds stands for it.
_THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6)
_SEED = 64_240


@dataclass(frozen=True, eq=False)
class Roll:
    """A planted run of 64ths on one drum, from its first to its last stroke."""

    drum: DrumClass
    start_s: float
    end_s: float


@dataclass(frozen=True, eq=False)
class ValidationSong:
    """Audio at the reference level, its strokes, and where the 64ths are."""

    samples: Float32Array
    times_s: Float64Array
    drums: IndexArray
    rolls: tuple[Roll, ...]


@dataclass(frozen=True, slots=True)
class Measurement:
    """Event F over all drums within 25 ms at the best flat threshold; recall of the 64ths there."""

    event_f: float
    recall_64ths: float
    threshold: float

    @property
    def score(self) -> float:
        """What decides which weights are better: both figures alike."""
        return (self.event_f + self.recall_64ths) / 2


def render_validation(heldout: Materials, count: int) -> list[ValidationSong]:
    """``count`` songs from held-out material, every other one over music; always the same.

    Raises:
        DatasetError: no charts to play.
    """
    if not heldout.charts:
        raise DatasetError("There are no held-out charts to measure on.")
    return [_song(heldout, np.random.default_rng([_SEED, i]), i % 2 == 1) for i in range(count)]


def _song(heldout: Materials, rng: np.random.Generator, with_music: bool) -> ValidationSong:
    whole = heldout.charts[int(rng.integers(len(heldout.charts)))]
    start_s = rng.uniform(0, max(whole.duration_s - SONG_S, 0.0))
    take = patterns.humanise(whole.cut(start_s, SONG_S), rng)
    take, rolls = _with_rolls(take, rng)
    voices = tune(assemble(list(heldout.kits), rng), Balance.draw(rng), rng)
    samples, heard = render(take, voices, SONG_S, rng)
    samples = augment.add_room(samples, rng)
    if with_music:
        music = colour(heldout.backing.excerpt(rng, len(samples)), rng)
        ratio = 10 ** (rng.uniform(*_RATIO_DB) / 20)
        gain = active_rms(samples) / ratio / (active_rms(music) + 1e-6)
        samples = samples + music * np.float32(gain)
    drums = np.array([int(CLASS_OF[Articulation(int(a))]) for a in heard.articulations], np.intp)
    return ValidationSong(to_reference_level(samples), heard.times_s, drums, rolls)


def _with_rolls(
    take: Performance, rng: np.random.Generator
) -> tuple[Performance, tuple[Roll, ...]]:
    """Put runs of 64ths into a take, in the place of what their drum plays there."""
    rolls: list[Roll] = []
    slot_s = SONG_S / _ROLLS_PER_SONG
    for index in range(_ROLLS_PER_SONG):
        surface = _ROLL_DRUMS[int(rng.integers(len(_ROLL_DRUMS)))]
        step_s = 60 / rng.uniform(*_ROLL_BPM) / 16
        start_s = index * slot_s + rng.uniform(0.2, slot_s - 1.0)
        times_s = np.asarray(start_s + np.arange(_ROLL_STROKES) * step_s, np.float64)
        roll = Roll(CLASS_OF[surface], start_s, float(times_s[-1]))
        take = _planted(take, roll, surface, times_s, rng)
        rolls.append(roll)
    return take, tuple(rolls)


def _planted(
    take: Performance,
    roll: Roll,
    surface: Articulation,
    times_s: Float64Array,
    rng: np.random.Generator,
) -> Performance:
    drums = np.array([int(CLASS_OF[Articulation(int(a))]) for a in take.articulations], int)
    near = (take.times_s > roll.start_s - 0.1) & (take.times_s < roll.end_s + 0.1)
    kept = ~(near & (drums == int(roll.drum)))
    times = np.concatenate([take.times_s[kept], times_s])
    order = np.argsort(times, kind="stable")
    surfaces = np.full(len(times_s), int(surface))
    loudness = rng.uniform(0.5, 0.9, len(times_s))
    return replace(
        take,
        times_s=times[order],
        articulations=np.concatenate([take.articulations[kept], surfaces])[order],
        velocities=np.concatenate([take.velocities[kept], loudness])[order],
    )


def measure(checkpoint: Checkpoint, songs: Sequence[ValidationSong]) -> Measurement:
    """Score a network (in evaluation mode) on ``songs``."""
    heard = [prepare(activations(song.samples, checkpoint)) for song in songs]
    found: list[Measurement] = []
    for threshold in _THRESHOLDS:
        settings = replace(
            load_preset("aggressive").baseline,
            activity_gate=0.0,
            thresholds=(threshold,) * DRUM_COUNT,
            offset_ms=(0.0,) * DRUM_COUNT,
        )
        counts = np.zeros(5)
        for song, candidates in zip(songs, heard, strict=True):
            hits = decode(candidates, settings)
            times_s = np.array([hit.time_s for hit in hits])
            drums = np.array([int(hit.drum) for hit in hits], np.intp)
            counts += _counted(song, times_s, drums)
        pairs, strokes, predicted, fast_found, fast = counts.tolist()
        f = 2 * pairs / max(strokes + predicted, 1)
        found.append(Measurement(f, fast_found / max(fast, 1), threshold))
    return max(found, key=lambda one: one.event_f)


def _counted(song: ValidationSong, times_s: Float64Array, drums: IndexArray) -> Float64Array:
    """Pairs, strokes, hits; found and all strokes of the rolls."""
    counts = np.zeros(5)
    for drum in DrumClass:
        truth = np.sort(song.times_s[song.drums == int(drum)])
        heard = np.sort(times_s[drums == int(drum)])
        matched, _ = match_times(truth, heard, TOLERANCE_S)
        counts[:3] += len(matched), len(truth), len(heard)
        right = np.isin(np.arange(len(truth)), matched)
        for roll in song.rolls:
            if roll.drum == drum:
                inside = (truth >= roll.start_s - 1e-6) & (truth <= roll.end_s + 1e-6)
                counts[3:] += (right & inside).sum(), inside.sum()
    return counts
