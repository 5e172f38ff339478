"""Auditioning the grids heard in the song: shown live, one undo step when one is kept."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from chart_hero_app.dialogs.tempo_candidates import TempoCandidatesDialog
from chart_hero_app.document.analysis import heard_grids, with_tempo_map
from chart_hero_app.document.transport import Channel
from chart_hero_app.main_window.desk import Desk
from chart_hero_app.widgets.labels import bpm_text
from chart_hero_core.chart.edits import Keep
from chart_hero_core.timing.tempo_map import TempoMap

if TYPE_CHECKING:
    from chart_hero_core.timing.beats import TempoCandidate


class TempoAudition(QObject):
    """Holds the candidates of the open song and runs the dialog."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self._candidates: tuple[TempoCandidate, ...] = ()
        self.dialog: TempoCandidatesDialog | None = None
        desk.book.bind("tempo.candidates", self.open)
        desk.document.opened.connect(self._on_opened)

    def set_candidates(self, candidates: tuple[TempoCandidate, ...]) -> None:
        """The analysis has found these."""
        self._candidates = candidates

    def open(self) -> None:
        """Show the dialog; find the candidates first where they are not known."""
        detection, plan = self._desk.document.detection, self._desk.document.settings
        if self.dialog is not None:
            self.dialog.raise_()
        elif self._candidates:
            self._show()
        elif detection is None:
            self._desk.told("Transcribe the song first: the tempo is read from its strokes")
        else:
            self._desk.runner.start(
                "Finding the beat",
                lambda _progress: heard_grids(detection, plan),
                self._on_heard,
                key="readings",
            )

    def _on_heard(self, candidates: tuple[TempoCandidate, ...]) -> None:
        self._candidates = candidates
        self._show()

    def _show(self) -> None:
        desk = self._desk
        bpm = lasting_bpm(desk.document.song.tempo_map, desk.transport.duration_s)
        dialog = TempoCandidatesDialog(self._candidates, bpm_text(bpm), desk.window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.metronome.setChecked(desk.transport.audible(Channel.METRONOME))
        dialog.candidateShown.connect(self.show_candidate)
        dialog.metronomeWanted.connect(lambda on: desk.transport.set_audible(Channel.METRONOME, on))
        dialog.playWanted.connect(desk.transport.toggle)
        dialog.accepted.connect(lambda: desk.document.end_gesture("Use another tempo"))
        dialog.rejected.connect(desk.document.abandon_gesture)
        dialog.finished.connect(self._on_finished)
        desk.document.begin_gesture()
        self.dialog = dialog
        dialog.open()

    def show_candidate(self, candidate: TempoCandidate | None) -> None:
        """Show a reading in the timeline (None: the song as it was)."""
        document = self._desk.document
        base = document.gesture_base
        if base is None:
            return
        song = base.song
        if candidate is not None:
            song = with_tempo_map(base, candidate.tempo_map, Keep.TIME, document.detection)
        document.show_state(song=song)

    def _on_finished(self) -> None:
        self.dialog = None

    def _on_opened(self) -> None:
        self._candidates = ()
        if self.dialog is not None:
            self.dialog.reject()


def lasting_bpm(tempo_map: TempoMap, end_s: float) -> float:
    """The tempo that holds for the longest; the first may only lead up to the first stroke."""
    starts_s = [tempo_map.seconds(change.tick) for change in tempo_map.tempos]
    lasting_s: dict[float, float] = defaultdict(float)
    ends_s = [*starts_s[1:], max(end_s, starts_s[-1])]
    for change, start_s, stop_s in zip(tempo_map.tempos, starts_s, ends_s, strict=True):
        lasting_s[change.bpm] += stop_s - start_s
    return max(lasting_s, key=lambda bpm: lasting_s[bpm])
