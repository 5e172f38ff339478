"""Whole rendered songs with their true charts, for measuring: drums and backing as two stems."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType

import numpy as np

from chart_hero_core.base.arrays import BoolArray, Float32Array, Float64Array
from chart_hero_core.chart.song import Difficulty, Metadata, Note, Section, Song, Track
from chart_hero_core.features.level import active_rms
from chart_hero_core.features.logmel import REFERENCE_RMS, SAMPLE_RATE
from chart_hero_core.synthesis import augment, patterns
from chart_hero_core.synthesis.articulations import CLASS_OF, PULSE, Articulation
from chart_hero_core.synthesis.audibility import audible, stroke_shares
from chart_hero_core.synthesis.backing import BackingLibrary, colour
from chart_hero_core.synthesis.band import Band, play_band
from chart_hero_core.synthesis.distractors import DISTRACTORS_RMS, distractors
from chart_hero_core.synthesis.instances import Variety, varied_kit
from chart_hero_core.synthesis.kits import Kit, assemble
from chart_hero_core.synthesis.performances import Performance, from_chart
from chart_hero_core.synthesis.render import Balance, Voice, bus_of, render_buses, tune
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature

_LEAD_IN_S = 0.25
# Sounds like drums that are not charted: how loud against the drums or the music, and for how much
# of the song.
_DISTRACTORS_DB, _DISTRACTORS_PART = (-20.0, -2.0), (0.3, 1.0)
_RATIO_DB = (-4.0, 8.0)  # drums over music
_TAKE_RESOLUTION = 480
# A beat of a take's chart may be this far from where it was played: far less than can be heard.
_BEAT_OFF_S = 0.001
# Surfaces that sound different and are charted alike, with how often a song uses them.
_SAME_CLASS: tuple[tuple[Articulation, Articulation, float], ...] = (
    (Articulation.HIHAT_CLOSED, Articulation.HIHAT_HALF, 0.2),
    (Articulation.HIHAT_CLOSED, Articulation.HIHAT_OPEN, 0.15),
    (Articulation.SNARE, Articulation.SIDESTICK, 0.08),
    (Articulation.RIDE, Articulation.RIDE_BELL, 0.15),
)
# Which crash is struck; in this order, for a seed to go on rendering the same songs.
_CRASHES: tuple[tuple[Articulation, float], ...] = (
    (Articulation.CRASH_1, 0.4),
    (Articulation.CRASH_2, 0.3),
    (Articulation.CRASH_1, 0.1),
    (Articulation.CHINA, 0.12),
    (Articulation.SPLASH, 0.08),
)
# Strokes of crashes this close are in a row, and mostly stay on the same one.
_IN_A_ROW_S, _STAYS = 0.9, 0.85


@dataclass(frozen=True)
class RenderedSong:
    """Stems of equal length at 22.05 kHz (their sum is the mix), the strokes, the chart.

    ``in_drums`` and ``in_mix`` tell of each stroke whether it can be heard there.
    """

    name: str
    drums: Float32Array
    backing: Float32Array
    take: Performance
    song: Song
    in_drums: BoolArray
    in_mix: BoolArray


@dataclass(frozen=True)
class Distractors:
    """How often drums and music get sounds like drums that are in no chart.

    ``alone_share`` of the songs with percussion among the drums have no hats and rides: it keeps
    the time instead of them.
    """

    share: float = 0.0
    alone_share: float = 0.0


@dataclass(frozen=True, eq=False)
class Studio:
    """What songs are rendered with.

    ``band`` plays the music of half the takes, and some of what is ``unlabelled``. With a
    ``variety`` every song has a kit instance that nobody has recorded, and its drummer stays on
    the crash he rides; without, the kits are played as they are, and every crash is any of them.
    """

    kits: Sequence[Kit]
    backing: BackingLibrary
    band: Band | None = None
    unlabelled: Distractors = Distractors()
    variety: Variety | None = None


class _Percussion(Enum):
    """What percussion that is in no chart does among the drums."""

    NONE = 0
    BESIDE = 1
    ALONE = 2


def _percussion(rng: np.random.Generator, unlabelled: Distractors) -> _Percussion:
    if rng.random() >= unlabelled.share:
        return _Percussion.NONE
    return _Percussion.ALONE if rng.random() < unlabelled.alone_share else _Percussion.BESIDE


def _without_pulse(chart: Song) -> Song:
    notes = tuple(note for note in chart.expert.notes if note.drum not in PULSE)
    return replace(chart, tracks=MappingProxyType({Difficulty.EXPERT: Track(notes)}))


def excerpt(song: Song, start_s: float, length_s: float) -> Song:
    """The Expert part of ``song`` from the bar at ``start_s`` on, ``length_s`` seconds of it."""
    old = song.tempo_map
    beats = [b for b in old.beats(0, int(old.tick_at(start_s)) + 1) if b.beat == 0]
    first = beats[-1].tick if beats else 0
    last = old.tick_at(old.seconds(first) + length_s)
    tempos = [TempoChange(0, old.tempo_at(first).us_per_quarter)]
    tempos += [
        TempoChange(t.tick - first, t.us_per_quarter) for t in old.tempos if first < t.tick < last
    ]
    here = old.signature_at(first)
    signatures = [TimeSignature(0, here.numerator, here.denominator)]
    signatures += [replace(s, tick=s.tick - first) for s in old.signatures if first < s.tick < last]
    notes = tuple(
        replace(note, tick=note.tick - first)
        for note in song.expert.notes
        if first <= note.tick < last
    )
    return Song(
        metadata=song.metadata,
        tempo_map=TempoMap(old.resolution, tuple(tempos), tuple(signatures)),
        tracks=MappingProxyType({Difficulty.EXPERT: Track(notes)}),
        sections=(Section(0, "Excerpt"),),
    )


def render_song(
    name: str, song: Song, studio: Studio, rng: np.random.Generator, length_s: float
) -> RenderedSong:
    """Play an excerpt of a chart on a held kit over held backing.

    The drums are humanised, put in a room and processed; drums and backing share the master's
    compression, so that the stems still add up to the mix. Both may get sounds like drums that are
    not in the chart.
    """
    last_s = max((song.tempo_map.seconds(n.tick) for n in song.expert.notes), default=0.0)
    start_s = rng.uniform(0, max(last_s - length_s, 0.0))
    chart = excerpt(song, start_s, length_s - _LEAD_IN_S - 1.0)
    # Drawn apart: songs are the same otherwise, with it and without.
    apart = rng.spawn(1)[0]
    percussion = _percussion(apart, studio.unlabelled)
    if percussion is _Percussion.ALONE:
        chart = _without_pulse(chart)
    take = _orchestrate(from_chart(name, chart), rng, steady=studio.variety is not None)
    take = patterns.humanise(take, rng)
    voices = _voices(studio, take, rng)
    played = _play(take, voices, length_s, rng)
    music = _music(studio.backing, rng, len(played.drums))
    played, music = _with_distractors(played, music, studio, apart, percussion)
    return _mixed(name, chart, played, music, rng)


def render_take(
    name: str, take: Performance, studio: Studio, rng: np.random.Generator, length_s: float
) -> RenderedSong:
    """Play a recorded drummer on a held kit: over held backing, or half the time with a band.

    Charts of rhythm games are full of rides, crashes and toms; drummers mostly play kick, snare
    and hats, with ghost strokes. A model that is calibrated on one of them only expects too much
    or too little of the rest.
    """
    start_s = rng.uniform(0, max(take.duration_s - length_s, 0.0))
    take = _from_beat(take.cut(start_s, length_s - 1.0))
    take = _orchestrate(take, rng, steady=studio.variety is not None)
    # Drawn apart: songs are the same otherwise, with it and without.
    apart = rng.spawn(1)[0]
    percussion = _percussion(apart, studio.unlabelled)
    if percussion is _Percussion.ALONE:
        take = take.only(~take.strikes(PULSE))
    voices = _voices(studio, take, rng, Balance.draw(rng, quiet_share=0.3))
    played = _play(take, voices, length_s, rng)
    if studio.band is not None and rng.random() < 0.5:
        music = play_band(studio.band, played.take, len(played.drums), rng)
    else:
        music = _music(studio.backing, rng, len(played.drums))
    played, music = _with_distractors(played, music, studio, apart, percussion)
    return _mixed(name, chart_of(played.take), played, music, rng)


def _voices(
    studio: Studio, take: Performance, rng: np.random.Generator, balance: Balance | None = None
) -> dict[Articulation, Voice]:
    if studio.variety is not None:
        used = take.articulations.tolist()
        return varied_kit(studio.kits, used, rng, studio.variety, balance)
    sounds = assemble(list(studio.kits), rng, mixing=0.15)
    return tune(sounds, balance or Balance.draw(rng), rng)


def chart_of(take: Performance) -> Song:
    """A chart of a take whose first beat is at 0: every stroke at its own tick, beats in place."""
    beats = take.beats_s if len(take.beats_s) > 1 else np.array([0.0, 0.5])
    bars = np.searchsorted(beats, take.downbeats_s - 1e-6)
    meter = int(np.median(np.diff(bars))) if len(bars) > 1 else 4
    signature = TimeSignature(0, max(meter, 1), 4)
    tempo_map = TempoMap(_TAKE_RESOLUTION, _tempos_of(beats), (signature,))
    notes = {}
    for time_s, articulation in zip(take.times_s, take.articulations, strict=True):
        drum = CLASS_OF[Articulation(int(articulation))]
        note = Note(max(round(tempo_map.tick_at(float(time_s))), 0), drum.lane, drum.cymbal)
        notes[note.sort_key] = note
    track = Track(tuple(notes[key] for key in sorted(notes)))
    return Song(
        metadata=Metadata(),
        tempo_map=tempo_map,
        tracks=MappingProxyType({Difficulty.EXPERT: track}),
        sections=(Section(0, "Take"),),
    )


def _tempos_of(beats_s: Float64Array) -> tuple[TempoChange, ...]:
    """The fewest tempos that keep every beat within a millisecond of where it was played.

    From each change on, the range of tempos that do narrows with every beat, until none is left
    (the cone of J. O'Rourke, "An on-line algorithm for fitting straight lines between data
    ranges", Communications of the ACM 1981, with its tip held fast).

    Args:
        beats_s: two or more, ascending from 0 on, ``[beats]``.
    """
    tempos: list[TempoChange] = []
    first, at_s = 0, float(beats_s[0])  # where the map is at that beat
    while first < len(beats_s) - 1:
        ahead_s = beats_s[first + 1 :] - at_s
        count = np.arange(1, len(ahead_s) + 1)
        shortest_s = np.maximum.accumulate((ahead_s - _BEAT_OFF_S) / count)
        longest_s = np.minimum.accumulate((ahead_s + _BEAT_OFF_S) / count)
        kept = int((shortest_s <= longest_s).sum())
        us_per_quarter = max(round(5e5 * float(shortest_s[kept - 1] + longest_s[kept - 1])), 1)
        tempos.append(TempoChange(first * _TAKE_RESOLUTION, us_per_quarter))
        first, at_s = first + kept, at_s + kept * us_per_quarter / 1e6
    return tuple(tempos)


def _from_beat(take: Performance) -> Performance:
    """The take from its first bar line (or beat) on."""
    lines = take.downbeats_s if len(take.downbeats_s) else take.beats_s
    return take.cut(float(lines[0]), take.duration_s) if len(lines) else take


@dataclass(frozen=True)
class _Played:
    """Produced drums, the strokes in them, and each stroke's share of the drums' energy."""

    drums: Float32Array
    take: Performance
    shares: Float32Array


def _play(
    take: Performance,
    voices: Mapping[Articulation, Voice],
    length_s: float,
    rng: np.random.Generator,
) -> _Played:
    buses, heard = render_buses(take, voices, length_s, rng)
    shares = stroke_shares(buses, bus_of(heard.articulations), heard.times_s)
    drums = buses.sum(axis=0)
    drums = augment.add_room(drums, rng) if rng.random() < 0.7 else drums
    drums = augment.compress(drums, rng, (1.5, 5.0)) if rng.random() < 0.5 else drums
    return _Played(augment.shape_tone(drums, rng, 3.0), heard, shares)


def _with_distractors(
    played: _Played,
    music: Float32Array,
    studio: Studio,
    rng: np.random.Generator,
    percussion: _Percussion,
) -> tuple[_Played, Float32Array]:
    """Percussion in time with the drums, among them; that, strums and consonants in the music."""
    if percussion is not _Percussion.NONE:
        drums = _with_distractors_in(played.drums, played.take.beats_s, studio.band, rng)
        played = replace(played, drums=drums)
    if rng.random() < studio.unlabelled.share:
        beats_s = played.take.beats_s if rng.random() < 0.3 else None
        music = _with_distractors_in(music, beats_s, studio.band, rng)
    return played, music


def _with_distractors_in(
    samples: Float32Array,
    beats_s: Float64Array | None,
    band: Band | None,
    rng: np.random.Generator,
) -> Float32Array:
    length = int(len(samples) * rng.uniform(*_DISTRACTORS_PART))
    first = int(rng.integers(len(samples) - length + 1))
    if beats_s is not None:
        beats_s = beats_s - first / SAMPLE_RATE
        beats_s = beats_s[(beats_s >= 0) & (beats_s < length / SAMPLE_RATE)]
    level = active_rms(samples) * 10 ** (rng.uniform(*_DISTRACTORS_DB) / 20) / DISTRACTORS_RMS
    out = samples.copy()
    out[first : first + length] += distractors(rng, length, beats_s, band) * np.float32(level)
    return out


def _mixed(
    name: str,
    chart: Song,
    played: _Played,
    music: Float32Array,
    rng: np.random.Generator,
) -> RenderedSong:
    """Both stems at a drawn ratio, as loud as the reference, with the chart's metadata."""
    drums, take = played.drums, played.take
    ratio = 10 ** (rng.uniform(*_RATIO_DB) / 20)
    music = music * np.float32(active_rms(drums) / ratio / (active_rms(music) + 1e-6))
    gain = np.float32(REFERENCE_RMS / (active_rms(drums + music) + 1e-6))
    peak = float(np.abs(drums + music).max(initial=0.0)) * float(gain)
    gain = gain / np.float32(max(peak / 0.98, 1.0))
    metadata = Metadata(
        name=name,
        artist="Rendered",
        album="Rendered",
        genre="Rendered",
        year="2026",
        charter="Chart Hero",
        length_ms=round(len(drums) / SAMPLE_RATE * 1000),
        difficulty=4,
    )
    return RenderedSong(
        name=name,
        drums=drums * gain,
        backing=music * gain,
        take=take,
        song=replace(chart, metadata=metadata),
        in_drums=audible(played.shares, take.times_s, drums, None),
        in_mix=audible(played.shares, take.times_s, drums, music),
    )


def _orchestrate(take: Performance, rng: np.random.Generator, steady: bool) -> Performance:
    """Other surfaces of the same class, for the whole song or stroke by stroke.

    ``steady`` drummers mostly stay on one crash while they strike it in a row.
    """
    arts = take.articulations.copy()
    for usual, other, odds in _SAME_CLASS:
        if rng.random() < odds:
            share = 1.0 if rng.random() < 0.5 else rng.uniform(0.1, 0.5)
            arts[(arts == int(usual)) & (rng.random(len(arts)) < share)] = int(other)
    crashes = np.flatnonzero(arts == int(Articulation.CRASH_1))
    choices, odds_of = zip(*_CRASHES, strict=True)
    drawn = rng.choice([int(crash) for crash in choices], len(crashes), p=odds_of)
    if steady:
        in_a_row = np.diff(take.times_s[crashes], prepend=-np.inf) < _IN_A_ROW_S
        stays = in_a_row & (rng.random(len(crashes)) < _STAYS)
        drawn = drawn[np.maximum.accumulate(np.where(stays, 0, np.arange(len(crashes))))]
    arts[crashes] = drawn
    return replace(take, articulations=arts)


def _music(backing: BackingLibrary, rng: np.random.Generator, length: int) -> Float32Array:
    """Stretches of 10-30 s of different pieces, faded into each other."""
    out = np.zeros(length, np.float32)
    place, fade = 0, SAMPLE_RATE // 4
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    while place < length:
        size = int(rng.uniform(10, 30) * SAMPLE_RATE)
        piece = colour(backing.excerpt(rng, size), rng)
        piece = piece * np.float32(REFERENCE_RMS / (active_rms(piece) + 1e-6))
        piece[:fade] *= ramp
        piece[-fade:] *= ramp[::-1]
        end = min(place + size, length)
        out[place:end] += piece[: end - place]
        place += size - fade
    return out
