"""Small song libraries: clicks and noise bursts in the colours of drums, and their charts."""

from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import soundfile

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.drums import DrumClass
from chart_hero_core.base.progress import CallbackProgress, SilentProgress
from chart_hero_core.chart.song import Difficulty, Metadata, Note, Song, Track
from chart_hero_core.formats.song_folder import save_song_folder
from chart_hero_core.tasks.build_dataset import BuildOptions, BuildReport, SongRow, build_dataset
from chart_hero_core.timing.tempo_map import TempoMap

RATE = 22_050
SONG_S = 14.0  # how long the songs of write_song are charted
# Centre (Hz) and decay (s) of a burst for each drum.
_COLOURS = {
    DrumClass.KICK: (70, 0.08),
    DrumClass.SNARE: (900, 0.08),
    DrumClass.TOM_HIGH: (300, 0.12),
    DrumClass.HIHAT: (7_500, 0.03),
    DrumClass.CRASH: (6_000, 0.4),
}
DRUMS = tuple(_COLOURS)
_ATTACK_S = 0.004


@dataclass(frozen=True)
class Take:
    """A charted performance: the song, and when (in the chart's time) which drum sounds."""

    song: Song
    times_s: np.ndarray
    drums: np.ndarray


def take(seed: int, seconds: float = 24.0, bpm: float = 127.0) -> Take:
    """Random 16ths that do not repeat."""
    rng = np.random.default_rng(seed)
    tempo_map = TempoMap.constant(bpm, 192)
    notes = []
    for step in range(int(seconds * bpm / 60 * 4)):
        struck = [d for d in DRUMS if rng.random() < (0.05 if d is DrumClass.CRASH else 0.2)]
        notes += [Note(step * 48, drum.lane, cymbal=drum.cymbal) for drum in struck]
    notes.sort(key=lambda note: note.sort_key)
    kept = {note.sort_key: note for note in notes}
    song = Song(
        metadata=Metadata(name=f"Song {seed}", artist=f"Artist {seed}", charter=f"Charter {seed}"),
        tempo_map=tempo_map,
        tracks=MappingProxyType({Difficulty.EXPERT: Track(tuple(kept.values()))}),
    )
    final = song.expert.notes
    return Take(
        song,
        tempo_map.seconds_array([note.tick for note in final]),
        np.array([int(note.drum) for note in final], np.int8),
    )


def play(
    times_s: np.ndarray, drums: np.ndarray, seconds: float, seed: int = 0, noise: float = 0.0
) -> Float32Array:
    """A burst at every stroke; ``noise`` is the level of a humming, hissing guitar under it."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(int(seconds * RATE), np.float32)
    for time_s, drum in zip(times_s, drums, strict=True):
        burst = _burst(DrumClass(int(drum)), rng)
        start = int(np.ceil(time_s * RATE))
        if 0 <= start < len(sound):
            part = sound[start : start + len(burst)]
            part += burst[: len(part)]
    if noise:
        at = np.arange(len(sound)) / RATE
        chord = sum(np.sign(np.sin(2 * np.pi * hz * at)) for hz in (110, 165, 220, 331))
        sound += noise * (chord / 4 + rng.normal(0, 0.3, len(sound))).astype(np.float32)
    return sound


def _burst(drum: DrumClass, rng: np.random.Generator) -> Float32Array:
    hz, decay_s = _COLOURS[drum]
    at = np.arange(int(min(decay_s * 4, 0.5) * RATE)) / RATE
    tone = np.sin(2 * np.pi * hz * at)
    if hz > 500:
        tone = tone * 0.3 + np.diff(rng.normal(0, 0.7, len(at) + 1)) * (1 if hz > 5_000 else 0.5)
    attack = np.minimum(at / _ATTACK_S, 1.0)
    return (0.4 * tone * attack * np.exp(-at / decay_s)).astype(np.float32)


def write_folder(
    folder: Path,
    song: Song,
    *,
    name: str = "",
    stems: dict[str, Float32Array],
    suffix: str = ".ogg",
) -> Path:
    """A song folder with a notes.chart."""
    folder.mkdir(parents=True)
    files = {}
    for stem, samples in stems.items():
        files[stem] = folder / f"{stem}{suffix}"
        peak = max(float(np.abs(samples).max(initial=0)), 1.0)
        soundfile.write(files[stem], samples / peak, RATE)
    if name:
        song = replace(song, metadata=replace(song.metadata, name=name))
    save_song_folder(song, folder, formats=("chart",), audio=files)
    return folder


def write_song(folder: Path, seed: int, offset_s: float = 0.3, sound_of: int | None = None) -> Path:
    """A folder with drums and backing; ``sound_of`` names the take that is really heard."""
    made = take(seed, SONG_S)
    heard = made if sound_of is None else take(sound_of, SONG_S, 143.0)
    drums = play(heard.times_s + offset_s, heard.drums, SONG_S + 1, seed)
    backing = play(np.zeros(0), np.zeros(0), SONG_S + 1, seed, noise=0.05)
    return write_folder(folder, made.song, stems={"drums": drums, "song": backing})


def build(
    root: Path, folder: Path, options: BuildOptions | None = None, workers: int = 1
) -> BuildReport:
    """Build without telling of progress."""
    return build_dataset(
        [root], folder, options or BuildOptions(), SilentProgress(), workers=workers
    )


def row_of(report: BuildReport, name: str) -> SongRow:
    return next(row for row in report.rows if Path(row.path).name == name)


def stopping(after: int) -> CallbackProgress:
    """Progress that is cancelled once so many songs were reported."""
    seen: list[str] = []

    def report(fraction: float, message: str) -> None:
        if message.startswith("Song"):
            seen.append(message)

    return CallbackProgress(report, lambda: len(seen) >= after)
