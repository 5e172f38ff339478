"""Where references and estimates are found: TSV files, charts, song folders, in any mixture."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile as sf

from chart_hero_core.audio.io import song_audio
from chart_hero_core.audio.readers import SOUNDFILE_SUFFIXES
from chart_hero_core.base.drums import DrumClass, Hit
from chart_hero_core.base.errors import ChartError, ChartHeroError, EvaluationError
from chart_hero_core.base.files import name_for_c
from chart_hero_core.chart.from_hits import notes_from_hits
from chart_hero_core.chart.song import Note, Song
from chart_hero_core.evaluation.beat_files import read_beats
from chart_hero_core.evaluation.edits_per_100 import ChartNotes
from chart_hero_core.evaluation.strokes import EMPTY, Strokes, read_tsv
from chart_hero_core.evaluation.views import drums_of
from chart_hero_core.formats.chart_files import CHART_NAMES
from chart_hero_core.formats.song_folder import load_song
from chart_hero_core.timing.tempo_map import TempoMap

_CHART_SUFFIXES = (".chart", ".mid", ".sng")
_IGNORED = ("manifest", "readme")
MAX_ENTRIES = 100_000


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of one song of a folder: any of its strokes, chart, beats and audio."""

    name: str
    tsv: Path | None = None
    chart: Path | None = None  # a chart file or a song folder
    beats: Path | None = None
    audio: Path | None = None  # a sound file or a song folder


@dataclass(frozen=True, slots=True, eq=False)
class LoadedSong:
    """One side of a song: strokes on the audio's clock, chart and tempo map where there are.

    The chart's clock is ``delay_s`` behind the audio's.
    """

    strokes: Strokes
    chart: ChartNotes | None = None
    tempo_map: TempoMap | None = None
    beats_from_s: float = 0.0
    delay_s: float = 0.0


def find_sources(path: Path, suffix: str | None = None) -> dict[str, Source]:
    """The songs of a folder by name, or the one song that ``path`` is.

    A folder of TSV files is read as the independent scorers do: ``NAME.tsv``, or with ``suffix``
    ``NAME.SUFFIX.tsv`` before it; manifests and everything else are ignored. A song folder and a
    TSV of one name belong together.

    Raises:
        EvaluationError: there is nothing at ``path``, or nothing that can be scored.
    """
    if path.is_file():
        return {path.stem: _of_file(path, suffix)}
    if not path.is_dir():
        raise EvaluationError(f"There is no file or folder {path}.")
    if _is_song_folder(path):
        name = path.resolve().name
        return {name: Source(name, chart=path, audio=path)}
    found: dict[str, Source] = {}
    for entry in _entries(path):
        source = _of_entry(entry)
        if source is not None:
            known = found.get(source.name, Source(source.name))
            found[source.name] = _merged(known, source)
    found = {name: s for name, s in found.items() if s.tsv or s.chart}
    if suffix:
        found = _with_suffix(found, suffix)
    if not found:
        raise EvaluationError(
            f"{path} holds nothing to score: no NAME.tsv, no chart, no song folder."
        )
    return {name: _with_audio(found[name], path, suffix) for name in sorted(found)}


def _is_song_folder(path: Path) -> bool:
    """Whether ``path`` is a folder with a chart in it."""
    return any(entry.name.lower() in CHART_NAMES.values() for entry in _entries(path))


def load_side(source: Source) -> LoadedSong:
    """Strokes of the TSV where there is one, else of the chart; the chart and tempo map besides.

    Raises:
        EvaluationError: a file that cannot be read, by name (and line).
    """
    loaded = LoadedSong(EMPTY)
    if source.chart is not None:
        loaded = _load_chart(source.chart)
    if source.beats is not None and loaded.tempo_map is None:
        tempo_map, first_s = read_beats(source.beats)
        loaded = replace(loaded, tempo_map=tempo_map, beats_from_s=first_s)
    if source.tsv is not None:
        loaded = replace(loaded, strokes=read_tsv(source.tsv))
    return loaded


def chart_side(song: Song) -> LoadedSong:
    """A chart's Expert notes as strokes, as notes, and its tempo map."""
    chart = chart_notes(song.expert.notes, song.tempo_map)
    delay_s = song.metadata.delay_ms / 1000
    times = song.tempo_map.seconds_array(chart.ticks) + delay_s
    heard = times >= 0
    confidence = np.array(
        [np.nan if n.origin.confidence is None else n.origin.confidence for n in song.expert.notes]
    )
    strokes = Strokes.of(times[heard], chart.drums[heard], confidence[heard])
    return LoadedSong(strokes, chart, song.tempo_map, 0.0, delay_s)


def chart_notes(notes: tuple[Note, ...], tempo_map: TempoMap) -> ChartNotes:
    """Notes as the edit count takes them."""
    ticks = np.array([note.tick for note in notes], np.float64)
    drums = np.array([int(note.drum) for note in notes], np.int8)
    return ChartNotes(ticks, drums, tempo_map)


def quantised(strokes: Strokes, tempo_map: TempoMap) -> ChartNotes:
    """The chart these strokes become on a tempo map, five-class labels at their fixed place."""
    rows = zip(strokes.times_s, drums_of(strokes), strokes.confidence, strict=True)
    hits = [
        Hit(float(time_s), DrumClass(int(drum)), 1.0 if np.isnan(sure) else float(sure))
        for time_s, drum, sure in rows
    ]
    return chart_notes(notes_from_hits(hits, tempo_map), tempo_map)


def duration_of(source: Source) -> float | None:
    """Seconds of the audio, None where there is none or it does not say."""
    if source.audio is None:
        return None
    try:
        audio = song_audio(source.audio)
        return max(float(sf.info(name_for_c(file)).duration) for file in audio.mix or audio.drums)
    except (ChartHeroError, sf.SoundFileError, ValueError, OSError):
        return None


def audio_file(source: Source) -> Path | None:
    """One sound file to listen to, None where there is none.

    Of a song in stems that with the drums: the first of its mix is mostly the music without them.
    """
    if source.audio is None:
        return None
    try:
        audio = song_audio(source.audio)
    except ChartHeroError:
        return None
    return (audio.mix if len(audio.mix) == 1 else audio.drums or audio.mix)[0]


def _load_chart(path: Path) -> LoadedSong:
    try:
        return chart_side(load_song(path).song)
    except ChartError as error:
        raise EvaluationError(f"{path}: {error}") from error


def _of_file(path: Path, suffix: str | None) -> Source:
    source = _of_entry(path)
    if source is None:
        raise EvaluationError(f"{path} is neither a TSV file nor a chart.")
    source = replace(source, name=path.stem)
    if source.tsv is not None:
        source = _with_neighbours(source, path)
    return _with_audio(source, path.parent, suffix)


def _with_neighbours(source: Source, tsv: Path) -> Source:
    """What a whole folder would give the song of a TSV: its beats, its chart or song folder."""
    for ending in ("", ".beats", *_CHART_SUFFIXES):
        neighbour = tsv.with_name(tsv.stem + ending)
        beside = _of_entry(neighbour) if neighbour.exists() else None
        if beside is not None:
            source = _merged(source, beside)
    return source


def _entries(path: Path) -> Iterator[Path]:
    try:
        entries = sorted(path.iterdir())
    except OSError as error:
        raise EvaluationError(f"Could not read {path}: {error.strerror}.") from error
    if len(entries) > MAX_ENTRIES:
        raise EvaluationError(f"{path} holds more than {MAX_ENTRIES} files.")
    yield from entries


def _of_entry(entry: Path) -> Source | None:
    name, suffix = entry.stem, entry.suffix.lower()
    if entry.is_dir():
        return Source(entry.name, chart=entry, audio=entry) if _is_song_folder(entry) else None
    if name.lower().startswith(_IGNORED):
        return None
    if suffix == ".tsv":
        return Source(name, tsv=entry)
    if suffix == ".beats":
        return Source(name, beats=entry)
    if suffix in _CHART_SUFFIXES:
        return Source(name, chart=entry)
    return None


def _merged(one: Source, other: Source) -> Source:
    return Source(
        one.name,
        other.tsv or one.tsv,
        one.chart or other.chart,
        other.beats or one.beats,
        other.audio or one.audio,
    )


def _with_suffix(found: dict[str, Source], suffix: str) -> dict[str, Source]:
    """``NAME.SUFFIX`` files take the place of ``NAME``."""
    ending = f".{suffix}"
    plain = {name: s for name, s in found.items() if not name.endswith(ending)}
    for name, source in found.items():
        if name.endswith(ending):
            stem = name.removesuffix(ending)
            known = plain.get(stem, Source(stem))
            plain[stem] = _merged(known, replace(source, name=stem))
    return plain


def _with_audio(source: Source, folder: Path, suffix: str | None) -> Source:
    if source.audio is not None:
        return source
    stems = [f"{source.name}.{suffix}"] if suffix else []
    stems += [source.name, f"{source.name}.mix", f"{source.name}.drums"]
    for stem in stems:
        for ending in SOUNDFILE_SUFFIXES:
            if (folder / f"{stem}{ending}").is_file():
                return replace(source, audio=folder / f"{stem}{ending}")
    return source
