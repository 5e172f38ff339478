"""[Song] and [SyncTrack] of a .chart as metadata and tempo map, and back."""

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from chart_hero_core.base.errors import FormatError
from chart_hero_core.chart.song import PREVIEW_END, ForeignItem, Metadata, Song
from chart_hero_core.formats.dot_chart.codes import (
    DEFAULT_RESOLUTION,
    LARGEST_RESOLUTION,
    SONG,
    STREAM_KEY,
    SYNC,
    TEXT_KEYS,
)
from chart_hero_core.formats.dot_chart.sections import ChartSection
from chart_hero_core.formats.limits import LARGEST_DENOMINATOR
from chart_hero_core.formats.result import Repairs
from chart_hero_core.formats.tempo_codes import (
    denominator_power,
    quarter_us_of_millibeats,
    steady_millibeats,
)
from chart_hero_core.formats.text import one_line
from chart_hero_core.timing.tempo_map import (
    DEFAULT_US_PER_QUARTER,
    TempoChange,
    TempoMap,
    TimeSignature,
)

_FIELDS = {key.lower(): name for key, name in TEXT_KEYS.items()}
_OWN_KEYS = frozenset((*_FIELDS, "offset", "resolution", "previewstart", "previewend"))
_LARGEST_MS = 2**31 - 1
# Tempos rounded to 0.001 BPM add up to less, even in long songs of many anchors.
_ANCHOR_TOLERANCE_S = 0.005


def read_song_section(
    section: ChartSection | None, repairs: Repairs
) -> tuple[Metadata, int, list[ForeignItem]]:
    """Metadata, resolution and the lines of keys we have no field for.

    Raises:
        FormatError: the resolution is not a positive number.
    """
    values: dict[str, str] = {}
    foreign: list[ForeignItem] = []
    for line in section.untimed if section is not None else ():
        key, _, value = (part.strip() for part in line.partition("="))
        if key.lower() in _OWN_KEYS:
            values[key.lower()] = _unquoted(value)
        else:
            foreign.append(ForeignItem(SONG, None, f"{key} = {value}"))
    texts = {name: one_line(values.get(key, "")) for key, name in _FIELDS.items()}
    metadata = Metadata(
        name=texts["name"],
        artist=texts["artist"],
        album=texts["album"],
        genre=texts["genre"],
        year=re.sub(r"^,\s*", "", texts["year"]),
        charter=texts["charter"],
        delay_ms=_milliseconds(values.get("offset"), "Offset", repairs),
        preview_start_ms=_milliseconds(values.get("previewstart"), "PreviewStart", repairs) or None,
    )
    end_ms = _milliseconds(values.get("previewend"), "PreviewEnd", repairs)
    if end_ms:
        metadata = replace(metadata, other=MappingProxyType({PREVIEW_END: str(end_ms)}))
    return metadata, _resolution(values.get("resolution"), repairs), foreign


def _unquoted(value: str) -> str:
    return value[1:].removesuffix('"') if value.startswith('"') else value


def _number(text: str | None) -> float | None:
    try:
        number = float((text or "").strip().replace(",", "."))
    except ValueError:
        return None
    return number if abs(number) <= _LARGEST_MS else None


def _milliseconds(text: str | None, key: str, repairs: Repairs) -> int:
    seconds = _number(text)
    if seconds is None or abs(seconds * 1000) > _LARGEST_MS:
        repairs.add(f"{key} is not a usable number; it was left out.", 1 if text else 0)
        return 0
    return round(seconds * 1000)


def _resolution(text: str | None, repairs: Repairs) -> int:
    if text is None:
        repairs.add(f"[Song] has no Resolution; {DEFAULT_RESOLUTION} was assumed.")
        return DEFAULT_RESOLUTION
    number = _number(text)
    if number is None or not 1 <= number <= LARGEST_RESOLUTION:
        raise FormatError(f"This .chart has an impossible Resolution: {text[:40]!r}.")
    return int(number)


def song_lines(song: Song, streams: Mapping[str, str] | None, lone: bool) -> list[str]:
    """The lines of [Song] that we have fields for, and those of the audio files."""
    metadata = song.metadata
    lines = []
    for key, name in TEXT_KEYS.items():
        text = one_line(getattr(metadata, name)).replace('"', "'")
        if text:
            lines.append(f'{key} = "{", " if key == "Year" else ""}{text}"')
    # Some games add Offset to the delay of song.ini, so only one of them may say it.
    lines.append(f"Offset = {_seconds(metadata.delay_ms if lone else 0)}")
    lines.append(f"Resolution = {song.tempo_map.resolution}")
    if metadata.preview_start_ms:
        lines.append(f"PreviewStart = {_seconds(metadata.preview_start_ms)}")
    preview_end = metadata.other.get(PREVIEW_END, "")
    if preview_end.isascii() and preview_end.isdecimal() and 0 < len(preview_end.strip("0")) <= 9:
        lines.append(f"PreviewEnd = {_seconds(int(preview_end))}")
    for key, file_name in (streams or {}).items():
        safe = one_line(file_name).replace('"', "'")
        lines.append(f'{key} = "{safe}"')
    return lines


def is_stream_line(line: str) -> bool:
    """Whether a line of [Song] names an audio file."""
    return STREAM_KEY.fullmatch(line.partition("=")[0].strip()) is not None


def _seconds(milliseconds: int) -> str:
    sign, rest = ("-", -milliseconds) if milliseconds < 0 else ("", milliseconds)
    text = f"{sign}{rest // 1000}.{rest % 1000:03d}".rstrip("0")
    return text.rstrip(".")


def read_sync_section(
    section: ChartSection | None, resolution: int, repairs: Repairs
) -> tuple[TempoMap, list[ForeignItem]]:
    """The tempo map, 120 BPM and 4/4 where nothing is said, and the lines we do not know."""
    tempos: dict[int, TempoChange] = {0: TempoChange(0, DEFAULT_US_PER_QUARTER)}
    signatures: dict[int, TimeSignature] = {0: TimeSignature(0)}
    anchors: dict[int, int] = {}
    foreign: list[ForeignItem] = []
    for line in section.lines if section is not None else ():
        numbers = _integers(line.values)
        code = line.code.upper()
        if code == "B" and numbers and numbers[0] > 0:
            tempos[line.tick] = TempoChange(line.tick, quarter_us_of_millibeats(numbers[0]))
        elif code == "TS" and (signature := _signature(line.tick, numbers)) is not None:
            signatures[line.tick] = signature
        elif code == "A" and numbers:
            anchors[line.tick] = numbers[0]
        elif code in ("B", "TS", "A"):
            repairs.add("A tempo or time signature that cannot be was left out.")
        else:
            foreign.append(ForeignItem(SYNC, line.tick, line.data))
    foreign += [ForeignItem(SYNC, None, text) for text in (section.untimed if section else ())]
    tempo_map = TempoMap(
        resolution,
        tuple(tempos[tick] for tick in sorted(tempos)),
        tuple(signatures[tick] for tick in sorted(signatures)),
    )
    tempo_map = _anchored(tempo_map, anchors, repairs)
    foreign += [ForeignItem(SYNC, t, f"A {us}") for t, us in anchors.items() if t not in tempos]
    return tempo_map, sorted(foreign, key=lambda item: -1 if item.tick is None else item.tick)


def _anchored(tempo_map: TempoMap, anchors: Mapping[int, int], repairs: Repairs) -> TempoMap:
    """The map with the anchors that stand where the tempos put them.

    Games go by the tempos alone, so that is where the music is; an anchor from before the song
    was moved would pull it away with the first edit.
    """
    tempos: list[TempoChange] = []
    for change in tempo_map.tempos:
        time_us = anchors.get(change.tick)
        if time_us is not None:
            if abs(time_us / 1e6 - tempo_map.seconds(change.tick)) <= _ANCHOR_TOLERANCE_S:
                change = replace(change, anchor_us=time_us)
            else:
                repairs.add("An anchor away from where the tempos put it was left out.")
        tempos.append(change)
    return replace(tempo_map, tempos=tuple(tempos))


def _signature(tick: int, numbers: list[int]) -> TimeSignature | None:
    if not numbers or not 1 <= numbers[0] <= 255:
        return None
    power = numbers[1] if len(numbers) > 1 else 2
    if not 0 <= power <= LARGEST_DENOMINATOR.bit_length() - 1:
        return None
    return TimeSignature(tick, numbers[0], 1 << power)


def _integers(values: str) -> list[int]:
    """The leading whole numbers of ``values`` that fit 64 bits."""
    found = []
    for word in values.split():
        if re.fullmatch(r"\d{1,18}", word) is None:
            break
        found.append(int(word))
    return found


def sync_lines(tempo_map: TempoMap, end_tick: int) -> list[tuple[int, str]]:
    """The lines of [SyncTrack] by tick, in time as far as ``end_tick``.

    Raises:
        ChartError: a time signature cannot be said.
    """
    lines: list[tuple[int, str]] = []
    for signature in tempo_map.signatures:
        power = denominator_power(signature)
        tail = "" if power == 2 else f" {power}"
        lines.append((signature.tick, f"TS {signature.numerator}{tail}"))
    anchors = ((change.tick, change.anchor_us) for change in tempo_map.tempos)
    lines += [(tick, f"A {time_us}") for tick, time_us in anchors if time_us is not None]
    tempos = steady_millibeats(tempo_map, end_tick)
    lines += [(tick, f"B {code}") for tick, code in tempos]
    return sorted(lines, key=lambda line: line[0])
