"""One chart file, whatever its format, joined with what a song.ini says."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from chart_hero_core.base.errors import FormatError
from chart_hero_core.base.files import size_of_file
from chart_hero_core.chart.song import Metadata, Song
from chart_hero_core.formats.dot_chart import read_chart, write_chart
from chart_hero_core.formats.limits import MAX_BYTES
from chart_hero_core.formats.midi import read_midi, write_midi
from chart_hero_core.formats.midi_json import read_midi_json
from chart_hero_core.formats.result import ReadResult
from chart_hero_core.formats.song_ini import IniResult

# In the order in which games prefer them.
CHART_NAMES = MappingProxyType({"mid": "notes.mid", "chart": "notes.chart"})
CHART_SUFFIXES = (".mid", ".midi", ".chart", ".json")

# Stream keys of a .chart's [Song] by the audio file they name.
_STREAMS = MappingProxyType(
    {
        "song": "MusicStream",
        "guitar": "GuitarStream",
        "rhythm": "RhythmStream",
        "bass": "BassStream",
        "keys": "KeysStream",
        "drums": "DrumStream",
        "drums_1": "DrumStream",
        "drums_2": "Drum2Stream",
        "drums_3": "Drum3Stream",
        "drums_4": "Drum4Stream",
        "vocals": "VocalStream",
        "crowd": "CrowdStream",
    }
)


def read_file(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """The content of a file of bounded size. Raises :class:`FormatError`."""
    try:
        if size_of_file(path) > max_bytes:
            raise FormatError(f"{path.name} is too large for what it should be.")
        return path.read_bytes()
    except OSError as error:
        raise FormatError(f"Could not read {path}: {error.strerror or error}.") from error


def parse_chart(name: str, data: bytes, ini: IniResult | None = None) -> ReadResult:
    """Read a chart by the suffix of its name; song.ini wins over what the chart says of the song.

    Raises:
        FormatError: it is none of the formats known, or broken beyond mending.
    """
    suffix = Path(name).suffix.lower()
    pro, five = _kit_flags(ini)
    if suffix == ".chart":
        result = read_chart(data, pro_drums=pro, five_lane=five)
    elif suffix in (".mid", ".midi"):
        result = read_midi(data, pro_drums=pro, five_lane=five)
    elif suffix == ".json":
        result = read_midi_json(data, read_original=_read_original)
    else:
        raise FormatError(f"{name} is not a chart (.chart, .mid, .sng or a drum export in .json).")
    if ini is None:
        return result
    metadata = merged_metadata(result.song.metadata, ini)
    return ReadResult(replace(result.song, metadata=metadata), (*ini.mended, *result.mended))


def _kit_flags(ini: IniResult | None) -> tuple[bool | None, bool | None]:
    """What song.ini says of the kit, None where it does not."""
    if ini is None:
        return None, None
    pro = ini.metadata.pro_drums if "pro_drums" in ini.keys else None
    five = ini.metadata.five_lane if "five_lane_drums" in ini.keys else None
    return pro, five


def _read_original(path: Path) -> ReadResult:
    return parse_chart(path.name, read_file(path))


def merged_metadata(chart: Metadata, ini: IniResult) -> Metadata:
    """Metadata of a chart inside a folder: song.ini first, then the chart itself.

    The kind of kit is the chart's, whose reader has already heeded song.ini.
    """
    told, keys = ini.metadata, ini.keys
    return replace(
        chart,
        name=told.name or chart.name,
        artist=told.artist or chart.artist,
        album=told.album or chart.album,
        genre=told.genre or chart.genre,
        year=told.year or chart.year,
        charter=told.charter or chart.charter,
        length_ms=told.length_ms if "song_length" in keys else chart.length_ms,
        preview_start_ms=(
            told.preview_start_ms if "preview_start_time" in keys else chart.preview_start_ms
        ),
        delay_ms=told.delay_ms if "delay" in keys else chart.delay_ms,
        difficulty=told.difficulty if "diff_drums" in keys else chart.difficulty,
        other=MappingProxyType({**chart.other, **told.other}),
    )


def chart_bytes(song: Song, kind: str, audio: tuple[str, ...] | None = None) -> bytes:
    """``song`` as a file of ``kind`` (``chart`` or ``mid``) for a song folder.

    Args:
        audio: names of the sound files in the folder, for the streams that a .chart names;
            None keeps those it had.

    Raises:
        ChartError: something in the song cannot be written in this format.
    """
    if kind == "mid":
        return write_midi(song)
    streams = None
    if audio is not None:
        named = {_STREAMS.get(Path(name).stem.lower()): name for name in sorted(audio)}
        streams = {key: name for key, name in named.items() if key is not None}
    return write_chart(song, streams=streams)
