#!/usr/bin/env python3
"""Renders the notes that training's made-up bands and percussion play, from MIDI soundfonts.

    python packaging/make_band.py OUTPUT FONT.sf2 [FONT.sf2 ...] [--strums FOLDER]
        [--percussion FONT.sf3 ...] [--struck KIND=SOFT.wav,MIDDLE.wav,LOUD.wav ...]

Needs ``fluidsynth``. Fonts used for the released weights (Debian packages): ``fluid-soundfont-gm``
(MIT) and ``timgm6mb-soundfont`` (GPL-2.0). Writes one FLAC a font and program, mono at 22.05 kHz,
a note in each slot of SLOT_S seconds, and ``manifest.json``. ``--strums`` adds recorded chords of a
strummed guitar from a folder of ``CHORD_DOWN_NN.flac`` and ``CHORD_UP_NN.flac``: the kit
``belofilms_GuitarStrums`` of the Debian package ``hydrogen-drumkits-effects`` (Gabriel Verdugo
Soto, CC-BY-3.0). Of the fonts after ``--percussion`` only the percussion is taken, and
``--struck`` adds recorded strokes of one instrument. OUTPUT is what ``chart-hero train
--band`` takes.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import mido
import numpy as np
import soundfile as sf
import soxr

from chart_hero_core.base.errors import DatasetError
from chart_hero_core.cli.exits import run_script

RATE = 22050
SLOT_S, HELD_S, TICKS_PER_S = 2.0, 1.5, 960
GUITARS, BASSES, OTHERS = range(38, 77), range(26, 56), range(45, 85)
# General MIDI programs by the part they play in a band.
PROGRAMS: dict[str, tuple[tuple[int, ...], range]] = {
    "strum": ((24, 25, 26, 27, 28, 29, 30, 105), GUITARS),
    "bass": ((32, 33, 34, 35, 36, 38, 39), BASSES),
    "keys": ((0, 1, 4, 5, 7, 16, 17, 18, 12), OTHERS),
    "pad": ((48, 50, 52, 53, 54, 89, 95), OTHERS),
    "lead": ((29, 30, 40, 54, 56, 61, 65, 66, 73, 80, 81, 9, 11), OTHERS),
}
# Percussion that drum charts leave out, by what it sounds like.
PERCUSSION: dict[str, tuple[int, ...]] = {
    "tambourine": (54,),
    "shaker": (69, 70, 82),
    "bells": (83, 80, 81),
    "clap": (39,),
    "wood": (31, 75, 76, 77, 85, 33),
    "metal": (56, 67, 68),
    "skin": (60, 61, 62, 63, 64, 65, 66),
    "scrape": (58, 73, 74),
}
VELOCITIES = (50, 85, 120)
FADE_S = 0.02  # at the end of a slot
Entry = dict[str, object]  # of the manifest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("fonts", type=Path, nargs="*")
    parser.add_argument("--strums", type=Path, help="folder of strummed chords")
    parser.add_argument("--percussion", type=Path, nargs="*", default=[], metavar="FONT")
    parser.add_argument("--struck", nargs="*", default=[], metavar="KIND=FILE,FILE,FILE")
    options = parser.parse_args()
    for font in (*options.fonts, *options.percussion):
        if not font.is_file():
            raise DatasetError(f"There is no sound font {font}.")
    output: Path = options.output
    output.mkdir(parents=True, exist_ok=True)
    entries: list[Entry] = []
    for font in options.fonts:
        entries += [*parts(font, output), *percussion(font, output)]
        print(font.stem, "done")
    for font in options.percussion:
        entries += percussion(font, output)
    for number, struck in enumerate(options.struck):
        kind, _, files = struck.partition("=")
        strokes = recorded([Path(file) for file in files.split(",")])
        entries.append(write_strokes(output, f"percussion_{kind}_{number}.flac", kind, strokes))
    if options.strums is not None:
        chords = strums(options.strums)
        entries.append(write_strokes(output, "percussion_strum.flac", "strum", chords))
    manifest = {"slot_s": SLOT_S, "rate": RATE, "files": entries}
    (output / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return 0


def parts(font: Path, output: Path) -> list[Entry]:
    """Render the notes of all parts of a band; the entries for the manifest."""
    entries: list[Entry] = []
    for part, (programs, keys) in PROGRAMS.items():
        for program in programs:
            notes = [(0, key, 100) for key in keys]
            name = f"{font.stem}_{part}_{program}.flac"
            write(output / name, render(font, notes, program))
            entries.append({"file": name, "part": part, "first": keys[0], "count": len(keys)})
    return entries


def write_strokes(output: Path, name: str, kind: str, strokes: np.ndarray) -> Entry:
    """Write recorded strokes ``[count, slot]``; the entry for the manifest."""
    write(output / name, strokes.reshape(-1))
    return {"file": name, "part": "percussion", "kind": kind, "count": len(strokes)}


def percussion(font: Path, output: Path) -> list[Entry]:
    """Render all percussion of a font; the entries for the manifest."""
    entries: list[Entry] = []
    for kind, keys in PERCUSSION.items():
        notes = [(9, key, velocity) for key in keys for velocity in VELOCITIES]
        name = f"{font.stem}_percussion_{kind}.flac"
        write(output / name, render(font, notes, 0))
        entries.append({"file": name, "part": "percussion", "kind": kind, "count": len(notes)})
    return entries


def recorded(files: list[Path]) -> np.ndarray:
    """Three strokes of one instrument, soft to loud, int16 ``[3, slot]`` at RATE."""
    if len(files) != 3:
        raise SystemExit("--struck takes three files of one instrument.")
    strokes = np.stack([in_slot(path) for path in files])
    loudest = max(float(np.abs(strokes).max(initial=0.0)), 1e-4)
    return np.asarray(strokes / loudest * 0.7 * 32767, np.int16)


def in_slot(path: Path) -> np.ndarray:
    """A recorded sound at RATE in a slot of its own."""
    samples, rate = sf.read(path, dtype="float32", always_2d=True)
    slot = int(SLOT_S * RATE)
    mono = soxr.resample(samples.mean(axis=1), rate, RATE)[:slot]
    row = np.zeros(slot, np.float32)
    row[: len(mono)] = mono
    return row


def render(font: Path, notes: list[tuple[int, int, int]], program: int) -> np.ndarray:
    """Each (channel, key, velocity) in a slot of its own, as int16 at RATE."""
    samples = played(font, in_slots(notes, program))[: int(SLOT_S * RATE) * len(notes)]
    mono = np.zeros(int(SLOT_S * RATE) * len(notes), np.float32)
    mono[: len(samples)] = samples
    slots = mono.reshape(len(notes), -1)
    fade = int(FADE_S * RATE)
    slots[:, -fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    loudest = np.abs(slots).max(axis=1, keepdims=True)
    # Notes at one level, strokes of percussion as they are against each other.
    slots /= np.maximum(loudest if notes[0][0] == 0 else loudest.max(), 1e-4) / 0.7
    return np.asarray(slots.reshape(-1) * 32767, np.int16)


def in_slots(notes: list[tuple[int, int, int]], program: int) -> mido.MidiFile:
    """The notes as MIDI, one in each slot."""
    track = mido.MidiTrack()
    track.append(mido.Message("program_change", channel=0, program=program))
    held, rest = int(HELD_S * TICKS_PER_S), int((SLOT_S - HELD_S) * TICKS_PER_S)
    for index, (channel, key, velocity) in enumerate(notes):
        wait = 0 if index == 0 else rest
        track.append(
            mido.Message("note_on", channel=channel, note=key, velocity=velocity, time=wait)
        )
        track.append(mido.Message("note_off", channel=channel, note=key, time=held))
    track.append(mido.MetaMessage("end_of_track", time=rest))
    song = mido.MidiFile(ticks_per_beat=TICKS_PER_S // 2)
    song.tracks.append(track)
    return song


def played(font: Path, song: mido.MidiFile) -> np.ndarray:
    """What ``fluidsynth`` makes of it, mono."""
    with tempfile.TemporaryDirectory() as folder:
        midi, wave = Path(folder) / "notes.mid", Path(folder) / "notes.wav"
        song.save(midi)
        command = ["fluidsynth", "-ni", "-R", "0", "-C", "0", "-g", "0.5", "-r", str(RATE)]
        subprocess.run(
            [*command, "-F", str(wave), str(font), str(midi)], check=True, capture_output=True
        )
        samples, _ = sf.read(wave, dtype="float32", always_2d=True)
    return np.asarray(samples.mean(axis=1))


def strums(folder: Path) -> np.ndarray:
    """Down, up and down strokes of each chord, int16 ``[chords * 3, slot]`` at RATE."""
    rows = []
    for down in sorted(folder.glob("*_DOWN_*.flac")):
        up = down.with_name(down.name.replace("_DOWN_", "_UP_"))
        if not up.exists():
            continue
        for path in (down, up, down):
            row = in_slot(path)
            rows.append(row / max(float(np.abs(row).max(initial=0.0)), 1e-4) * 0.7)
    if not rows:
        raise SystemExit(f"{folder} holds no CHORD_DOWN_NN.flac with a CHORD_UP_NN.flac.")
    return np.asarray(np.stack(rows) * 32767, np.int16)


def write(path: Path, samples: np.ndarray) -> None:
    sf.write(path, samples, RATE, format="FLAC", subtype="PCM_16")


if __name__ == "__main__":
    run_script(main)
