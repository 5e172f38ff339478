"""Every edit of a song, as data with an inverse.

    changed, undo = edit.apply(song)
    song, redo = undo.apply(changed)

Edits never alter the song they are given. After every edit the notes of a track are sorted, at
most one per tick and lane. Notes that a person placed or changed are touched, and no edit on the
decoder's behalf alters those.
"""

from chart_hero_core.chart.edits.base import (
    Compound,
    Edit,
    NoteKey,
    SwapNotes,
    find_notes,
    notes_between,
)
from chart_hero_core.chart.edits.notes import (
    AddNotes,
    ChangeNotes,
    DeleteNotes,
    MoveNotes,
    PasteNotes,
    QuantiseNotes,
    RetimeNotes,
    copy_notes,
    grid_tick,
    held_move,
    nudge,
)
from chart_hero_core.chart.edits.structure import (
    AddPhrase,
    AddSection,
    ChangeSection,
    RemovePhrases,
    RemoveSection,
    SetMetadata,
    SetPhrases,
    SetSections,
    SetTrack,
)
from chart_hero_core.chart.edits.suggestions import (
    RejectNotes,
    ReplaceSuggestions,
    SetTouched,
)
from chart_hero_core.chart.edits.tempo import ChangeTempoMap, Keep, RestoreTiming

__all__ = [
    "AddNotes",
    "AddPhrase",
    "AddSection",
    "ChangeNotes",
    "ChangeSection",
    "ChangeTempoMap",
    "Compound",
    "DeleteNotes",
    "Edit",
    "Keep",
    "MoveNotes",
    "NoteKey",
    "PasteNotes",
    "QuantiseNotes",
    "RejectNotes",
    "RemovePhrases",
    "RemoveSection",
    "ReplaceSuggestions",
    "RestoreTiming",
    "RetimeNotes",
    "SetMetadata",
    "SetPhrases",
    "SetSections",
    "SetTouched",
    "SetTrack",
    "SwapNotes",
    "copy_notes",
    "find_notes",
    "grid_tick",
    "held_move",
    "notes_between",
    "nudge",
]
