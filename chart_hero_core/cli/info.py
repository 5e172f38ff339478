"""``chart-hero info``: what a song, chart, project, checkpoint or sound file holds."""

import argparse
import json
import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from chart_hero_core.audio.readers import AUDIO_SUFFIXES, open_blocks
from chart_hero_core.audio.tags import read_tags
from chart_hero_core.base.errors import FormatError
from chart_hero_core.base.weights_header import HEADER_KEY, read_weights_header, refuse_newer
from chart_hero_core.chart.song import Song, Track
from chart_hero_core.formats.project import SUFFIX, load_project
from chart_hero_core.formats.song_folder import LoadedSong, load_song

Facts = dict[str, object]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "path",
        type=Path,
        help="song folder, .chart, .mid, .sng, project, checkpoint (.safetensors) or sound file",
    )
    parser.add_argument("--json", action="store_true", help="print the facts as JSON")


def run(args: argparse.Namespace) -> int:
    """Print what is known."""
    facts = describe(args.path)
    if args.json:
        print(json.dumps(facts, indent=2, ensure_ascii=False))
    else:
        print("\n".join(_lines(facts)))
    return 0


def describe(path: Path) -> Facts:
    """Facts about a file or folder, as JSON can hold them.

    Raises:
        ChartHeroError: it is nothing that the program knows.
    """
    if not path.exists():
        raise FormatError(f"There is no file or folder {path}.")
    suffix = path.suffix.lower()
    if path.is_dir():
        return _song_facts(load_song(path))
    if suffix == ".safetensors":
        return checkpoint_facts(path)
    if suffix == SUFFIX:
        return _project_facts(path)
    if suffix in AUDIO_SUFFIXES:
        return _audio_facts(path)
    return _song_facts(load_song(path))


def _song_facts(loaded: LoadedSong) -> Facts:
    """Facts about a song folder or chart."""
    facts: Facts = {
        "kind": "song",
        "chart": None if loaded.chart_path is None else str(loaded.chart_path),
        **_song(loaded.song),
        "audio": {stem: path.name for stem, path in loaded.audio.items()},
    }
    if loaded.mended:
        facts["mended"] = list(loaded.mended)
    return facts


def _song(song: Song) -> Facts:
    data, tempo_map = song.metadata, song.tempo_map
    tempos = [tempo.bpm for tempo in tempo_map.tempos]
    last = max((track.notes[-1].tick for track in song.tracks.values() if track.notes), default=0)
    return {
        "name": data.name,
        "artist": data.artist,
        "album": data.album,
        "genre": data.genre,
        "year": data.year,
        "charter": data.charter,
        "length_s": None if data.length_ms is None else data.length_ms / 1000,
        "last_note_s": round(tempo_map.seconds(last), 3),
        "resolution": tempo_map.resolution,
        "tempo_changes": len(tempos),
        "bpm": [round(min(tempos), 3), round(max(tempos), 3)],
        "time_signatures": list(
            dict.fromkeys(f"{s.numerator}/{s.denominator}" for s in tempo_map.signatures)
        ),
        "sections": len(song.sections),
        "difficulties": {key.title: _track(track) for key, track in song.tracks.items()},
        "kept_foreign_events": sum(len(foreign.items) for foreign in song.foreign),
    }


def _track(track: Track) -> Facts:
    drums = Counter(note.drum for note in track.notes)
    phrases = Counter(phrase.kind.value for phrase in track.phrases)
    return {
        "notes": len(track.notes),
        **{drum.label: drums[drum] for drum in sorted(drums)},
        **{f"{kind} phrases": count for kind, count in sorted(phrases.items())},
    }


def _project_facts(path: Path) -> Facts:
    """Facts about a project file."""
    project = load_project(path)
    notes = [note for track in project.song.tracks.values() for note in track.notes]
    return {
        "kind": "project",
        "song_file": project.audio.path,
        "song_found": project.audio.find(path) is not None,
        **_song(project.song),
        "notes_touched_by_a_person": sum(note.origin.touched for note in notes),
        "micro_passages": len(project.micro_spans_s),
    }


def _audio_facts(path: Path) -> Facts:
    """Facts about a sound file."""
    with open_blocks(path) as reader:
        length_s = reader.frames / reader.sample_rate if reader.frames else None
        rate = reader.sample_rate
    tags = read_tags(path)
    names = ("title", "artist", "album", "year", "genre")
    return {
        "kind": "sound file",
        "sample_rate_hz": rate,
        "length_s": None if length_s is None else round(length_s, 3),
        **{name: getattr(tags, name) for name in names if getattr(tags, name)},
        "cover": tags.cover is not None,
    }


def checkpoint_facts(path: Path) -> Facts:
    """What the header of a checkpoint says; its weights are not read.

    Raises:
        CheckpointError: it is no whole .safetensors file, or of a newer version.
    """
    header = read_weights_header(path)
    stored: dict[str, object] = header.pop("__metadata__", {})
    shapes = [entry["shape"] for entry in header.values()]
    metadata = {str(key): _unpacked(value) for key, value in stored.items()}
    refuse_newer(path, metadata.get(HEADER_KEY))
    return {
        "kind": "checkpoint",
        "bytes": path.stat().st_size,
        "tensors": len(header),
        "parameters": sum(math.prod(shape) for shape in shapes),
        **metadata,
    }


def _unpacked(value: object) -> object:
    """A header's text, taken as JSON where it is some."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


def _lines(facts: Mapping[str, object], indent: str = "") -> list[str]:
    """``name: value`` lines, nested ones indented; empty values are left out."""
    lines: list[str] = []
    for key, value in facts.items():
        name = str(key).replace("_", " ")
        if isinstance(value, dict):
            if value:
                lines += [f"{indent}{name}:", *_lines(value, indent + "  ")]
        elif isinstance(value, list):
            if key == "mended":
                lines += [f"{indent}{name}: {sentence}" for sentence in value]
            elif value:
                lines.append(f"{indent}{name}: {', '.join(map(_shown, value))}")
        elif value not in ("", None):
            lines.append(f"{indent}{name}: {_shown(value)}")
    return lines


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)
