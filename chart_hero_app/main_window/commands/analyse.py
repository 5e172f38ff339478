"""Commands of the Analyse menu: transcribe, detect again, micro mode."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal

from chart_hero_app.document.analysis import (
    Heard,
    Hearing,
    ListenOptions,
    has_own_map,
    listen,
    listen_closely,
    redetected,
    transcribed,
)
from chart_hero_app.document.detection import Detection
from chart_hero_app.document.detection_store import recall, store, stored_path
from chart_hero_app.document.spans import merged, without
from chart_hero_app.document.state import Span
from chart_hero_app.main_window.desk import OPEN_FIRST, Desk
from chart_hero_app.main_window.next_steps import NextSteps
from chart_hero_app.widgets.info_bar import Notice
from chart_hero_app.widgets.labels import notes_text
from chart_hero_core.audio.io import AudioClip
from chart_hero_core.base.domains import Domain
from chart_hero_core.base.errors import StorageError
from chart_hero_core.base.progress import Progress
from chart_hero_core.chart.song import Note

_log = logging.getLogger(__name__)

KEY = "analysis"
_CHECK_TEMPO, _REVIEW = "Check tempo…", "Review notes"
_NEED_DETECTION = ("analyse.selection", "analyse.micro")


class AnalyseCommands(QObject):
    """Each result arrives as one undo step."""

    tempoHeard = Signal(object)  # tuple of TempoCandidate
    reviewWanted = Signal()
    _partHeard = Signal(object, object)  # the clip listened to, Hearing; from the worker

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self._next_steps = NextSteps(desk.bar)
        self._heard_at = 0  # steps of the history up to the last transcription
        book = desk.book
        book.bind("analyse.transcribe", self.transcribe)
        book.bind("analyse.selection", self.detect_selection)
        book.bind("analyse.flag", self.flag)
        book.bind("analyse.unflag", self.unflag)
        book.bind("analyse.micro", self.analyse_flagged)
        book.bind("analyse.stop", self.stop)
        for signal in (
            desk.document.activationsChanged,
            desk.document.audioChanged,
            desk.document.selectionChanged,
            desk.document.flagsChanged,
        ):
            signal.connect(self._update)
        desk.document.undo_stack.indexChanged.connect(self._on_history)
        book["tempo.candidates"].triggered.connect(lambda: self._next_steps.took(_CHECK_TEMPO))
        self._partHeard.connect(self._on_part_heard, Qt.ConnectionType.QueuedConnection)
        desk.runner.started.connect(self._update)
        desk.runner.finished.connect(self._update)
        self._update()

    def on_audio_loaded(self) -> None:
        """New songs may be transcribed at once; for others an earlier analysis is looked for."""
        charted = any(track.notes for track in self._desk.document.song.tracks.values())
        if self._desk.preferences.switch("transcribe_on_open") and not charted:
            self.transcribe()
        else:
            self.recall()

    # What was heard before ------------------------------------------------------------------

    def recall(self) -> None:
        """Bring back what the model heard in this song when it was last open."""
        document = self._desk.document
        domain = self._domain()
        clip = document.clips.get(domain)
        if clip is None or document.detection is not None or self._desk.runner.running(KEY):
            return
        model = self.options().checkpoint

        def use(found: Detection | None) -> None:
            if (
                found is not None
                and document.detection is None
                and document.clips.get(domain) is clip
            ):
                document.set_detection(found)

        self._desk.runner.start(
            "Looking for an earlier transcription",
            lambda _progress: recall(stored_path(clip, domain, model)),
            use,
            key="recall",
            quiet=True,
        )

    def keep(self, clip: AudioClip, detection: Detection) -> None:
        """Keep what was heard for the next time; a full disk is no reason to complain."""
        model = self.options().checkpoint

        def work(_progress: Progress) -> None:
            try:
                store(detection, stored_path(clip, detection.domain, model))
            except StorageError as error:
                _log.warning("Detection not kept: %s", error)

        self._desk.runner.start(
            "Keeping the transcription", work, key="keep", quiet=True, lasting=True
        )

    def _domain(self) -> Domain:
        """Which of the loaded clips to listen to."""
        clips = self._desk.document.clips
        mix_wanted = self._desk.preferences.text("listen_to") == "mix"
        return "mix" if "drums" not in clips or (mix_wanted and "mix" in clips) else "drums"

    # Transcribing ---------------------------------------------------------------------------

    def options(self) -> ListenOptions:
        """What the preferences and the song's knobs say."""
        state = self._desk.document.settled
        return ListenOptions(
            settings=state.settings,
            preset=state.preset,
            threads=int(self._desk.preferences.number("threads")),
        )

    def transcribe(self) -> None:
        """Listen to the whole song in the background."""
        document = self._desk.document
        domain = self._domain()
        clip = document.clips.get(domain)
        if clip is None:
            self._desk.told("The audio is still loading")
            return
        if self._desk.runner.running(KEY):
            self._desk.told("An analysis is already running: stop it to start again")
            return
        options = self.options()
        # The mix is read after the drums, and may not be there yet.
        whole = document.clips.get("mix", document.sound.files)
        music = whole if domain == "drums" else None

        def on_part(part: Hearing) -> None:
            self._partHeard.emit(clip, part)

        def work(progress: Progress) -> Heard:
            return listen(clip, domain, options, progress, on_part, music=music)

        job = self._desk.runner.start("Transcribing", work, self._on_heard, key=KEY)
        job.finished.connect(self._on_listened)
        document.set_hearing(Hearing())

    def _on_part_heard(self, clip: AudioClip, part: Hearing) -> None:
        """Show the curves and strokes as they come, unless it is another song by now."""
        document = self._desk.document
        if clip in document.clips.values() and self._desk.runner.running(KEY):
            document.set_hearing(part)

    def _on_listened(self) -> None:
        if not self._desk.runner.running(KEY):
            self._desk.document.set_hearing(None)

    def _on_heard(self, heard: Heard) -> None:
        document = self._desk.document
        keep = has_own_map(document.song)
        state = transcribed(document.state, heard, document.sound.files, keep_map=keep)
        if document.detection is None:
            # The first curves stay when the notes are undone: there were none to come back to.
            document.set_detection(heard.detection)
        clip = document.clips.get(heard.detection.domain)
        if clip is not None:
            self.keep(clip, heard.detection)
        document.change_heard("Transcribe", state, heard.detection)
        self.tempoHeard.emit(heard.candidates)
        if heard.trouble:
            self._desk.bar.show_notice(Notice("warning", heard.trouble))
        self._tell(state.song.expert.notes, keep, heard)

    def _tell(self, notes: Sequence[Note], kept: bool, heard: Heard) -> None:
        self._next_steps.withdraw()  # it was said of what was heard before
        if not notes:
            self._desk.bar.show_notice(
                Notice(
                    "warning",
                    "No drums were heard. Lower the activity gate and Drums nearby in the "
                    "Decode panel, or check that this is the right audio.",
                )
            )
            return
        grid = "on the song's own tempo map"
        if not kept and heard.candidates:
            grid = f"at about {heard.candidates[0].bpm:.1f} BPM"
        own = sum(note.origin.touched for note in notes)
        beside = f" besides {own:,} of yours," if own else ""
        text = f"{notes_text(len(notes) - own)} suggested{beside} {grid}."
        tempo = (_CHECK_TEMPO, self._desk.book["tempo.candidates"].trigger)
        review = (_REVIEW, self.reviewWanted.emit)
        one_reading = len(heard.candidates) <= (0 if kept else 1)
        self._next_steps.offer(text, (review,) if one_reading else (tempo, review))
        self._heard_at = self._desk.document.undo_stack.index()

    def on_reviewed(self) -> None:
        """The review has begun, by whatever way."""
        self._next_steps.took(_REVIEW)

    def _on_history(self, index: int) -> None:
        if index < self._heard_at:  # taken back: there is nothing of it to be reviewed
            self._next_steps.withdraw()

    def stop(self) -> None:
        """Stop what is running; what was stopped, and had not ended by then, says so."""
        for job in self._desk.runner.jobs:
            if not job.quiet:
                job.cancelled.connect(partial(self._desk.told, f"Stopped: {job.title}"))
        self._desk.runner.stop_shown()

    # Parts of the song ----------------------------------------------------------------------

    def selected_span(self) -> Span | None:
        """The selected stretch, else from the first to the last of the selected notes.

        A lone note is no stretch: whatever was placed or shown last is selected.
        """
        document = self._desk.document
        if document.selection.span_s is not None:
            return document.selection.span_s
        notes = document.selected_notes()
        if not notes or notes[0].tick == notes[-1].tick:
            return None
        seconds = document.song.tempo_map.seconds
        return (seconds(notes[0].tick), seconds(notes[-1].tick + 1))

    def selected_of(self, spans: tuple[Span, ...]) -> tuple[Span, ...]:
        """What to take away of ``spans``: the selected stretch, or those around a lone note.

        All of them where nothing is selected.
        """
        document, selected = self._desk.document, self.selected_span()
        if selected is not None:
            return (selected,)
        notes = document.selected_notes()
        if not notes:
            return spans
        at_s = document.song.tempo_map.seconds(notes[0].tick)
        return tuple(span for span in spans if span[0] <= at_s <= span[1])

    def detect_selection(self) -> None:
        """Decode the selected stretch again with the present settings."""
        span = self.selected_span()
        if span is None:
            self._desk.told("Select a stretch of the song first")
            return
        self._desk.redecoder.detect_again(span)

    def flag(self) -> None:
        """Flag the selected stretch for micro mode."""
        span = self.selected_span()
        if span is None:
            self._desk.told("Select a stretch of the song first")
            return
        flags = merged((*self._desk.document.micro_flags, span))
        self._desk.document.change("Flag for micro mode", micro_flags=flags)

    def unflag(self, spans: list[Span] | None = None) -> None:
        """Take flags away: these, or what is selected of them."""
        document = self._desk.document
        flags = document.micro_flags
        for span in spans or self.selected_of(flags):
            flags = without(flags, span)
        if flags == document.micro_flags:
            self._desk.told("Nothing is flagged where the selection is")
            return
        document.change("Remove micro flags", micro_flags=flags)

    def scan(self) -> None:
        """Flag the passages that look as if they gain from micro mode."""
        from chart_hero_core.decode.sections import flag_sections

        document = self._desk.document
        activations = document.activations
        if activations is None:
            self._desk.told("Transcribe the song first")
            return
        found = tuple((s.start_s, s.end_s) for s in flag_sections(activations))
        if not found:
            self._desk.told("No passage is fast enough to need micro mode")
            return
        document.change("Find fast passages", micro_flags=merged((*document.micro_flags, *found)))

    def analyse_flagged(self) -> None:
        """Analyse the flagged passages at 2.9 ms and merge the result."""
        document = self._desk.document
        detection = document.detection
        if detection is None:
            self._desk.told("Transcribe the song first")
            return
        clip, spans = document.clips.get(detection.domain), document.micro_flags
        if clip is None or not spans:
            self._desk.told("Flag a passage first")
            return
        options = self.options()

        def work(progress: Progress) -> Detection:
            return listen_closely(clip, detection, spans, options, progress)

        def show(closer: Detection) -> None:
            self.keep(clip, closer)
            now = document.state
            song = redetected(now.song, closer, now.settings, spans, now.reviewed, now.passages)
            after = replace(document.state, song=song)
            document.change_heard("Re-analyse flagged passages", after, closer)

        self._desk.runner.start("Listening closely", work, show, key=KEY)

    def _update(self) -> None:
        desk = self._desk
        heard = desk.document.detection is not None
        desk.book.enable(
            ("analyse.transcribe",), bool(desk.document.clips), "open a song with its sound"
        )
        desk.book.enable(_NEED_DETECTION, heard, "transcribe the song")
        there = desk.document.source is not None
        needs = "select a stretch or several notes" if there else OPEN_FIRST
        desk.book.enable(("analyse.flag",), there and self.selected_span() is not None, needs)
        desk.book.enable(("analyse.unflag",), bool(desk.document.micro_flags), "flag a passage")
        busy = any(not job.quiet for job in desk.runner.jobs)
        desk.book.enable(("analyse.stop",), busy, "start an analysis")
