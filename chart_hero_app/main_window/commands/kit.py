"""The command that learns the open song's kit from what was reviewed of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from chart_hero_app.document.kit import LearnedKit, learn_kit, suggested_anew
from chart_hero_app.main_window.commands.analyse import KEY
from chart_hero_app.main_window.desk import Desk
from chart_hero_app.widgets.info_bar import Notice
from chart_hero_core.base.progress import Progress

if TYPE_CHECKING:
    from chart_hero_app.document.detection import Detection
    from chart_hero_core.audio.io import AudioClip

TITLE = "Learn this kit"


class KitCommands(QObject):
    """One undo step: the suggestions outside of the reviewed passages, and what they came from."""

    def __init__(self, desk: Desk, keep: Callable[[AudioClip, Detection], object]) -> None:
        """``keep`` remembers a detection for the next time the song is opened."""
        super().__init__(desk.window)
        self._desk = desk
        self._keep = keep
        self._heard: tuple[AudioClip, LearnedKit] | None = None
        desk.book.bind("review.learn_kit", self.learn)
        document = desk.document
        for signal in (document.opened, document.activationsChanged, document.reviewedChanged):
            signal.connect(self._update)
        document.opened.connect(self._forget)
        self._update()

    def learn(self) -> None:
        """Learn in the background."""
        document = self._desk.document
        detection, reviewed, song = document.detection, document.reviewed, document.song
        clip = None if detection is None else document.clips.get(detection.domain)
        if detection is None or clip is None:
            self._desk.told("Transcribe the song first")
            return
        if not reviewed:
            self._desk.bar.show_notice(
                Notice(
                    "note",
                    "Correct 20 to 60 seconds first, select them and mark them as reviewed. "
                    "The rest of the song is then suggested by a model that knows this kit.",
                    (("Mark the selection as reviewed", self._desk.book["review.mark"].trigger),),
                )
            )
            return
        hidden = self._heard[1].hidden if self._heard and self._heard[0] is clip else None

        def work(progress: Progress) -> LearnedKit:
            return learn_kit(clip, detection, song, reviewed, hidden, progress)

        self._desk.runner.start(TITLE, work, lambda kit: self._on_learned(clip, kit), key=KEY)

    def _on_learned(self, clip: AudioClip, learned: LearnedKit) -> None:
        document = self._desk.document
        if clip not in document.clips.values():
            return  # another song is open by now
        self._heard = (clip, learned)
        before = {(n.tick, n.drum) for n in document.song.expert.notes}
        state = document.state
        song = suggested_anew(state.song, learned, state.settings, state.reviewed, state.passages)
        document.change_heard(TITLE, replace(document.state, song=song), learned.detection)
        self._keep(clip, learned.detection)
        after = {(n.tick, n.drum) for n in document.song.expert.notes}
        self._desk.bar.note(
            f"Learned from {learned.strokes:,} reviewed notes: {len(after - before):,} notes "
            f"added, {len(before - after):,} removed. Undo restores the previous notes."
        )

    def _forget(self) -> None:
        self._heard = None

    def _update(self) -> None:
        heard = self._desk.document.detection is not None
        self._desk.book.enable(("review.learn_kit",), heard, "transcribe the song")
