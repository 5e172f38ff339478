"""The endless stream of labelled training clips: draws take, kit and mix, and renders them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from chart_hero_core.base.arrays import BoolArray, Float32Array
from chart_hero_core.base.domains import Domain
from chart_hero_core.features.level import active_rms
from chart_hero_core.features.logmel import REFERENCE_RMS, SAMPLE_RATE
from chart_hero_core.synthesis import augment, patterns
from chart_hero_core.synthesis.articulations import PULSE, Articulation
from chart_hero_core.synthesis.audibility import audible, stroke_shares
from chart_hero_core.synthesis.backing import BackingLibrary, colour
from chart_hero_core.synthesis.band import Band, play_band
from chart_hero_core.synthesis.distractors import DISTRACTORS_RMS, distractors
from chart_hero_core.synthesis.instances import Variety, varied_kit
from chart_hero_core.synthesis.kits import Kit
from chart_hero_core.synthesis.performances import Performance, from_strokes
from chart_hero_core.synthesis.render import Spread, Voice, bus_of, render_buses
from chart_hero_core.synthesis.separation import separated

_MASTER_TILT_DB = (-2.0, 0.3)


@dataclass(frozen=True)
class ClipSettings:
    """What the clips are made of (probabilities and ranges)."""

    length_s: float = 8.0
    generated_share: float = 0.2
    chart_share: float = 0.35
    drums_only_share: float = 0.22
    drumless_share: float = 0.12
    ratio_db: tuple[float, float] = (-8.0, 14.0)
    # Most mixes lie about the middle of that range: normal with this mean and spread, clipped.
    usual_ratio_db: tuple[float, float] = (4.0, 4.5)
    cymbal_spread: float = 0.25
    tom_spread: float = 0.2
    # How often a group of cymbals is layered from two kits: cymbals nobody has recorded.
    layered_share: float = 0.4
    bus_colour_share: float = 0.6
    distractor_share: float = 0.25
    # Music by a made-up band in time with the drums, where notes to play it with are given.
    band_share: float = 0.45
    # How often what a separator makes of a mix is listened to, instead of the mix.
    separated_share: float = 0.2
    percussion_share: float = 0.28  # drum tracks with unlabelled percussion in time with them
    # The same where no hat and no ride is struck: the percussion keeps the time alone.
    alone_percussion_share: float = 0.6
    aligned_share: float = 0.1
    bursts_per_minute: float = 12.0
    # Each rendered drum track serves several clips, in another mix each time.
    reuse: int = 3
    pool: int = 48

    @property
    def variety(self) -> Variety:
        """How far the kits are altered."""
        return Variety(Spread(self.cymbal_spread, self.tom_spread), self.layered_share)


@dataclass(frozen=True)
class Clip:
    """Audio ``[N]`` at 22.05 kHz with what is struck in it. ``domain`` is drums or mix.

    ``audible`` tells for each stroke of the take whether anybody could hear it.
    """

    samples: Float32Array
    take: Performance
    domain: Domain
    audible: BoolArray


@dataclass(frozen=True, eq=False)
class _DrumTrack:
    """Rendered drums, waiting to be mixed; ``start`` is where an aligned take began, else -1."""

    samples: Float32Array
    take: Performance
    start: int
    shares: Float32Array


@dataclass
class Materials:
    """Everything clips are drawn from."""

    kits: Sequence[Kit]
    grooves: Sequence[Performance]
    charts: Sequence[Performance]
    backing: BackingLibrary
    band: Band | None = None
    weights: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        seconds = np.array([min(take.duration_s, 120.0) for take in self.grooves])
        # Short fills are many; programmed metal is rare but holds the fast passages.
        boost = np.array([3.0 if take.kind == "programmed_metal" else 1.0 for take in self.grooves])
        self.weights = seconds * boost / (seconds * boost).sum()


class ClipStream:
    """Clips without end, the same for the same seed."""

    def __init__(self, materials: Materials, settings: ClipSettings, seed: int) -> None:
        self._materials = materials
        self._settings = settings
        self._rng = np.random.default_rng(seed)
        self._pool: list[_DrumTrack] = []

    def next(self) -> Clip:
        """Draw the next clip."""
        rng, settings = self._rng, self._settings
        length = int(settings.length_s * SAMPLE_RATE)
        if rng.random() < settings.drumless_share:
            empty = from_strokes("none", [], [], human=False, kind="drumless")
            silence = np.zeros(0, bool)
            return Clip(self._finish(self._music(length, empty)), empty, "mix", silence)
        track = self._drums()
        take = track.take
        drums = self._process_drums(self._with_percussion(track, length))
        if rng.random() < settings.drums_only_share:
            heard = audible(track.shares, take.times_s, drums, None)
            return Clip(self._finish(drums), take, "drums", heard)
        music = self._music_to(track, drums, length)
        heard = audible(track.shares, take.times_s, drums, music)
        if rng.random() < settings.separated_share:
            return Clip(self._finish(separated(drums, music, rng)), take, "drums", heard)
        return Clip(self._finish(self._master(drums + music)), take, "mix", heard)

    def _with_percussion(self, track: _DrumTrack, length: int) -> Float32Array:
        """The drums, in some clips with unlabelled percussion among them."""
        rng, settings = self._rng, self._settings
        drums, take = track.samples, track.take
        keeps_time = bool(take.strikes(PULSE).any())
        share = settings.percussion_share if keeps_time else settings.alone_percussion_share
        if rng.random() >= share or active_rms(drums) <= 0:
            return drums
        level = active_rms(drums) * 10 ** (rng.uniform(-22, -2) / 20) / DISTRACTORS_RMS
        percussion = distractors(rng, length, take.beats_s, self._materials.band)
        together: Float32Array = drums + percussion * np.float32(level)
        return together

    def _music_to(self, track: _DrumTrack, drums: Float32Array, length: int) -> Float32Array:
        """Music at a drawn ratio to ``drums``; that of the take itself where there is such."""
        rng, settings = self._rng, self._settings
        music = None
        if rng.random() < 0.5 and track.start >= 0:
            music = self._materials.backing.aligned(track.take.name, track.start, length)
        if music is None:
            music = self._music(length, track.take)
        ratio_db = np.clip(rng.normal(*settings.usual_ratio_db), *settings.ratio_db)
        ratio = 10 ** (ratio_db / 20)
        scaled: Float32Array = music * np.float32(
            active_rms(drums) / ratio / (active_rms(music) + 1e-6)
        )
        return scaled

    def _drums(self) -> _DrumTrack:
        """A drum track from the pool; the oldest is rendered anew after ``reuse`` uses."""
        settings, rng = self._settings, self._rng
        if len(self._pool) < settings.pool:
            fresh = self._render()
            self._pool.append(fresh)
            return fresh
        index = int(rng.integers(len(self._pool)))
        if rng.random() < 1 / settings.reuse:
            self._pool[index] = self._render()
        return self._pool[index]

    def _render(self) -> _DrumTrack:
        rng, settings = self._rng, self._settings
        take, start = self._take()
        voices = self._kit_instance(take)
        buses, heard = render_buses(take, voices, settings.length_s, rng)
        for bus in buses:
            if bus.any() and rng.random() < settings.bus_colour_share:
                bus[:] = augment.shape_tone(bus, rng, strength_db=4.0)
        shares = stroke_shares(buses, bus_of(heard.articulations), heard.times_s)
        return _DrumTrack(buses.sum(axis=0), heard, start, shares)

    def _kit_instance(self, take: Performance) -> dict[Articulation, Voice]:
        """What ``take`` is played on, tuned as no other kit."""
        used = take.articulations.tolist()
        return varied_kit(self._materials.kits, used, self._rng, self._settings.variety)

    def _take(self) -> tuple[Performance, int]:
        """A stretch of a take, varied, and the sample it began at (-1: its time was changed)."""
        rng, settings, materials = self._rng, self._settings, self._materials
        length_s = settings.length_s
        kind = rng.random()
        aligned = rng.random() < settings.aligned_share
        if kind < settings.generated_share and not aligned:
            take = patterns.humanise(patterns.generate(rng, length_s), rng)
            return self._vary(take, orchestrate=False), -1
        if kind < settings.generated_share + settings.chart_share and not aligned:
            whole = materials.charts[int(rng.integers(len(materials.charts)))]
        else:
            whole = materials.grooves[int(rng.choice(len(materials.grooves), p=materials.weights))]
        factor = 1.0 if aligned else float(np.exp(rng.normal(0, 0.1)))
        window_s = length_s / factor
        start_s = rng.uniform(-1.0, max(whole.duration_s - window_s * 0.6, 0.0))
        start = int(max(start_s, 0.0) * SAMPLE_RATE)
        take = patterns.stretch(whole.cut(start / SAMPLE_RATE, window_s), factor)
        if not whole.human:
            take = patterns.humanise(take, rng)
        return self._vary(take, orchestrate=not aligned), start if aligned else -1

    def _vary(self, take: Performance, orchestrate: bool) -> Performance:
        rng = self._rng
        if orchestrate and len(take.times_s):
            take = patterns.add_unisons(patterns.reorchestrate(take, rng), rng)
        take = patterns.add_bursts(
            take, rng, self._settings.length_s, self._settings.bursts_per_minute
        )
        return patterns.add_flams(take, rng)

    def _process_drums(self, drums: Float32Array) -> Float32Array:
        rng = self._rng
        if rng.random() < 0.6:
            drums = augment.add_room(drums, rng)
        if rng.random() < 0.5:
            drums = augment.compress(drums, rng)
        if rng.random() < 0.25:
            drums = augment.saturate(drums, rng)
        return augment.shape_tone(drums, rng) if rng.random() < 0.8 else drums

    def _music(self, length: int, take: Performance) -> Float32Array:
        rng, settings, materials = self._rng, self._settings, self._materials
        band = materials.band
        if band is not None and rng.random() < settings.band_share:
            music = play_band(band, take, length, rng)
            if rng.random() < 0.3:
                music = music + self._piece(length) * np.float32(rng.uniform(0.1, 1.0))
        else:
            music = self._piece(length)
            if rng.random() < 0.3:  # two pieces at once: denser than any one of them
                music = music + self._piece(length) * np.float32(rng.uniform(0.3, 1.0))
        if rng.random() < settings.distractor_share:
            level = max(active_rms(music), 0.01) * rng.uniform(0.3, 1.5) / DISTRACTORS_RMS
            beats = take.beats_s if rng.random() < 0.3 else None
            music = music + distractors(rng, length, beats, band) * np.float32(level)
        return music

    def _piece(self, length: int) -> Float32Array:
        return colour(self._materials.backing.excerpt(self._rng, length), self._rng, 0.25)

    def _master(self, mix: Float32Array) -> Float32Array:
        rng = self._rng
        if rng.random() < 0.5:
            mix = augment.compress(mix, rng, (1.3, 4.0))
        if rng.random() < 0.3:
            mix = augment.saturate(mix, rng, most_db=7.0)
        if rng.random() < 0.6:
            mix = augment.shape_tone(mix, rng, strength_db=2.5, tilt_db=_MASTER_TILT_DB)
        return mix

    def _finish(self, samples: Float32Array) -> Float32Array:
        """Level, noise floor. A clip is a part of a song: its loudness varies about the song's."""
        rng = self._rng
        if rng.random() < 0.3:
            samples = augment.add_noise(samples, rng)
        level = REFERENCE_RMS * 10 ** (rng.normal(0, 2.5) / 20)
        return np.asarray(samples * (level / (active_rms(samples) + 1e-6)), np.float32)
