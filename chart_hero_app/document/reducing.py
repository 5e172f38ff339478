"""Hard, Medium and Easy from Expert, keeping what a person has done to them."""

from __future__ import annotations

from chart_hero_core.base.errors import ChartError
from chart_hero_core.base.progress import Progress
from chart_hero_core.chart.edits import Edit, ReplaceSuggestions, SetTrack
from chart_hero_core.chart.reduce import reduce_song
from chart_hero_core.chart.song import Song


def with_easier_tracks(song: Song, progress: Progress | None = None) -> Song:
    """The song with Hard, Medium and Easy made anew; a person's notes in them stay.

    Raises:
        ChartError: there are no Expert notes to make them from.
    """
    if not song.expert.notes:
        raise ChartError("There are no Expert notes yet; transcribe the song or place some first.")
    for difficulty, track in reduce_song(song, progress=progress).items():
        edit: Edit
        if difficulty in song.tracks:
            edit = ReplaceSuggestions(difficulty, track.notes)
        else:
            edit = SetTrack(difficulty, track)
        song, _ = edit.apply(song)
    return song
