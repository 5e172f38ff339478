"""Whether the dataset builder tells good songs from bad: ``python benchmarks/dataset.py BASE...``.

BASE are folders made by ``chart-hero synthesise``. Their songs are spoiled in known ways (offsets
up to 1.5 s, drifting audio, another song's audio, copies in another encoding, broken files), the
command line builds a dataset of them, and its verdicts are held against what was done.
"""

import csv
import json
import os
import re
import shutil
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import soundfile
import soxr
from harness import parser, run_process, show

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.drums import DrumClass
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.chart.song import Difficulty, Metadata, Song
from chart_hero_core.cli.exits import run_script
from chart_hero_core.formats.song_folder import load_song_folder, save_song_folder
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature

RATE = 22_050
BLOCK = 65_536
MIN_S = 0.03  # a stroke further from its note is another stroke
SHARES = {"drifting": 0.05, "wrong audio": 0.05, "corrupt": 0.06, "no stems": 0.15}
COPIES = 0.05
FEWEST = 20  # songs: some of every kind, and good ones
UNUSABLE = ("drifting", "wrong audio", "corrupt")
BAD = (*UNUSABLE, "copy")
FAR_OFF_MS = 8  # an offset found with a larger error is a mistake
BREAKS = ("half an ogg", "noise for ogg", "noise for a chart", "no notes", "no sound", "silence")


@dataclass(frozen=True)
class Truth:
    """What was done to a folder. ``offset_s``: from its chart's time to its audio's."""

    folder: str
    kind: str
    offset_s: float
    detail: str = ""
    original: str = ""


@dataclass
class Base:
    """A rendered song: stems of equal length, chart, and how late its strokes are (median)."""

    name: str
    drums: Float32Array
    backing: Float32Array
    song: Song
    late_s: float


def load_base(folder: Path) -> Base:
    """Read one song folder and the list of strokes beside it."""
    drums, _ = soundfile.read(folder / "drums.ogg", dtype="float32")
    backing, _ = soundfile.read(folder / "song.ogg", dtype="float32")
    song = load_song_folder(folder).song
    times: dict[int, list[float]] = {}
    for line in folder.with_name(folder.name + ".tsv").read_text().splitlines():
        time_s, label = line.split("\t")
        times.setdefault(int(DrumClass.from_label(label)), []).append(float(time_s))
    late = []
    for note in song.expert.notes:
        struck = np.array(times.get(int(note.drum), [np.inf]))
        gaps = struck - song.tempo_map.seconds(note.tick)
        nearest = float(gaps[np.abs(gaps).argmin()])
        late += [nearest] if abs(nearest) < MIN_S else []
    return Base(folder.name, drums, backing, song, float(np.median(late)))


def distinct(bases: list[Path]) -> list[Path]:
    """Song folders, less those whose excerpt of a chart shares much with an earlier one."""
    seen: dict[str, list[set[tuple[int, ...]]]] = {}
    kept = []
    for folder in sorted(f for base in bases for f in base.iterdir() if f.is_dir()):
        notes = load_song_folder(folder).song.expert.notes
        ticks = np.diff([note.tick for note in notes], prepend=0).tolist()
        words = [v * 8 + int(n.drum) for v, n in zip(ticks, notes, strict=True)]
        runs = {tuple(words[i : i + 12]) for i in range(len(words) - 12)}
        rivals = seen.setdefault(re.sub(r"^\d+_", "", folder.name), [])
        if len(runs) < 50 or any(len(runs & other) > 0.3 * len(runs) for other in rivals):
            continue
        rivals.append(runs)
        kept.append(folder)
    if len(kept) < FEWEST:
        raise DatasetError(f"Only {len(kept)} songs with unlike charts were found, not {FEWEST}.")
    return kept


def later(song: Song, seconds: float) -> tuple[Song, float]:
    """The song with that much empty time before its first tick, and how much it exactly is."""
    old = song.tempo_map
    ticks = round(seconds * old.resolution * 1e6 / old.tempos[0].us_per_quarter)
    first = TempoChange(0, old.tempos[0].us_per_quarter)
    tempos = (first, *(TempoChange(t.tick + ticks, t.us_per_quarter) for t in old.tempos[1:]))
    signatures = [TimeSignature(0, old.signatures[0].numerator, old.signatures[0].denominator)]
    signatures += [replace(s, tick=s.tick + ticks) for s in old.signatures[1:]]
    notes = tuple(replace(note, tick=note.tick + ticks) for note in song.expert.notes)
    track = replace(song.expert, notes=notes)
    tempo_map = TempoMap(old.resolution, tempos, tuple(signatures))
    moved = replace(
        song, tempo_map=tempo_map, tracks=MappingProxyType({Difficulty.EXPERT: track}), sections=()
    )
    return moved, tempo_map.seconds(ticks)


def write_audio(path: Path, samples: Float32Array, rate: int = RATE) -> None:
    """Encode by suffix: ogg, mp3, opus."""
    if path.suffix == ".opus":
        samples, rate = soxr.resample(samples, rate, 48_000).astype(np.float32), 48_000
    kind = {".ogg": ("OGG", "VORBIS"), ".mp3": ("MP3", "MPEG_LAYER_III"), ".opus": ("OGG", "OPUS")}
    form, sub = kind[path.suffix]
    with soundfile.SoundFile(path, "w", rate, 1, format=form, subtype=sub) as out:
        for start in range(0, len(samples), BLOCK):
            out.write(samples[start : start + BLOCK])


def write_song(
    folder: Path, song: Song, stems: dict[str, Float32Array], number: int, suffix: str = ".ogg"
) -> None:
    """A song folder with artists, charters and genres like a library's."""
    folder.mkdir(parents=True)
    files = {name: folder / f"{name}{suffix}" for name in stems}
    for name, samples in stems.items():
        write_audio(files[name], samples)
    data = Metadata(
        name=f"Song {number:03d}",
        artist=f"Artist {number % 37:02d}",
        charter=f"Charter {number % 11:02d}",
        album="Album",
        genre=("Rock", "Metal", "Jazz", "Pop")[number % 4],
        year="2026",
    )
    save_song_folder(replace(song, metadata=data), folder, formats=("chart",), audio=files)


def spoil(bases: list[Path], library: Path, seed: int) -> list[Truth]:
    """Write the library; each folder with what was done to it."""
    rng = np.random.default_rng(seed)
    folders = distinct(bases)
    kinds = []
    for kind, share in SHARES.items():
        kinds += [kind] * max(round(share * len(folders)), 3)
    kinds += ["good"] * (len(folders) - len(kinds))
    rng.shuffle(kinds)
    truths = []
    broken = 0
    for number, (folder, kind) in enumerate(zip(folders, kinds, strict=True)):
        base = load_base(folder)
        target = library / f"{number:03d}"
        other = load_base(folders[(number + 1) % len(folders)])
        truth = spoil_one(base, other, kind, target, number, rng)
        if kind == "corrupt":
            truth = replace(truth, detail=BREAKS[broken % len(BREAKS)])
            damage(target, truth.detail)
            broken += 1
        truths.append(truth)
        if kind == "good" and sum(t.kind == "copy" for t in truths) < COPIES * len(folders):
            truths.append(copy_of(base, truth, library, number, rng))
    return truths


def spoil_one(
    base: Base, other: Base, kind: str, target: Path, number: int, rng: np.random.Generator
) -> Truth:
    """One folder: an offset for all, and what its kind says."""
    offset_s = float(rng.uniform(-1.5, 1.5))
    song, drums, backing = base.song, base.drums, base.backing
    detail = ""
    if kind == "wrong audio":
        drums, backing, detail = other.drums, other.backing, other.name
    if kind == "drifting":
        rate = float(rng.choice([-1, 1]) * rng.uniform(0.0015, 0.006))
        detail = f"{rate:+.2%}"
        drums, backing = (
            soxr.resample(x, RATE, RATE * (1 + rate)).astype(np.float32) for x in (drums, backing)
        )
    if offset_s > 0:
        silence = np.zeros(round(offset_s * RATE), np.float32)
        drums, backing = (np.concatenate([silence, x]) for x in (drums, backing))
        exact_s = len(silence) / RATE
    else:
        song, moved_s = later(song, -offset_s)
        exact_s = -moved_s
    stems = {"drums": drums, "song": backing}
    if kind == "no stems":
        stems = {"song": drums + backing}
    write_song(target, song, stems, number)
    return Truth(target.name, kind, exact_s + base.late_s, detail)


def copy_of(
    base: Base, truth: Truth, library: Path, number: int, rng: np.random.Generator
) -> Truth:
    """The same song by another charter: another encoding, softer, cut at the front."""
    suffix = str(rng.choice([".mp3", ".opus"]))
    cut = int(rng.uniform(0.0, 0.24) * RATE)
    gain = np.float32(rng.uniform(0.4, 0.9))
    target = library / f"{number:03d}_copy"
    stems = {"drums": base.drums[cut:] * gain, "song": base.backing[cut:] * gain}
    write_song(target, base.song, stems, 500 + number, suffix)
    return Truth(target.name, "copy", base.late_s - cut / RATE, suffix, truth.folder)


def damage(folder: Path, how: str) -> None:
    """Break a song folder."""
    sounds = sorted(folder.glob("*.ogg"))
    if how == "half an ogg":
        for file in sounds:
            file.write_bytes(file.read_bytes()[: file.stat().st_size // 3])
    elif how == "noise for ogg":
        for file in sounds:
            file.write_bytes(np.random.default_rng(1).bytes(50_000))
    elif how == "noise for a chart":
        (folder / "notes.chart").write_bytes(np.random.default_rng(2).bytes(20_000))
    elif how == "no notes":
        text = (folder / "notes.chart").read_text("utf-8-sig")
        (folder / "notes.chart").write_text(text.split("[ExpertDrums]")[0])
    elif how == "no sound":
        for file in sounds:
            file.unlink()
    elif how == "silence":
        for file in sounds:
            write_audio(file, np.zeros(20 * RATE, np.float32))


@dataclass
class Verdicts:
    """What the builder made of the folders, held against what was done to them."""

    errors_ms: list[float] = field(default_factory=list)
    bad: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    good: int = 0
    lost: int = 0

    def add(self, truth: Truth, row: dict[str, str], kept: bool, twin_kept: bool) -> bool:
        """Count one folder; whether the builder is wrong about it.

        Of two copies of a song either may be kept, but one is enough.
        """
        missing = not kept and not twin_kept
        if truth.kind in BAD:
            self.bad[truth.kind] += 1
            self.caught[truth.kind] += not (kept and (twin_kept or truth.kind != "copy"))
        else:
            self.good += 1
            self.lost += missing
        if truth.kind in UNUSABLE:
            return kept
        if not kept:
            return missing
        error_ms = abs(float(row["offset_ms"]) - truth.offset_s * 1e3)
        self.errors_ms.append(error_ms)
        return error_ms > FAR_OFF_MS

    def figures(self) -> dict[str, float | int | str]:
        """Counted up."""
        bad, caught = self.bad, self.caught
        return {
            "offset_error_p50_ms": float(np.median(self.errors_ms)),
            "offset_error_p95_ms": float(np.percentile(self.errors_ms, 95)),
            "offset_error_max_ms": max(self.errors_ms),
            **{
                f"caught_{kind.replace(' ', '_')}": f"{caught[kind]} of {bad[kind]}" for kind in BAD
            },
            "bad_caught_percent": 100 * sum(caught.values()) / sum(bad.values()),
            "good_lost": f"{self.lost} of {self.good}",
            "good_lost_percent": 100 * self.lost / self.good,
        }


def judge(truths: list[Truth], table: Path) -> dict[str, float | int | str]:
    """Hold the builder's table against the truth; print every mistake."""
    with table.open(newline="") as file:
        found = {Path(row["path"]).name: row for row in csv.DictReader(file)}
    used = {name for name, row in found.items() if row["verdict"] == "used"}
    originals = {t.original: t.folder for t in truths if t.original}
    verdicts = Verdicts()
    for truth in truths:
        row = found[truth.folder]
        twin = truth.original or originals.get(truth.folder, "")
        if verdicts.add(truth, row, truth.folder in used, twin in used):
            told = (row["verdict"], row["reason"], row["offset_ms"], row["quality"])
            print(f"  {truth.folder} {truth.kind} {truth.detail} {truth.offset_s:+.4f}: {told}")
    return {"folders": len(truths), **verdicts.figures()}


def main() -> None:
    """Spoil, build, judge."""
    options = parser(__doc__)
    options.add_argument("base", type=Path, nargs="+")
    options.add_argument("-o", "--output", type=Path, required=True, help="a folder to work in")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--jobs", type=int, default=1)
    args = options.parse_args()
    library, dataset = args.output / "library", args.output / "dataset"
    plan = args.output / "truth.json"
    if plan.exists():
        truths = [Truth(**told) for told in json.loads(plan.read_text())]
    else:
        shutil.rmtree(library, ignore_errors=True)
        truths = spoil(args.base, library, args.seed)
        plan.write_text(json.dumps([asdict(truth) for truth in truths], indent=1))
    shutil.rmtree(dataset, ignore_errors=True)
    command = [sys.executable, "-m", "chart_hero_core.cli", "build-dataset", str(library)]
    run = run_process([*command, "-o", str(dataset), "--jobs", str(args.jobs)], threads=1)
    figures = judge(truths, dataset / "songs.csv")
    with (dataset / "songs.csv").open(newline="") as file:
        seconds = sum(float(row["seconds"] or 0) for row in csv.DictReader(file))
    shards = sum(f.stat().st_size for f in (dataset / "shards").glob("*/*"))
    cost = {
        "cpu_s_per_folder": run.cpu_s / len(truths),
        "cpu_s_per_minute_of_music": run.cpu_s / (seconds / 60),
        "wall_s": run.wall_s,
        "peak_mb": run.peak_mb,
        "shard_mb_per_minute_of_music": shards / 1e6 / (seconds / 60),
        "load_average": os.getloadavg()[0],
    }
    show("dataset builder", {**figures, **cost}, args.json)


if __name__ == "__main__":
    run_script(main)
