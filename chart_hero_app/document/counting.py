"""How much was changed: edits per 100 notes, against the suggestion or another chart."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from chart_hero_core.chart.columns import NoteColumns
from chart_hero_core.chart.delay import with_delay_in_map
from chart_hero_core.chart.song import Song
from chart_hero_core.formats.song_folder import load_song
from chart_hero_core.timing.tempo_map import TempoMap

if TYPE_CHECKING:
    from chart_hero_core.evaluation.edits_per_100 import Edits


def edits_so_far(suggested: NoteColumns, finished: NoteColumns, tempo_map: TempoMap) -> Edits:
    """The edits that lead from what is suggested now to the Expert chart as it is.

    Raises:
        EvaluationError: too many notes to compare.
    """
    from chart_hero_core.evaluation.edits_per_100 import ChartNotes, count_edits

    before, after = (
        ChartNotes(notes.ticks.astype(np.float64), notes.drums, tempo_map)
        for notes in (suggested, finished)
    )
    return count_edits(before.on(tempo_map), after.on(tempo_map))


def edits_to(song: Song, reference: Path) -> Edits:
    """The edits that lead from the Expert chart to that of another file or folder.

    Raises:
        FormatError: the reference cannot be read.
        ChartError: its delay is more than its opening can take up.
        EvaluationError: too many notes to compare.
    """
    from chart_hero_core.evaluation.edits_per_100 import OWN_MAP, SAME_MAP, count_edits
    from chart_hero_core.tasks.evaluate_sources import chart_notes

    other = with_delay_in_map(load_song(reference).song)
    same = other.tempo_map == song.tempo_map
    return count_edits(
        chart_notes(song.expert.notes, song.tempo_map).on(other.tempo_map),
        chart_notes(other.expert.notes, other.tempo_map).on(other.tempo_map),
        SAME_MAP if same else OWN_MAP,
    )
