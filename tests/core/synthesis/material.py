"""A tiny folder of training material: two kits, a take, a chart, a minute of backing."""

import csv
import json
from pathlib import Path

import mido
import numpy as np
import soundfile as sf

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Difficulty, Note, Song, Track
from chart_hero_core.formats.midi import write_midi
from chart_hero_core.timing.tempo_map import TempoMap

ARTICULATIONS = {
    "kick": 60,
    "snare": 200,
    "tom_high": 180,
    "tom_mid": 140,
    "tom_low": 100,
    "hihat_closed": 7000,
    "hihat_open": 6000,
    "crash_1": 4000,
    "ride": 5000,
    "sidestick": 1500,
}


def click(frequency_hz: float, gain: float, seconds: float = 0.1) -> np.ndarray:
    """A decaying tone that begins 0.5 ms after the file."""
    time_s = np.arange(int(seconds * 44100)) / 44100
    tone = gain * np.cos(2 * np.pi * frequency_hz * time_s) * np.exp(-time_s * 60)
    return np.concatenate([np.zeros(22), tone])


def write_kit(folder: Path, name: str, heldout: bool) -> dict[str, object]:
    (folder / name).mkdir(parents=True)
    for articulation, frequency in ARTICULATIONS.items():
        for layer, gain in ((1, 0.2), (2, 0.8)):
            path = folder / name / f"{articulation}_v{layer:02d}_r01.flac"
            sf.write(path, click(frequency, gain), 44100)
    return {
        "name": name,
        "licence": "CC0-1.0",
        "licence_tier": "permissive",
        "attribution": "us",
        "acoustic": True,
        "heldout": heldout,
        "articulations": {},
    }


def write_rows(folder: Path, rows: list[dict[str, str]]) -> None:
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def write_take(path: Path, signature: tuple[int, int] = (4, 4)) -> None:
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=500000)])
    numerator, denominator = signature
    track.append(mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator))
    for step in range(64):
        note = (36, 42, 38, 42)[step % 4]
        track.append(mido.Message("note_on", channel=9, note=note, velocity=90, time=120))
        track.append(mido.Message("note_off", channel=9, note=note, velocity=0, time=120))
    path.parent.mkdir(parents=True, exist_ok=True)
    mido.MidiFile(type=0, ticks_per_beat=480, tracks=[track]).save(path)


def chart(beats: int = 64) -> Song:
    notes = []
    for beat in range(beats):
        notes.append(Note(beat * 480, Lane.RED if beat % 2 else Lane.KICK))
        notes.append(Note(beat * 480, Lane.YELLOW, cymbal=True))
        notes.append(Note(beat * 480 + 240, Lane.YELLOW, cymbal=True))
    tracks = {Difficulty.EXPERT: Track(tuple(sorted(notes, key=lambda n: n.sort_key)))}
    return Song(tempo_map=TempoMap.constant(120), tracks=tracks)


def write_material(root: Path) -> Path:
    """Everything a training run or ``synthesise`` asks for, below ``root``."""
    kits = [write_kit(root / "kits", "one", False), write_kit(root / "kits", "two", True)]
    weak = {**kits[0], "name": "weak", "licence_tier": "weak-claim"}
    (root / "kits" / "manifest.json").write_text(json.dumps({"kits": [*kits, weak]}))
    takes, charts, backing = [], [], []
    for heldout in ("0", "1"):
        write_take(root / "grooves" / "groove" / f"take{heldout}.mid")
        takes.append({"file": f"groove/take{heldout}.mid", "heldout": heldout})
        (root / "charts").mkdir(exist_ok=True)
        for index in (0, 1):
            (root / "charts" / f"chart{heldout}{index}.mid").write_bytes(write_midi(chart()))
            charts.append({"file": f"chart{heldout}{index}.mid", "heldout": heldout})
            (root / "backing").mkdir(exist_ok=True)
            noise = np.random.default_rng(int(heldout)).normal(0, 0.1, 22050 * 12)
            sf.write(root / "backing" / f"music{heldout}{index}.ogg", noise, 22050)
            backing.append(
                {"file": f"music{heldout}{index}.ogg", "heldout": heldout, "aligned_drum_midi": ""}
            )
    write_rows(root / "grooves", takes)
    write_rows(root / "charts", charts)
    write_rows(root / "backing", backing)
    return root


def write_band(folder: Path) -> Path:
    """A band of sines: three parts of 30 keys, tambourine and shaker, slots of 0.5 s."""
    target = folder / "band"
    target.mkdir(exist_ok=True)
    time_s = np.arange(22050 // 2) / 22050
    fade = np.exp(-time_s * 8)
    files: list[dict[str, object]] = []
    for part, first in (("bass", 26), ("strum", 40), ("pad", 45)):
        keys = [
            np.sin(2 * np.pi * 440 * 2 ** ((first + k - 69) / 12) * time_s) * fade
            for k in range(30)
        ]
        sf.write(target / f"{part}.flac", 0.5 * np.concatenate(keys), 22050)
        files.append({"file": f"{part}.flac", "part": part, "first": first, "count": 30})
    noise = np.random.default_rng(0).normal(0, 0.2, len(time_s)) * fade
    for kind in ("tambourine", "shaker"):
        sf.write(target / f"{kind}.flac", np.tile(noise, 3), 22050)
        files.append({"file": f"{kind}.flac", "part": "percussion", "kind": kind, "count": 3})
    (target / "manifest.json").write_text(json.dumps({"files": files}))
    return target
