"""How long edits, saves and proofs of 5,000 notes take: ``python benchmarks/edits.py``."""

import tempfile
from functools import partial
from pathlib import Path
from types import MappingProxyType

from harness import latency, parser, show, times_ms

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.edits import (
    AddNotes,
    ChangeTempoMap,
    DeleteNotes,
    Edit,
    Keep,
    MoveNotes,
    NoteKey,
    QuantiseNotes,
    ReplaceSuggestions,
)
from chart_hero_core.chart.reduce import reduce_song
from chart_hero_core.chart.song import PERSON, Difficulty, Note, Origin, Song, Track
from chart_hero_core.chart.validate import validate
from chart_hero_core.cli.exits import run_script
from chart_hero_core.formats.project import Project, load_project, save_project
from chart_hero_core.formats.proof import verify_export
from chart_hero_core.formats.song_folder import save_song_folder
from chart_hero_core.timing.tempo_map import TempoMap

NOTES = 5_000
EXPERT = Difficulty.EXPERT
REPEAT = 40


def make_song() -> Song:
    """5,000 notes on five lanes over ten minutes, every tenth touched by a person."""
    notes = tuple(
        Note(
            1_920 + 115 * (index // 2),
            Lane(index % 2 * (1 + index // 2 % 4)),
            origin=PERSON if index % 10 == 0 else Origin(0.5),
            heard_s=2.0 + 0.12 * (index // 2),
        )
        for index in range(NOTES)
    )
    return Song(tempo_map=TempoMap.constant(120), tracks=MappingProxyType({EXPERT: Track(notes)}))


def edits(song: Song) -> dict[str, Edit]:
    """The edits to time, by name."""
    notes = song.expert.notes
    keys: tuple[NoteKey, ...] = tuple((note.tick, note.lane) for note in notes)
    fresh = tuple(note for index, note in enumerate(notes) if index % 10 and index % 7)
    return {
        "add_one": AddNotes(EXPERT, (Note(100_001, Lane.RED),)),
        "delete_one": DeleteNotes(EXPERT, keys[2_500:2_501]),
        "move_all": MoveNotes(EXPERT, keys, ticks=10),
        "quantise_all": QuantiseNotes(EXPERT, keys, 16),
        "redecode": ReplaceSuggestions(EXPERT, fresh),
        "tempo_keep_time": ChangeTempoMap(TempoMap.constant(121), Keep.TIME),
    }


def main() -> None:
    """Time everything once per repeat."""
    args = parser(__doc__).parse_args()
    song = make_song()
    figures: dict[str, float | int | str] = {"notes": NOTES}
    for name, edit in edits(song).items():
        changed, undo = edit.apply(song)
        figures |= latency(name, times_ms(partial(edit.apply, song), REPEAT))
        figures |= latency(f"{name}_undo", times_ms(partial(undo.apply, changed), REPEAT))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = folder / "a.chproj"
        whole = Project(song=song)
        figures |= latency("project_save", times_ms(lambda: save_project(whole, project), 10))
        figures |= latency("project_load", times_ms(lambda: load_project(project), 10))
        figures["project_kb"] = project.stat().st_size / 1e3
        figures |= latency("export", times_ms(lambda: save_song_folder(song, folder), 10))
        figures |= latency("proof", times_ms(lambda: verify_export(folder, song), 10))
    figures |= latency("reduce", times_ms(lambda: reduce_song(song), 10))
    figures |= latency("validate", times_ms(lambda: validate(song), 10))
    show("edits", figures, args.json)


if __name__ == "__main__":
    run_script(main)
