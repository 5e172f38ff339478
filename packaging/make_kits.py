#!/usr/bin/env python3
"""Builds a library of drum kits from Debian packages, beside the material's own one.

    python packaging/make_kits.py OUTPUT [--timgm TimGM6mb.sf2] [--a320u A320U.sf2]
        [--hydrogen FOLDER/data/drumkits] [--lmms FOLDER/samples/drums]

Needs ``fluidsynth``. Packages: ``timgm6mb-soundfont`` and ``denemo-data`` (GPL-2.0), two kits of
``hydrogen-drumkits`` and a few sounds of a third (GPL-2.0-or-later; CC-BY-3.0), ``lmms-common``
(GPL-2.0-or-later). Which sounds make which kit stands in ``kit_sources.py``. OUTPUT is what
``chart-hero train --kits`` takes.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import mido
import numpy as np
import soundfile as sf
import soxr
from kit_sources import FONTS, RECORDED, FontKit, Origin, RecordedKit
from numpy.typing import NDArray

from chart_hero_core.cli.exits import run_script

Samples = NDArray[np.float32]
# Layers, soft to loud, of one stroke each.
Strokes = list[Samples]

RATE = 44100
SLOT_S, HELD_S, LONGEST_S = 6.0, 5.5, 5.0
VELOCITIES = (40, 70, 100, 127)
# One-shots begin this long before their onset, which is where a sound first exceeds this share of
# its peak.
PRE_ROLL, ONSET, SILENCE = 22, 0.02, 10 ** (-60 / 20)
# Layers nearer than this are one layer; sounds more alike than this are one sound.
LAYER_DB, SAME = 1.0, 0.95
PEAK = 10 ** (-1 / 20)
# Usual level against the snare drum in the kits at hand, in dB, and how far off it may lie.
LEVELS = {
    "kick": 2.0,
    "snare": 0.0,
    "sidestick": -5.0,
    "tom_high": 0.0,
    "tom_mid": 0.0,
    "tom_low": 0.0,
    "hihat_closed": -10.0,
    "hihat_open": -9.0,
    "hihat_pedal": -13.0,
    "crash_1": -6.0,
    "crash_2": -7.0,
    "splash": -7.0,
    "china": -9.5,
    "ride": -11.0,
    "ride_bell": -10.0,
}
QUIETER_DB, LOUDER_DB = 7.0, 4.0
# What a cymbal must be to be called one: lowest centre of its spectrum in Hz, shortest and longest
# time in s until it is 30 dB down. From the kits at hand, with some room.
CYMBALS = {
    "hihat_closed": (4400, 0.0, 0.6),
    "hihat_pedal": (4400, 0.0, 0.6),
    "hihat_open": (4000, 0.15, 3.0),
    "crash_1": (3000, 0.6, 5.0),
    "crash_2": (3000, 0.6, 5.0),
    "splash": (3500, 0.3, 5.0),
    "china": (4300, 0.4, 5.0),
    "ride": (4800, 0.4, 5.0),
    "ride_bell": (4500, 0.4, 5.0),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    for name in (*FONTS, *RECORDED):
        parser.add_argument(f"--{name}", type=Path)
    options = parser.parse_args()
    library = Library(options.output)
    for name, (origin, font_kits) in FONTS.items():
        font = getattr(options, name)
        for font_kit in font_kits if font is not None else ():
            library.add(font_kit, origin, rendered(font, font_kit))
    for name, (origins, recorded_kits) in RECORDED.items():
        folder = getattr(options, name)
        for recorded_kit in recorded_kits if folder is not None else ():
            origin = origins[recorded_kit.origin]
            library.add(recorded_kit, origin, recorded(folder, recorded_kit))
    library.close()
    return 0


class Library:
    """Kits as they are written, and the sounds so far: no sound is written twice."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._entries: list[dict[str, Any]] = []
        self._known: list[tuple[str, str, Samples]] = []

    def add(self, kit: FontKit | RecordedKit, origin: Origin, sounds: dict[str, Strokes]) -> None:
        """Write a kit and its entry, without what is not what its name says."""
        missing, inherits, own = [], {}, {}
        for articulation, strokes in sounds.items():
            wrong = fault(articulation, strokes)
            owner = self._owner(articulation, strokes) if wrong is None else None
            if wrong is not None:
                missing.append(articulation)
                print(f"{kit.name}: {articulation} left out, {wrong}")
            elif owner is not None:
                inherits[articulation] = owner
            else:
                own[articulation] = strokes
        if not own:
            print(f"{kit.name}: nothing new in it")
            return
        self._known += [(kit.name, name, strokes[-1]) for name, strokes in own.items()]
        files, size = self._write(kit.name, own)
        entry = described(kit, origin, levelled(own))
        entry |= {"files": files, "bytes": size, "missing": missing}
        if inherits and not kit.partial:
            entry["inherits"] = inherits
        self._entries.append(entry)
        print(f"{kit.name}: {files} files, {', '.join(own)}; inherits {inherits}")

    def close(self) -> None:
        """Write the manifest."""
        manifest = {
            "format": "ARTICULATION_vLL_rRR.flac, 16-bit mono 44.1 kHz, v01 = softest, "
            "onset 0.5 ms after file start",
            "total_files": sum(entry["files"] for entry in self._entries),
            "total_bytes": sum(entry["bytes"] for entry in self._entries),
            "kits": self._entries,
        }
        text = json.dumps(manifest, indent=1) + "\n"
        (self._folder / "manifest.json").write_text(text, encoding="utf-8")

    def _owner(self, articulation: str, strokes: Strokes) -> str | None:
        """The kit that has this sound already."""
        for owner, name, sound in self._known:
            if name == articulation and likeness(sound, strokes[-1]) > SAME:
                return owner
        return None

    def _write(self, name: str, sounds: dict[str, Strokes]) -> tuple[int, int]:
        folder = self._folder / name
        folder.mkdir(parents=True, exist_ok=True)
        loudest = max(float(np.abs(s).max()) for strokes in sounds.values() for s in strokes)
        files = size = 0
        for articulation, strokes in sounds.items():
            for layer, stroke in enumerate(strokes, 1):
                stroke *= np.float32(PEAK / loudest)
                path = folder / f"{articulation}_v{layer:02d}_r01.flac"
                sf.write(path, stroke, RATE, format="FLAC", subtype="PCM_16")
                files, size = files + 1, size + path.stat().st_size
        return files, size


def described(
    kit: FontKit | RecordedKit, origin: Origin, articulations: dict[str, dict[str, float]]
) -> dict[str, Any]:
    """The manifest's entry of a kit."""
    font = isinstance(kit, FontKit)
    return {
        "name": kit.name,
        "source": f"{origin.source}, bank 128 prog {kit.program}"
        if isinstance(kit, FontKit)
        else origin.source,
        "licence": origin.licence,
        "licence_tier": origin.tier,
        "attribution": origin.attribution,
        "kind": kit.kind,
        "acoustic": kit.acoustic,
        "heldout": False,
        "note": kit.note,
        "balance": "soundfont (fluidsynth, dry)" if font else "as sampled",
        "synthetic_velocity_gain": [],
        "channels": 1,
        "sample_rate": RATE,
        "articulations": articulations,
        "qc_flags": [],
        **({"partial": True} if kit.partial else {}),
        **({"variant_of": kit.variant_of} if kit.variant_of else {}),
    }


def levelled(sounds: dict[str, Strokes]) -> dict[str, dict[str, float]]:
    """What the manifest says of each articulation, with a gain towards a usual balance."""
    levels = {name: level_db(strokes[-1]) for name, strokes in sounds.items()}
    main = "snare" if "snare" in levels else "kick"
    reference = levels[main] - LEVELS[main] if main in levels else None
    articulations = {}
    for name, strokes in sounds.items():
        usual = levels[name] if reference is None else reference + LEVELS[name]
        wanted = float(np.clip(levels[name], usual - QUIETER_DB, usual + LOUDER_DB))
        articulations[name] = {
            "files": len(strokes),
            "layers": len(strokes),
            "max_rr": 1,
            "level_db": round(levels[name], 1),
            "centroid_hz": round(centroid_hz(strokes[-1])),
            "suggested_gain_db": round(wanted - levels[name], 1),
        }
    return articulations


def rendered(font: Path, kit: FontKit) -> dict[str, Strokes]:
    """The sounds of a soundfont's preset, each at several velocities."""
    notes = [(key, velocity) for key in kit.keys.values() for velocity in VELOCITIES]
    slots = render(font, kit.program, notes)
    sounds = {}
    for index, articulation in enumerate(kit.keys):
        first = index * len(VELOCITIES)
        strokes = [tidy(slot, RATE) for slot in slots[first : first + len(VELOCITIES)]]
        sounds[articulation] = distinct([stroke for stroke in strokes if stroke is not None])
    return sounds


def recorded(folder: Path, kit: RecordedKit) -> dict[str, Strokes]:
    """The sounds of a folder, one stroke an articulation."""
    sounds = {}
    for articulation, name in kit.files.items():
        samples, rate = sf.read(folder / name, dtype="float32", always_2d=True)
        stroke = tidy(samples, rate)
        sounds[articulation] = [] if stroke is None else [stroke]
    return sounds


def render(font: Path, program: int, notes: list[tuple[int, int]]) -> NDArray[np.float32]:
    """Each (key, velocity) in a slot of its own, ``[notes, slot, 2]`` at RATE."""
    ticks = 480  # at 120 a minute, 960 a second
    held = int(HELD_S * 2 * ticks)
    rest = int(SLOT_S * 2 * ticks) - held
    track = mido.MidiTrack([mido.Message("program_change", channel=9, program=program)])
    for index, (key, velocity) in enumerate(notes):
        wait = rest if index else 0
        track.append(mido.Message("note_on", channel=9, note=key, velocity=velocity, time=wait))
        track.append(mido.Message("note_off", channel=9, note=key, time=held))
    track.append(mido.MetaMessage("end_of_track", time=rest))
    with tempfile.TemporaryDirectory() as folder:
        midi, wave = Path(folder) / "notes.mid", Path(folder) / "notes.wav"
        mido.MidiFile(ticks_per_beat=ticks, tracks=[track]).save(midi)
        command = ["fluidsynth", "-ni", "-R", "0", "-C", "0", "-g", "0.5", "-r", str(RATE)]
        # Soft strokes would drown in the rounding of 16 bits.
        command += ["-O", "float", "-F", str(wave), str(font), str(midi)]
        subprocess.run(command, check=True, capture_output=True)
        samples, _ = sf.read(wave, dtype="float32", always_2d=True)
    slot = int(SLOT_S * RATE)
    slots = np.zeros((len(notes) * slot, 2), np.float32)
    slots[: len(samples)] = samples[: len(slots)]
    return slots.reshape(len(notes), slot, 2)


def tidy(samples: Samples, rate: int) -> Samples | None:
    """One stroke in mono at RATE from its onset until it has died away; None for silence."""
    mono = soxr.resample(in_mono(samples), rate, RATE).astype(np.float32)
    size = np.abs(mono)
    peak = float(size.max(initial=0.0))
    if peak < 1e-4:
        return None
    onset = int(np.argmax(size > ONSET * peak))
    end = min(int(np.flatnonzero(size > SILENCE * peak)[-1]) + 1, onset + int(LONGEST_S * RATE))
    stroke = np.concatenate([np.zeros(PRE_ROLL, np.float32), mono])[onset : end + PRE_ROLL]
    stroke[:PRE_ROLL] *= np.linspace(0, 1, PRE_ROLL, dtype=np.float32)
    # What is looped for ever ends within half a second, what was cut within a moment.
    looped = end - onset > (LONGEST_S - 0.1) * RATE
    fade = min(int((0.5 if looped else 0.02) * RATE), len(stroke) // 4)
    stroke[len(stroke) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return stroke


def in_mono(samples: Samples) -> Samples:
    """Both channels mixed, or the louder one where they would cancel each other."""
    mixed = samples.mean(axis=1)
    power = np.square(samples).mean(axis=0)
    if np.square(mixed).mean() < 0.3 * power.max():
        mixed = samples[:, int(power.argmax())]
    return np.asarray(mixed, np.float32)


def distinct(strokes: Strokes) -> Strokes:
    """The layers of different level, the loudest in any case."""
    kept = strokes[-1:]
    for stroke in reversed(strokes[:-1]):
        if level_db(kept[0]) - level_db(stroke) > LAYER_DB:
            kept.insert(0, stroke)
    return kept


def fault(articulation: str, strokes: Strokes) -> str | None:
    """Why these are not strokes of ``articulation``, None if they may be."""
    if not strokes:
        return "silent"
    if articulation not in CYMBALS:
        return None
    lowest_hz, shortest_s, longest_s = CYMBALS[articulation]
    hz, decay = centroid_hz(strokes[-1]), decay_s(strokes[-1])
    if hz < lowest_hz or not shortest_s <= decay <= longest_s:
        return f"centre of {hz:.0f} Hz, {decay:.2f} s long"
    return None


def likeness(one: Samples, other: Samples) -> float:
    """The highest correlation of the first 0.3 s of two sounds."""
    size = 1 << 15
    parts = [sound[: int(0.3 * RATE)] for sound in (one, other)]
    spectra = [np.fft.rfft(part / (np.linalg.norm(part) + 1e-9), size) for part in parts]
    return float(np.abs(np.fft.irfft(spectra[0] * spectra[1].conj())).max())


def level_db(stroke: Samples) -> float:
    """RMS of the loudest 20 ms."""
    window = int(0.02 * RATE)
    power = np.convolve(np.square(stroke), np.full(window, 1 / window))
    return float(10 * np.log10(power.max() + 1e-12))


def centroid_hz(stroke: Samples) -> float:
    """Centre of the spectrum's magnitude."""
    magnitude = np.abs(np.fft.rfft(stroke))
    hz = np.fft.rfftfreq(len(stroke), 1 / RATE)
    return float((magnitude * hz).sum() / magnitude.sum())


def decay_s(stroke: Samples) -> float:
    """Time from the loudest 10 ms until it stays 30 dB below them."""
    frame = RATE // 100
    count = max(len(stroke) // frame, 1)
    power = np.square(stroke[: count * frame]).reshape(count, -1).mean(axis=1)
    return float(np.flatnonzero(power > power.max() * 1e-3)[-1] - power.argmax() + 1) / 100


if __name__ == "__main__":
    run_script(main)
