"""Marking passages as reviewed, and keeping a finished song for training."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from chart_hero_app.document.spans import merged, without
from chart_hero_app.document.state import Span
from chart_hero_app.document.storage import Saving
from chart_hero_app.document.vouching import keep_for_training, vouched
from chart_hero_app.main_window.desk import OPEN_FIRST, Desk
from chart_hero_app.widgets.info_bar import Notice


class VouchCommands(QObject):
    """What a person vouches for is a step in the history like any edit."""

    collected = Signal()  # another song was kept for training

    def __init__(
        self,
        desk: Desk,
        selected_span: Callable[[], Span | None],
        selected_of: Callable[[tuple[Span, ...]], tuple[Span, ...]],
        snapshot: Callable[[], Saving | None],
        show_training: Callable[[], object],
    ) -> None:
        """``selected_of``: what to take away of passages; ``snapshot``: what a project holds."""
        super().__init__(desk.window)
        self._desk = desk
        self._selected_span = selected_span
        self._selected_of = selected_of
        self._snapshot = snapshot
        self._show_training = show_training
        desk.book.bind("review.mark", self.mark)
        desk.book.bind("review.unmark", self.unmark)
        desk.book.bind("review.collect", self.collect)
        for signal in (desk.document.opened, desk.document.reviewedChanged):
            signal.connect(self._update)
        self._update()

    def mark(self) -> None:
        """Vouch for the selected stretch, else for all up to the playhead."""
        span = self._selected_span() or (0.0, self._desk.transport.position_s)
        if span[1] - span[0] <= 0:
            self._desk.told(
                "Select a stretch, or move the playhead to the end of what you have reviewed"
            )
            return
        self._mark(span)

    def unmark(self) -> None:
        """Take it back for the selected stretch, else everywhere."""
        document = self._desk.document
        rest = document.reviewed
        for span in self._selected_of(rest):
            rest = without(rest, span)
        if rest == document.reviewed:
            self._desk.told("Nothing is marked as reviewed where the selection is")
            return
        document.change("Mark as not reviewed", reviewed=rest)

    def collect(self) -> None:
        """Keep the song for training, if anything of it was reviewed."""
        document = self._desk.document
        saving = self._snapshot()
        if saving is None:
            return
        if not document.reviewed:
            self._desk.bar.show_notice(
                Notice(
                    "note",
                    "Only passages you have reviewed teach the model, and none is marked yet.",
                    (("The whole song is right", self._collect_whole),),
                )
            )
            return
        self._desk.runner.start(
            "Adding to my charts",
            lambda _progress: keep_for_training(saving),
            lambda _path: self._on_collected(saving.state.reviewed),
            key="collect",
            lasting=True,
        )

    def _collect_whole(self) -> None:
        self._mark((0.0, max(self._desk.document.duration_s, self._desk.transport.duration_s)))
        self.collect()

    def _on_collected(self, reviewed: tuple[Span, ...]) -> None:
        seconds = sum(end_s - start_s for start_s, end_s in reviewed)
        self.collected.emit()
        self._desk.bar.show_notice(
            Notice(
                "note",
                f"Added to your charts, with {seconds / 60:.1f} min reviewed.",
                (("Train my model…", self._show_training),),
            )
        )

    def _mark(self, span: Span) -> None:
        document = self._desk.document
        document.change(
            "Mark as reviewed",
            song=vouched(document.song, span),
            reviewed=merged((*document.reviewed, span)),
        )

    def _update(self) -> None:
        document = self._desk.document
        there = document.source is not None
        self._desk.book.enable(("review.mark", "review.collect"), there, OPEN_FIRST)
        self._desk.book.enable(
            ("review.unmark",), bool(document.reviewed), "mark something as reviewed"
        )
