"""Commands of the Tempo menu."""

from __future__ import annotations

import time
from collections.abc import Callable

from chart_hero_app.dialogs.signature import SignatureDialog
from chart_hero_app.document.analysis import with_tempo_map
from chart_hero_app.main_window.desk import OPEN_FIRST, Desk
from chart_hero_app.widgets.prompts import ask_number, ask_text
from chart_hero_core.base.errors import ChartHeroError
from chart_hero_core.chart.edits import (
    AddSection,
    ChangeSection,
    Compound,
    Keep,
    RemoveSection,
)
from chart_hero_core.timing import edits as timing
from chart_hero_core.timing.tempo_map import TempoMap

_NEED_SONG = (
    "tempo.anchor",
    "tempo.faster",
    "tempo.slower",
    "tempo.insert_bpm",
    "tempo.remove_bpm",
    "tempo.insert_signature",
    "tempo.tap",
    "tempo.halve",
    "tempo.double",
    "tempo.shift_later",
    "tempo.shift_earlier",
    "tempo.later_ms",
    "tempo.earlier_ms",
    "tempo.candidates",
    "tempo.section",
    "tempo.remove_section",
)
_TAP = "Tap tempo"
MIN_BPM = 20.0
MAX_BPM = 400.0


class TempoCommands:
    """Binds what changes the tempo map and the sections; each is one undo step."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._taps_s: list[float] = []
        self._tap_step = -1  # where in the history the last taps stand
        book = desk.book
        book.bind("tempo.anchor", self.anchor)
        book.bind("tempo.faster", lambda: self.change_bpm(1.0))
        book.bind("tempo.slower", lambda: self.change_bpm(-1.0))
        book.bind("tempo.insert_bpm", self.ask_bpm)
        book.bind("tempo.remove_bpm", self.remove_bpm)
        book.bind("tempo.insert_signature", self.ask_signature)
        book.bind("tempo.tap", self.tap)
        book.bind("tempo.halve", lambda: self.change("Halve the tempo", timing.halve_tempo))
        book.bind("tempo.double", lambda: self.change("Double the tempo", timing.double_tempo))
        book.bind("tempo.shift_later", lambda: self.shift(1))
        book.bind("tempo.shift_earlier", lambda: self.shift(-1))
        book.bind("tempo.later_ms", lambda: self.nudge(1))
        book.bind("tempo.earlier_ms", lambda: self.nudge(-1))
        book.bind("tempo.keep_time", lambda: None)
        book.bind("tempo.section", self.ask_section)
        book.bind("tempo.remove_section", self.remove_section)
        book["tempo.keep_time"].toggled.connect(self._on_keep)
        book.check("tempo.keep_time", True)
        desk.document.opened.connect(self._update)
        self._update()

    def _update(self) -> None:
        self._desk.book.enable(_NEED_SONG, self._desk.document.source is not None, OPEN_FIRST)

    @property
    def keep(self) -> Keep:
        """What stays when the map changes: where notes sound, or which beat they are on."""
        return Keep.TIME if self._desk.book["tempo.keep_time"].isChecked() else Keep.GRID

    def _on_keep(self) -> None:
        """Dragging beats in the timeline follows the same choice."""
        self._desk.timeline.beats.keep = self.keep

    def change(
        self, title: str, edit: Callable[[TempoMap], TempoMap], keep: Keep | None = None
    ) -> bool:
        """Apply a function to the tempo map; a refusal goes to the bar."""
        document = self._desk.document
        try:
            tempo_map = edit(document.song.tempo_map)
        except ChartHeroError as error:
            self._desk.bar.refuse(str(error))
            return False
        song = with_tempo_map(document.state, tempo_map, keep or self.keep, document.detection)
        document.change(title, song=song)
        return True

    def beat_tick(self) -> int:
        """The beat nearest to the playhead."""
        tempo_map = self._desk.document.song.tempo_map
        return tempo_map.nearest_beat(tempo_map.tick_at(self._desk.transport.position_s))

    def anchor(self) -> None:
        """Lock the beat at the playhead to its time, or unlock it."""
        tick = self.beat_tick()
        change = self._desk.document.song.tempo_map.tempo_at(tick)
        if change.tick == tick and change.anchor_us is not None:
            self.change("Release the beat", lambda m: timing.release(m, tick), Keep.GRID)
        else:
            self.change("Anchor the beat", lambda m: timing.anchor(m, tick), Keep.GRID)

    def change_bpm(self, by: float) -> None:
        """Raise or lower the tempo in force at the playhead."""
        tempo_map = self._desk.document.song.tempo_map
        change = tempo_map.tempo_at(tempo_map.tick_at(self._desk.transport.position_s) + 0.5)
        bpm = min(max(change.bpm + by, MIN_BPM), MAX_BPM)
        if (bpm - change.bpm) * by <= 0:  # beyond the bounds, as a tempo that fills a gap may be
            self._desk.told(f"Tempos are set from {MIN_BPM:g} to {MAX_BPM:g} BPM")
            return
        self.change(f"Set {bpm:.2f} BPM", lambda m: timing.insert_tempo(m, change.tick, bpm))

    def ask_bpm(self) -> None:
        """Ask for a tempo that starts at the beat under the playhead."""
        tick = self.beat_tick()
        now = self._desk.document.song.tempo_map.tempo_at(tick).bpm
        bpm = ask_number(
            self._desk.window,
            "Insert tempo marker",
            "Tempo from this beat on",
            "Insert",
            now,
            (MIN_BPM, MAX_BPM),
            decimals=3,
            unit="BPM",
        )
        if bpm is not None:
            self.insert_bpm(tick, bpm)

    def remove_bpm(self) -> None:
        """Take away the tempo change at the playhead's beat."""
        tempo_map, beat = self._desk.document.song.tempo_map, self.beat_tick()
        # A change may lie beside its beat: the last one nearer to this beat than to the next.
        half = tempo_map.ticks_per_beat(tempo_map.signature_at(beat)) / 2
        change = tempo_map.tempo_at(beat + half - 1)
        if not change.tick or tempo_map.nearest_beat(change.tick) != beat:
            self._desk.told("There is no tempo marker at this beat")
            return
        self.change("Remove tempo marker", lambda m: timing.remove_tempo(m, change.tick))

    def insert_bpm(self, tick: int, bpm: float) -> None:
        """Start a tempo at a tick."""
        self.change(f"Insert {bpm:.2f} BPM", lambda m: timing.insert_tempo(m, tick, bpm))

    def ask_signature(self) -> None:
        """Ask for a time signature that starts at the bar nearest to the playhead."""
        tempo_map = self._desk.document.song.tempo_map
        tick = timing.nearest_bar_line(
            tempo_map, tempo_map.tick_at(self._desk.transport.position_s)
        )
        dialog = SignatureDialog(tempo_map.signature_at(tick), self._desk.window)
        if dialog.exec():
            self.set_signature(tick, *dialog.value)

    def set_signature(self, tick: int, upper: int, lower: int) -> None:
        """Start bars of this size at a tick; those of the bars before it need no new signature."""
        before = self._desk.document.song.tempo_map.signature_at(tick - 1)
        if tick > 0 and (before.numerator, before.denominator) == (upper, lower):
            self.change(
                "Remove time signature", lambda m: timing.remove_signature(m, tick), Keep.GRID
            )
        else:
            self.change(
                f"Insert {upper}/{lower}",
                lambda m: timing.insert_signature(m, tick, upper, lower),
                Keep.GRID,
            )

    def tap(self) -> None:
        """One tap; from the fourth on the tempo in force follows them."""
        now_s = time.perf_counter()
        self._taps_s = [*self._taps_s[-31:], now_s]
        bpm = timing.tap_tempo(self._taps_s)
        if bpm is None:
            self._desk.told("Tap again on every beat…")
            return
        speed = self._desk.transport.speed if self._desk.transport.playing else 1.0
        bpm = min(max(bpm / speed, MIN_BPM), MAX_BPM)
        recent = [t for t in self._taps_s if now_s - t < 60 / bpm * len(self._taps_s) + 1]
        self._desk.told(f"Tapped {bpm:.1f} BPM ({len(recent)} taps)")
        if len(recent) >= 4:
            self._follow_taps(bpm, first=len(recent) == 4)

    def _follow_taps(self, bpm: float, *, first: bool) -> None:
        """Set what was tapped; a series of taps is one step, however long it grows."""
        document = self._desk.document
        stack = document.undo_stack
        if not first and stack.index() == self._tap_step and stack.undoText() == _TAP:
            document.undo()
        tempo_map = document.song.tempo_map
        change = tempo_map.tempo_at(tempo_map.tick_at(self._desk.transport.position_s) + 0.5)
        self.change(_TAP, lambda m: timing.insert_tempo(m, change.tick, bpm))
        self._tap_step = stack.index()

    def shift(self, beats: int) -> None:
        """Let bars start a beat later or earlier."""
        self.change("Shift the bar lines", lambda m: timing.shift_bar_lines(m, beats), Keep.GRID)

    def nudge(self, milliseconds: int) -> None:
        """Move the whole grid in the audio, as an offset does in other editors."""
        way = "later" if milliseconds > 0 else "earlier"
        title = f"Grid {way} by {abs(milliseconds)} ms"
        self.change(title, lambda m: timing.shift_times(m, milliseconds / 1000))

    def ask_section(self) -> None:
        """Name the part that starts at the playhead's beat, or rename the one there."""
        song = self._desk.document.song
        tick = self.beat_tick()
        there = next((s for s in song.sections if s.tick == tick), None)
        name = ask_text(
            self._desk.window,
            "Rename section" if there else "Add section",
            "Name of the part that starts here",
            "Rename" if there else "Add",
            there.name if there else "",
        )
        if name:
            self._desk.push(ChangeSection(tick, name=name) if there else AddSection(tick, name))

    def remove_section(self) -> None:
        """Take away the name of the part that starts at the playhead's beat."""
        tick = self.beat_tick()
        if any(section.tick == tick for section in self._desk.document.song.sections):
            self.remove_sections([tick])
        else:
            self._desk.told("No section starts at this beat")

    def remove_sections(self, ticks: list[int]) -> None:
        """Remove the sections that start at these ticks, as one step."""
        edits = tuple(RemoveSection(tick) for tick in ticks)
        title = "Remove section" if len(edits) == 1 else f"Remove {len(edits)} sections"
        self._desk.push(Compound(title, edits))
