"""Commands of the Edit and Notes menus."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from chart_hero_app.dialogs.quantise import QuantiseDialog
from chart_hero_app.main_window.commands.marks import MarkCommands
from chart_hero_app.main_window.desk import OPEN_FIRST, SELECT_FIRST, Desk
from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import ChartHeroError
from chart_hero_core.chart.song import Difficulty, PhraseKind, Song

# So many notes are reduced in a twentieth of a second; more are beside the window's own work.
_AT_ONCE = 5_000
_NEED_SELECTION = (
    "edit.cut",
    "edit.copy",
    "edit.delete",
    "note.cymbal",
    "note.accent",
    "note.ghost",
    "note.flam",
    "note.double_kick",
    "note.lane_up",
    "note.lane_down",
    "note.later",
    "note.earlier",
    "note.later_ms",
    "note.earlier_ms",
    "note.quantise",
    "note.transient",
)
_NEED_SONG = (
    "edit.paste",
    "note.kick",
    "note.red",
    "note.yellow",
    "note.blue",
    "note.green",
    "note.star_power",
    "note.solo",
    "note.roll",
    "note.fill",
    "note.reduce",
)


class NoteCommands:
    """Binds undo, clipboard and everything that changes notes."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._bind_history()
        self._bind_notes()
        self.marks = MarkCommands(desk)
        editing, document = desk.timeline.editing, desk.document
        editing.failed.connect(desk.bar.refuse)
        document.undo_stack.indexChanged.connect(lambda _: desk.bar.settle())
        document.selectionChanged.connect(desk.bar.settle)
        editing.told.connect(desk.told)
        document.selectionChanged.connect(self._update)
        document.opened.connect(self._update)
        document.undo_stack.canUndoChanged.connect(self._update_history)
        document.undo_stack.canRedoChanged.connect(self._update_history)
        document.undo_stack.indexChanged.connect(self._update_history)
        self._update()
        self._update_history()

    def _bind_history(self) -> None:
        book, editing = self._desk.book, self._desk.timeline.editing
        book.bind("edit.undo", self.undo)
        book.bind("edit.redo", self.redo)
        book.bind("edit.cut", self._on_notes(editing.cut))
        book.bind("edit.copy", self._on_notes(editing.copy))
        book.bind("edit.paste", editing.paste)
        book.bind("edit.delete", self._on_notes(editing.delete_selection))

    def _bind_notes(self) -> None:
        book, editing = self._desk.book, self._desk.timeline.editing
        for lane in Lane:
            book.bind(f"note.{lane.name.lower()}", partial(editing.place_at_cursor, lane))
        for name, act in (
            ("cymbal", editing.toggle_cymbal),
            ("accent", editing.toggle_accent),
            ("ghost", editing.toggle_ghost),
            ("flam", editing.toggle_flam),
            ("double_kick", editing.toggle_double_kick),
            ("lane_up", partial(editing.move_lanes, 1)),
            ("lane_down", partial(editing.move_lanes, -1)),
            ("later", partial(editing.nudge_snap, 1)),
            ("earlier", partial(editing.nudge_snap, -1)),
            ("later_ms", partial(editing.nudge_ms, 1.0)),
            ("earlier_ms", partial(editing.nudge_ms, -1.0)),
            ("quantise", self.ask_quantise),
            ("transient", editing.snap_to_transients),
        ):
            book.bind(f"note.{name}", self._on_notes(act))
        for name, kind in (
            ("star_power", PhraseKind.STAR_POWER),
            ("solo", PhraseKind.SOLO),
            ("fill", PhraseKind.ACTIVATION),
        ):
            book.bind(f"note.{name}", partial(editing.toggle_phrase, kind))
        book.bind("note.roll", self.toggle_roll)
        book.bind("note.reduce", self.reduce)

    def _on_notes(self, act: Callable[[], object]) -> Callable[[], None]:
        """The act, where there are notes to act on: a selected stretch may hold none."""

        def run() -> None:
            if self._desk.timeline.editing.chosen():
                act()
            else:
                self._desk.told("There are no notes in the selected stretch")

        return run

    def toggle_roll(self) -> None:
        """A roll lane over the selection, or none: for one drum, or for two in turn."""
        document, editing = self._desk.document, self._desk.timeline.editing
        start, end = editing.selected_ticks() or (0, 0)
        there = {p.kind for p in document.track.phrases if p.tick < end and start < p.end_tick}
        pads = {note.drum for note in editing.chosen() if note.lane is not Lane.KICK}
        double = PhraseKind.DOUBLE_ROLL in there or (
            len(pads) == 2 and PhraseKind.ROLL not in there
        )
        editing.toggle_phrase(PhraseKind.DOUBLE_ROLL if double else PhraseKind.ROLL)

    def undo(self) -> None:
        """Take back the last step and say which: it may lie off the screen."""
        document = self._desk.document
        text = document.undo_stack.undoText()
        document.undo()
        self._desk.told(f"Undone: {_lower(text)}" if text else "Undone")

    def redo(self) -> None:
        """Do it again and say what."""
        document = self._desk.document
        text = document.undo_stack.redoText()
        document.redo()
        self._desk.told(f"Redone: {_lower(text)}" if text else "Redone")

    def ask_quantise(self) -> None:
        """Ask for grid and strength and quantise the selection."""
        dialog = QuantiseDialog(self._desk.document.snap, self._desk.window)
        if dialog.exec():
            self._desk.timeline.editing.quantise(dialog.division, dialog.strength)

    def reduce(self) -> None:
        """Make Hard, Medium and Easy from Expert, as one undo step."""
        from chart_hero_app.document.reducing import with_easier_tracks

        song = self._desk.document.settled.song
        if len(song.expert.notes) > _AT_ONCE:
            self._desk.runner.start(
                "Making easier difficulties",
                partial(with_easier_tracks, song),
                partial(self._on_reduced, song),
                key="reduce",
            )
            return
        try:
            self._on_reduced(song, with_easier_tracks(song))
        except ChartHeroError as error:
            self._desk.bar.error(str(error))

    def _on_reduced(self, source: Song, song: Song) -> None:
        document = self._desk.document
        if document.settled.song is not source:
            self.reduce()  # of what the chart has become meanwhile
            return
        document.change("Make easier difficulties", song=song)
        counts = ", ".join(
            f"{d.title} {len(song.tracks[d].notes):,}"
            for d in (Difficulty.HARD, Difficulty.MEDIUM, Difficulty.EASY)
        )
        self._desk.told(f"Made {counts} notes")

    def _update(self) -> None:
        book, document = self._desk.book, self._desk.document
        there = document.source is not None
        book.enable(_NEED_SONG, there, OPEN_FIRST)
        chosen = bool(document.selection.notes) or document.selection.span_s is not None
        needs = SELECT_FIRST if there else OPEN_FIRST
        book.enable(_NEED_SELECTION, chosen, needs)

    def _update_history(self) -> None:
        stack, book = self._desk.document.undo_stack, self._desk.book
        for name, can, text, verb in (
            ("edit.undo", stack.canUndo(), stack.undoText(), "Undo"),
            ("edit.redo", stack.canRedo(), stack.redoText(), "Redo"),
        ):
            book[name].setEnabled(can)
            book[name].setText(f"{verb} {_lower(text)}" if can and text else verb)
        book.update_keys(("edit.undo", "edit.redo"))


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:] if title[1:2].islower() else title
