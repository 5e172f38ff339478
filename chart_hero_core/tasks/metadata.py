"""Metadata for a new chart, from song.ini, an older chart, tags or the file's name."""

import contextlib
from dataclasses import replace

from chart_hero_core.audio.io import SongAudio
from chart_hero_core.audio.tags import tags_or_name
from chart_hero_core.base.errors import FormatError
from chart_hero_core.chart.song import Metadata
from chart_hero_core.formats.audio_files import audio_length_s
from chart_hero_core.formats.chart_files import read_file
from chart_hero_core.formats.song_folder import find_charts, find_ini, load_song_folder
from chart_hero_core.formats.song_ini import read_song_ini


def song_metadata(source: SongAudio, duration_s: float) -> Metadata:
    """:func:`known_metadata`, with the games' own words for what is unknown."""
    known = known_metadata(source, duration_s)
    return replace(
        known,
        artist=known.artist or "Unknown Artist",
        album=known.album or "Unknown Album",
        genre=known.genre or "Unknown Genre",
        year=known.year or "Unknown Year",
    )


def known_metadata(source: SongAudio, duration_s: float) -> Metadata:
    """What the folder's song.ini says, else its chart, the audio's tags, the file's name.

    Args:
        duration_s: of what was listened to; a longer stem beside it makes the song longer.
    """
    tags = tags_or_name((source.mix or source.drums)[0], source.title)
    known = _folder_metadata(source)
    return replace(
        known,
        name=known.name or tags.title,
        artist=known.artist or tags.artist,
        album=known.album or tags.album,
        genre=known.genre or tags.genre,
        year=known.year or tags.year,
        charter=known.charter or "Chart Hero",
        length_ms=round(_length_s(source, duration_s) * 1000),
        delay_ms=0,  # the chart is made on the sound itself
        difficulty=-1,
        pro_drums=True,
        five_lane=False,
    )


def _length_s(source: SongAudio, duration_s: float) -> float:
    """Of all stems: drums that end before the song are often cut off where they end."""
    files = list(dict.fromkeys((*source.mix, *source.drums)))
    told_s = audio_length_s(files) if len(files) > 1 else None
    return max(duration_s, told_s or 0.0)


def _folder_metadata(source: SongAudio) -> Metadata:
    """The song.ini and chart beside the stems; empty for a lone file or a broken one."""
    if source.source in source.mix:
        return Metadata()
    with contextlib.suppress(FormatError):  # a chart that is broken does not hide the song.ini
        if find_charts(source.folder):
            return load_song_folder(source.folder).song.metadata
    try:
        file = find_ini(source.folder)
        return Metadata() if file is None else read_song_ini(read_file(file)).metadata
    except FormatError:
        return Metadata()
