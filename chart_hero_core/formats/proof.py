"""The export proof: what was written is read back and compared with the song, note by note."""

import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from chart_hero_core.base.clock import clock
from chart_hero_core.base.errors import FormatError
from chart_hero_core.chart.song import Difficulty, Note, Phrase, PhraseKind, Section, Song, Track
from chart_hero_core.formats.chart_files import CHART_NAMES, parse_chart, read_file
from chart_hero_core.formats.limits import MAX_BYTES
from chart_hero_core.formats.sng import SNG_SUFFIX, read_sng
from chart_hero_core.formats.song_ini import FILE_NAME, IniResult, ini_from_pairs, read_song_ini
from chart_hero_core.timing.tempo_map import TempoMap

# Whole thousandths of a BPM and whole microseconds: rounding is carried along and stays below.
_TIME_TOLERANCE_S = 0.001
_NAMED_PLACES = 3
_PREFERRED = "mid"  # of two charts in a folder, most games read this one


@dataclass(frozen=True, slots=True)
class ExportProof:
    """What reading back an export found.

    Attributes:
        written: notes of the song, over all its difficulties.
        read_back: notes found in the files; the smallest number when there are several charts.
        differences: one sentence each; what a format cannot hold is a difference, too.
        files: the chart files that were compared.
        left_out: one sentence for each file that cannot hold what another format brought along
            (other instruments, lights). The drums do not need it, so it is no difference.
    """

    written: int
    read_back: int
    differences: tuple[str, ...]
    files: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the files say exactly what the song says."""
        return bool(self.files) and not self.differences

    @property
    def summary(self) -> str:
        """``2,131 notes written, 2,131 read back, 0 differences``."""
        count = len(self.differences)
        noun = "difference" if count == 1 else "differences"
        notes = "note" if self.written == 1 else "notes"
        return f"{self.written:,} {notes} written, {self.read_back:,} read back, {count:,} {noun}"


def verify_export(path: Path, song: Song) -> ExportProof:
    """Read every chart in a song folder, .zip or .sng back and compare it with ``song``.

    All charts there count, also older ones beside the one just written, since games choose among
    them by themselves.

    Raises:
        FormatError: a file cannot be read at all.
    """
    ini, charts = _read_export(path)
    differences: list[str] = [] if charts else ["There is no chart in the export."]
    if ini is None:
        differences.append("There is no song.ini in the export.")
    counts: list[int] = []
    for name, data in charts.items():
        try:
            found = parse_chart(name, data, ini).song
        except FormatError as error:  # an older one beside it, which games may choose
            counts.append(0)
            differences.append(f"{name}: It cannot be read. {error}")
            continue
        counts.append(note_count(found))
        differences += [f"{name}: {text}" for text in compare_songs(song, found)]
    return ExportProof(
        note_count(song),
        min(counts, default=0),
        tuple(differences),
        tuple(charts),
        tuple(_left_out_of(song, charts)),
    )


def _left_out_of(song: Song, names: Collection[str]) -> Iterator[str]:
    """What the charts of one export cannot hold, and what comes of it where there are several."""
    for kind, name in CHART_NAMES.items():
        if name not in names:
            continue
        for sentence in left_out(song, kind, name):
            others = ", ".join(other for other in names if other != name)
            if kind != _PREFERRED or not others:
                yield sentence
            else:
                yield f"{sentence} Most games read {name} where both are: {others} alone keeps it."


def left_out(song: Song, kind: str, name: str) -> Iterator[str]:
    """What another format brought along and the file ``name``, of ``kind``, cannot hold."""
    places = Counter(
        item.place
        for foreign in song.foreign
        if foreign.source != kind
        for item in foreign.items
        if item.tick is not None
    )
    if places:
        named = ", ".join(sorted(places)[:_NAMED_PLACES])
        more = len(places) - _NAMED_PLACES
        others = f" and {more} more" if more > 0 else ""
        count = places.total()
        noun = "event" if count == 1 else "events"
        yield f"{name} cannot hold {count:,} kept {noun} of {named}{others}."


def _read_export(path: Path) -> tuple[IniResult | None, dict[str, bytes]]:
    """What song.ini says, and the charts by name."""
    names = CHART_NAMES.values()
    if path.suffix.lower() == SNG_SUFFIX and path.is_file():
        sng = read_sng(path)
        charts = {name: sng.read(name, MAX_BYTES) for name in names if name in sng.entries}
        return ini_from_pairs(sng.metadata), charts
    if path.suffix.lower() == ".zip" and path.is_file():
        found = _from_zip(path, (*names, FILE_NAME))
    else:
        found = {n: read_file(path / n) for n in (*names, FILE_NAME) if (path / n).is_file()}
    ini = found.pop(FILE_NAME, None)
    return None if ini is None else read_song_ini(ini), found


def _from_zip(path: Path, wanted: Iterable[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            places = {place.rpartition("/")[2]: place for place in archive.namelist()}
            for name in wanted:
                if name in places:
                    with archive.open(places[name]) as file:
                        found[name] = file.read(MAX_BYTES)
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        raise FormatError(f"Could not read {path}; it may be damaged.") from error
    return found


def note_count(song: Song) -> int:
    """All notes of all difficulties."""
    return sum(len(track.notes) for track in song.tracks.values())


def compare_songs(expected: Song, found: Song) -> list[str]:
    """Every difference that a player or charter could notice, as sentences.

    Compared are title and artist, timing (1 ms), time signatures, notes, phrases, sections and the
    end. Note lengths, origins and foreign items are not.
    """
    differences = [
        f"The {name} reads {getattr(found.metadata, name)!r}."
        for name in ("name", "artist")
        if _words(getattr(expected.metadata, name)) != _words(getattr(found.metadata, name))
    ]
    if expected.tempo_map.resolution != found.tempo_map.resolution:
        return [*differences, "The resolution differs, so nothing else can be compared."]
    differences += _timing(expected, found)
    for difficulty in reversed(Difficulty):
        wanted = expected.tracks.get(difficulty, Track())
        got = found.tracks.get(difficulty, Track())
        differences += _notes(wanted.notes, got.notes, difficulty, expected.tempo_map)
        differences += _phrases(wanted.phrases, got.phrases, difficulty, expected.tempo_map)
    differences += _sections(expected.sections, found.sections, expected.tempo_map)
    if expected.end_tick != found.end_tick:
        differences.append("The end event is not where it was.")
    return differences


def _words(text: str) -> str:
    """Text as far as files can hold it: in one line, with single quotes."""
    return " ".join(text.replace('"', "'").replace("\0", " ").split())


def _timing(expected: Song, found: Song) -> Iterator[str]:
    ticks = [note.tick for track in expected.tracks.values() for note in track.notes]
    ticks += [tempo.tick for tempo in expected.tempo_map.tempos]
    drift_s = abs(
        expected.tempo_map.seconds_array(ticks) - found.tempo_map.seconds_array(ticks)
    ).max()
    if drift_s > _TIME_TOLERANCE_S:
        yield f"Notes are out of time by up to {drift_s * 1000:.1f} ms."
    if expected.tempo_map.signatures != found.tempo_map.signatures:
        yield "The time signatures differ."


def _notes(
    wanted: Sequence[Note], got: Sequence[Note], difficulty: Difficulty, tempo_map: TempoMap
) -> Iterator[str]:
    missing = {note.sort_key: note for note in wanted}
    for note in got:
        original = missing.pop(note.sort_key, None)
        if original is None:
            yield f"{_place(difficulty, note.tick, tempo_map)}: {_name(note)} was added."
        elif changes := [
            f"{name} {_value(getattr(original, field))} became {_value(getattr(note, field))}"
            for field, name in _NOTE_FIELDS
            if getattr(original, field) != getattr(note, field)
        ]:
            place = _place(difficulty, note.tick, tempo_map)
            yield f"{place}: {_name(original)}: {', '.join(changes)}."
    for note in missing.values():
        yield f"{_place(difficulty, note.tick, tempo_map)}: {_name(note)} is missing."


_NOTE_FIELDS = (
    ("cymbal", "cymbal"),
    ("dynamic", "dynamic"),
    ("flam", "flam"),
    ("double_kick", "double kick"),
)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(getattr(value, "value", value))


def _name(note: Note) -> str:
    return note.drum.title.lower()


def _phrases(
    wanted: Iterable[Phrase], got: Iterable[Phrase], difficulty: Difficulty, tempo_map: TempoMap
) -> Iterator[str]:
    wanted, got = set(wanted), set(got)
    for phrases, what in ((wanted - got, "is missing"), (got - wanted, "was added")):
        for phrase in sorted(phrases, key=lambda p: (p.tick, p.kind.value)):
            place = _place(difficulty, phrase.tick, tempo_map)
            article = "an" if phrase.kind is PhraseKind.ACTIVATION else "a"
            yield f"{place}: {article} {phrase.kind.value} phrase {what}."


def _sections(
    wanted: Iterable[Section], got: Iterable[Section], tempo_map: TempoMap
) -> Iterator[str]:
    old = {(section.tick, _words(section.name)) for section in wanted}
    new = {(section.tick, _words(section.name)) for section in got}
    for sections, what in ((old - new, "is missing"), (new - old, "was added")):
        for tick, name in sorted(sections):
            yield f"{_time(tick, tempo_map)}: section {name} {what}."


def _place(difficulty: Difficulty, tick: int, tempo_map: TempoMap) -> str:
    return f"{difficulty.title}, {_time(tick, tempo_map)}"


def _time(tick: int, tempo_map: TempoMap) -> str:
    return f"{clock(tempo_map.seconds(tick))} (bar {tempo_map.bar_beat(tick)[0] + 1})"
