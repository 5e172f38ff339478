"""Commands of the Review menu: go through the doubtful places one key at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt

from chart_hero_app.dialogs.similar import SimilarDialog
from chart_hero_app.document.doubts import Doubt, Kind
from chart_hero_app.document.similar import Bar, bar_at, similar_bars, spread
from chart_hero_app.document.state import NoteKey, Selection
from chart_hero_app.document.suggesting import suggest
from chart_hero_app.main_window.commands.timing import TimingCommands
from chart_hero_app.main_window.desk import Desk
from chart_hero_app.main_window.key_names import KeyNames
from chart_hero_app.panels.review import ReviewPanel
from chart_hero_app.widgets.labels import percent
from chart_hero_core.chart.edits import AddNotes, RejectNotes, SetTouched, SwapNotes, notes_between
from chart_hero_core.chart.song import Difficulty, Note
from chart_hero_core.timing.tempo_map import TempoMap


class ReviewCommands:
    """Binds the queue; accepting and rejecting are undo steps and go on to the next place."""

    def __init__(self, desk: Desk, panel: ReviewPanel) -> None:
        self._desk = desk
        self._panel = panel
        self.similar: SimilarDialog | None = None
        self._similar_on: TempoMap | None = None  # where its bars lie
        self.timing = TimingCommands(desk)
        book = desk.book
        book.bind("review.next", lambda: panel.step(1))
        book.bind("review.previous", lambda: panel.step(-1))
        book.bind("review.accept", self.accept)
        book.bind("review.reject", self.reject)
        book.bind("review.spread", self.spread)
        panel.placeChosen.connect(self.show)
        panel.nextWanted.connect(lambda: panel.step(1))
        panel.acceptWanted.connect(self.accept)
        panel.rejectWanted.connect(self.reject)
        panel.queueChanged.connect(self._update)
        desk.document.opened.connect(self._close_similar)
        desk.document.difficultyChanged.connect(self._close_similar)
        desk.document.songChanged.connect(self._on_song)
        self._update()

    def show(self, doubt: Doubt) -> None:
        """Bring a place into view and select its note."""
        self._desk.transport.seek(doubt.time_s)
        self._desk.timeline.reveal(doubt.time_s)
        self._desk.document.set_drum(doubt.note.drum)
        if doubt.kind is Kind.DOUBTFUL:
            key = NoteKey(Difficulty.EXPERT, doubt.note.tick, doubt.note.lane)
            self._desk.document.select(Selection(frozenset({key})))
        else:
            self._desk.document.select(Selection())
        self._ask(doubt)

    def _ask(self, doubt: Doubt) -> None:
        """Say which note is meant and what the keys would do to it."""
        if doubt.kind is Kind.DOUBTFUL:
            what, accepted, rejected = f"{percent(1 - doubt.risk)} sure", "keeps", "removes"
        else:
            what, accepted, rejected = f"missing? {percent(doubt.risk)}", "adds", "rejects"
        keys = KeyNames(self._desk.preferences, self._desk.window)
        said = [
            f"{key} {verb} it"
            for key, verb in (
                (keys.of("review.accept"), accepted),
                (keys.of("review.reject"), rejected),
            )
            if key
        ]
        answers = f". {', '.join(said)}." if said else ""
        self._desk.told(f"{doubt.note.drum.title}: {what}{answers}")

    def accept(self) -> None:
        """The note belongs there: it becomes the person's own."""
        doubt = self._to_answer(SetTouched)
        if doubt is None:
            return
        if doubt.kind is Kind.DOUBTFUL:
            key = (doubt.note.tick, doubt.note.lane)
            done = self._desk.push(SetTouched(Difficulty.EXPERT, (key,)))
        else:
            own = replace(doubt.note, origin=replace(doubt.note.origin, touched=True))
            done = self._desk.push(AddNotes(Difficulty.EXPERT, (own,)))
        if done:
            self._go_on()

    def reject(self) -> None:
        """The note does not belong there: it goes and does not come back."""
        doubt = self._to_answer(RejectNotes)
        if doubt is None:
            return
        if doubt.kind is Kind.DOUBTFUL:
            key = (doubt.note.tick, doubt.note.lane)
            done = self._desk.push(RejectNotes(Difficulty.EXPERT, (key,)))
        else:
            refused = (*self._desk.document.song.expert.rejected, doubt.note)
            done = self._desk.push(
                SwapNotes("Reject suggestion", Difficulty.EXPERT, (), (), rejected=refused)
            )
        if done:
            self._go_on()

    def _to_answer(self, answer: type[SetTouched] | type[RejectNotes]) -> Doubt | None:
        """The place in the queue that is meant; None: what is selected was answered instead.

        Nothing is answered that was not seen.
        """
        document, doubt = self._desk.document, self._panel.current
        chosen = document.selected_notes()
        own = doubt is not None and [doubt.note] == list(chosen)
        if not own and any(doubt is None or not note.origin.touched for note in chosen):
            if answer is SetTouched and all(note.origin.touched for note in chosen):
                self._desk.told("The selected notes are your own already")
            else:
                self._desk.push(answer(document.difficulty, document.selected_keys()))
            return None
        if not (own or self._panel.seen):
            if self._panel.step(0) is None:
                self._desk.told("Nothing is doubtful or selected")
            return None
        return doubt

    def spread(self) -> None:
        """Offer the notes of the bar at the playhead for all bars that were suggested like it."""
        document = self._desk.document
        tempo_map = document.song.tempo_map
        mended = bar_at(tempo_map, tempo_map.tick_at(self._desk.transport.position_s) + 0.5)
        before: Sequence[Note] = notes_between(document.track, mended.start, mended.end)
        if document.detection is not None and document.difficulty is Difficulty.EXPERT:
            stretch = (tempo_map.seconds(mended.start), tempo_map.seconds(mended.end))
            state = document.state
            around = suggest(
                state.song, document.detection, state.settings, stretch, state.passages
            )
            before = [note for note in around if mended.start <= note.tick < mended.end]
        found = similar_bars(document.song, document.track, mended, before)
        if not found:
            self._desk.told(f"No other bar has suggestions like those of bar {mended.number + 1}")
            return
        self._close_similar()
        dialog = SimilarDialog(mended, found, self._desk.window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.barShown.connect(self._show_bar)
        dialog.spreadWanted.connect(
            lambda bars: self._desk.push(spread(document.track, document.difficulty, mended, bars))
        )
        dialog.finished.connect(self._on_similar_closed)
        self.similar = dialog
        self._similar_on = tempo_map
        dialog.show()

    def _on_song(self) -> None:
        if self._desk.document.song.tempo_map is not self._similar_on:
            self._close_similar()

    def _close_similar(self) -> None:
        """The bars on offer are of another song, difficulty or tempo."""
        if self.similar is not None:
            self.similar.close()

    def _on_similar_closed(self) -> None:
        self.similar = None

    def _show_bar(self, bar: Bar) -> None:
        seconds = self._desk.document.song.tempo_map.seconds
        self._desk.timeline.axis.reveal(seconds(bar.start), seconds(bar.end))

    def _go_on(self) -> None:
        """The answered place leaves the queue, so the same row is the next place."""
        row = self._panel.list.currentIndex().row()
        self._panel.refresh()
        rows = self._panel.model.rows
        if rows:
            self._panel.list.setCurrentIndex(self._panel.model.index(min(row, len(rows) - 1), 0))
            self._panel.step(0)
        else:
            self._desk.told("No doubtful notes are left")

    def _update(self) -> None:
        some = bool(self._panel.model.rows)
        heard = self._desk.document.detection is not None
        needs = "there must be something doubtful" if heard else "transcribe the song"
        self._desk.book.enable(("review.next", "review.previous"), some, needs)
