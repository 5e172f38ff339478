"""A document that looks like a real, analysed song, made of noise bursts and sines."""

from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from chart_hero_app.document.detection import Detection
from chart_hero_app.document.document import Document
from chart_hero_app.document.state import Sound, State
from chart_hero_app.document.transport import Transport
from chart_hero_core.audio.io import AudioClip
from chart_hero_core.audio.peaks import PeakPyramid
from chart_hero_core.base.drums import Activations, DrumClass, Lane
from chart_hero_core.chart.song import (
    Difficulty,
    Dynamic,
    Note,
    Origin,
    Phrase,
    PhraseKind,
    Section,
    Song,
    Track,
)
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature

RATE = 22_050
HOP_S = 256 / 44_100
RES = 480


@dataclass(frozen=True)
class Fake:
    """A document with its transport."""

    document: Document
    transport: Transport


def fake_map() -> TempoMap:
    """120 BPM with small changes, a bar of 7/8 on the way."""
    tempos = [
        TempoChange(i * RES * 16, 60e6 / (120 + [0, 1.4, -0.8, 2.2][i % 4])) for i in range(24)
    ]
    anchor_us = round(TempoMap(RES, tuple(tempos)).seconds(tempos[3].tick) * 1e6)
    tempos[3] = replace(tempos[3], anchor_us=anchor_us)
    signatures = (
        TimeSignature(0),
        TimeSignature(RES * 32, 7, 8),
        TimeSignature(RES * 32 + RES * 7 // 2, 4, 4),
    )
    return TempoMap(RES, tuple(tempos), signatures)


def fake_notes(count: int, tempo_map: TempoMap, seed: int = 1) -> tuple[Note, ...]:
    """A rock beat with fills, ghosts, accents, flams and double kicks."""
    chance = np.random.default_rng(seed)
    notes: dict[tuple[int, Lane], Note] = {}

    def add(tick: int, drum: DrumClass, **marks: object) -> None:
        confidence = float(np.clip(chance.beta(6, 1.6), 0.05, 1.0))
        origin = Origin(confidence, touched=bool(chance.random() < 0.08))
        heard_s = tempo_map.seconds(tick) + float(chance.normal(0, 0.003))
        note = Note(tick, drum.lane, cymbal=drum.cymbal, origin=origin, heard_s=heard_s)
        notes[(tick, drum.lane)] = replace(note, **marks)  # type: ignore[arg-type]

    bar = 0
    while len(notes) < count:
        start = bar * RES * 4
        for eighth in range(8):
            tick = start + eighth * RES // 2
            add(
                tick,
                DrumClass.RIDE if bar % 8 > 4 else DrumClass.HIHAT,
                dynamic=Dynamic.ACCENT if eighth % 4 == 0 else Dynamic.NORMAL,
            )
            if eighth in (2, 6):
                add(tick, DrumClass.SNARE, flam=bool(chance.random() < 0.15))
            if eighth in (0, 3, 4) or chance.random() < 0.2:
                add(tick, DrumClass.KICK)
            if chance.random() < 0.25:
                add(tick + RES // 4, DrumClass.SNARE, dynamic=Dynamic.GHOST)
        if bar % 4 == 3:
            for step, drum in enumerate((DrumClass.TOM_HIGH, DrumClass.TOM_MID, DrumClass.TOM_LOW)):
                add(start + RES * 3 + step * RES // 4, drum)
                add(start + RES * 3 + step * RES // 4 + RES // 8, DrumClass.KICK, double_kick=True)
        if bar % 4 == 0:
            add(start, DrumClass.CRASH, dynamic=Dynamic.ACCENT)
        if bar % 5 == 2:
            add(start + RES * 2 + 13, DrumClass.TOM_LOW)
        bar += 1
    return tuple(notes[key] for key in sorted(notes))[:count]


def fake_sound(notes: tuple[Note, ...], tempo_map: TempoMap, duration_s: float) -> AudioClip:
    """Each note as a decaying burst, over a soft chord."""
    chance = np.random.default_rng(2)
    samples = np.zeros(int(duration_s * RATE), dtype=np.float32)
    burst_s = {
        DrumClass.KICK: 0.2,
        DrumClass.CRASH: 0.9,
        DrumClass.RIDE: 0.4,
        DrumClass.SNARE: 0.18,
    }
    sounds: dict[DrumClass, NDArray[np.float32]] = {}
    for drum in DrumClass:
        length = burst_s.get(drum, 0.25 if not drum.cymbal else 0.08)
        t = np.arange(int(length * RATE)) / RATE
        noise = chance.standard_normal(len(t)) * (0.01 if drum is DrumClass.KICK else 0.08)
        if drum.cymbal:
            noise = np.diff(noise, prepend=0.0)
        tone_hz = {0: 55.0, 1: 190.0, 2: 180.0, 3: 130.0, 4: 90.0}.get(int(drum), 0.0)
        tone = np.sin(2 * np.pi * tone_hz * t) * (0.7 if tone_hz else 0.0)
        sounds[drum] = ((noise + tone) * np.exp(-t / (length / 5))).astype(np.float32)
    for note in notes:
        start = int((note.heard_s or 0.0) * RATE)
        sound = sounds[note.drum] * (0.3 if note.dynamic is Dynamic.GHOST else 0.8)
        end = min(start + len(sound), len(samples))
        if 0 <= start < end:
            samples[start:end] += sound[: end - start]
    t = np.arange(len(samples)) / RATE
    for hz in (110.0, 220.0, 277.2, 329.6):
        samples += (0.05 * np.sin(2 * np.pi * hz * t) * (0.6 + 0.4 * np.sin(t))).astype(np.float32)
    samples *= 1.02 / np.abs(samples).max()
    return AudioClip(np.clip(samples, -1.0, 1.0), RATE)


def fake_activations(
    notes: tuple[Note, ...], duration_s: float, hop_s: float = HOP_S, start_s: float = 0.0
) -> Activations:
    """Peaks at the notes as high as they are sure, over a little noise."""
    chance = np.random.default_rng(3)
    frames = int(duration_s / hop_s) + 1
    classes = np.abs(chance.normal(0, 0.015, (len(DrumClass), frames)))
    width = max(round(0.012 / hop_s), 1)
    shape = np.exp(-0.5 * (np.arange(-3 * width, 3 * width + 1) / width) ** 2)
    for note in notes:
        centre = round(((note.heard_s or 0.0) - start_s) / hop_s)
        first = centre - 3 * width
        confidence = note.origin.confidence or 1.0
        lo, hi = max(first, 0), min(first + len(shape), frames)
        if lo < hi:
            part = classes[note.drum, lo:hi]
            np.maximum(part, shape[lo - first : hi - first] * confidence, out=part)
    for drum in DrumClass:
        for centre in chance.integers(10, max(frames - 10, 11), max(frames // 400, 1)):
            lo, hi = max(centre - 3 * width, 0), min(centre + 3 * width + 1, frames)
            part = classes[drum, lo:hi]
            np.maximum(part, shape[: hi - lo] * chance.uniform(0.05, 0.4), out=part)
    classes = np.clip(classes, 0, 1).astype(np.float32)
    onset = np.clip(classes.max(axis=0) * 1.05, 0, 1).astype(np.float32)
    return Activations(classes, onset, hop_s, start_s)


def fake_song(count: int = 2000) -> Song:
    """A song with sections and phrases."""
    tempo_map = fake_map()
    notes = fake_notes(count, tempo_map)
    phrases = (
        Phrase(PhraseKind.STAR_POWER, RES * 16, RES * 8),
        Phrase(PhraseKind.SOLO, RES * 48, RES * 16),
    )
    names = ("Intro", "Verse 1", "Chorus 1", "Verse 2", "Bridge with a long name", "Outro")
    sections = tuple(Section(i * RES * 16 * (1 + i // 3), name) for i, name in enumerate(names))
    tracks = MappingProxyType({Difficulty.EXPERT: Track(notes, phrases)})
    return Song(tempo_map=tempo_map, tracks=tracks, sections=sections)


def fake_document(
    count: int = 2000, duration_s: float | None = None, *, sound: bool = True, analysed: bool = True
) -> Fake:
    """A document as it is after opening and analysing a song."""
    document, transport = Document(), Transport()
    song = fake_song(count)
    notes = song.expert.notes
    length_s = duration_s or song.tempo_map.seconds(notes[-1].tick if notes else 0) + 4.0
    document.open(State(song=song, micro_flags=((9.2, 11.5), (21.0, 22.0))), None)
    if sound:
        clip = fake_sound(notes, song.tempo_map, length_s)
        pyramid = PeakPyramid.of(clip)
        document.set_sound(
            Sound(
                MappingProxyType({"mix": clip}), MappingProxyType({"mix": pyramid}), None, length_s
            )
        )
    transport.set_duration(length_s)
    if analysed:
        coarse = fake_activations(notes, length_s)
        fine = fake_activations(notes, 2.3, HOP_S / 2, 9.2)
        document.set_detection(Detection(replace(coarse, spans=(fine,))))
    document.set_drum(DrumClass.HIHAT)
    return Fake(document, transport)
