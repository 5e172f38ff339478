"""Commands of the Play menu: start, stop, jump, loop, speed, what is heard."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from chart_hero_app.document.places import place_of
from chart_hero_app.document.transport import Channel
from chart_hero_app.main_window.controls import SPEEDS
from chart_hero_app.main_window.desk import OPEN_FIRST, Desk
from chart_hero_app.timeline.grid import snap_tick
from chart_hero_app.widgets.labels import percent
from chart_hero_app.widgets.prompts import ask_text
from chart_hero_core.base.clock import clock
from chart_hero_core.chart.edits import SetMetadata
from chart_hero_core.chart.song import PREVIEW_END, Metadata

_NEED_SONG = (
    "play.slower",
    "play.faster",
    "play.normal_speed",
    "play.metronome",
    "play.kit",
    "play.drums_only",
)
_NEED_LENGTH = (
    "play.toggle",
    "play.stop",
    "play.start",
    "play.end",
    "play.step_up",
    "play.step_down",
    "play.bar_up",
    "play.bar_down",
    "play.section_up",
    "play.section_down",
    "play.go_to",
    "play.preview",
    "play.loop",
)


class PlayCommands:
    """Binds the transport to keys and buttons."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._started_s = 0.0
        book, transport = desk.book, desk.transport
        book.bind("play.toggle", self.toggle)
        book.bind("play.stop", self.stop)
        book.bind("play.start", lambda: transport.seek(0.0))
        book.bind("play.end", lambda: transport.seek(transport.duration_s))
        book.bind("play.step_up", lambda: self.step(1))
        book.bind("play.step_down", lambda: self.step(-1))
        book.bind("play.bar_up", lambda: self.bar(1))
        book.bind("play.bar_down", lambda: self.bar(-1))
        book.bind("play.section_up", lambda: self.section(1))
        book.bind("play.section_down", lambda: self.section(-1))
        book.bind("play.go_to", self.go_to)
        book.bind("play.preview", self.set_preview)
        book.bind("play.loop", self.loop)
        book.bind("play.slower", lambda: self.change_speed(-1))
        book.bind("play.faster", lambda: self.change_speed(1))
        book.bind("play.normal_speed", lambda: transport.set_speed(1.0))
        book.bind("play.metronome", lambda: self._switch("play.metronome", Channel.METRONOME))
        book.bind("play.kit", lambda: self._switch("play.kit", Channel.KIT))
        book.bind("play.drums_only", self._drums_only)
        transport.playingChanged.connect(self._on_playing)
        transport.loopChanged.connect(lambda loop: book.check("play.loop", loop is not None))
        transport.mixChanged.connect(self._on_mix)
        transport.durationChanged.connect(self._update)
        desk.document.opened.connect(self._update)
        desk.document.audioChanged.connect(self._on_audio)
        self._update()
        self._on_mix()

    def toggle(self) -> None:
        """Play or pause."""
        self._desk.transport.toggle()

    def stop(self) -> None:
        """Stop and go back to where playing began."""
        transport = self._desk.transport
        if transport.playing:
            transport.set_playing(False)
            transport.seek(self._started_s)
        else:
            transport.seek(0.0)

    def step(self, steps: int) -> None:
        """Go to the next or previous grid line."""
        document, transport = self._desk.document, self._desk.transport
        tempo_map = document.song.tempo_map
        now = tempo_map.tick_at(transport.position_s)
        here = snap_tick(tempo_map, now, document.snap)
        grid = document.snap_ticks
        # Off the grid, the first step leads onto it.
        if (steps > 0 and here > now + 0.5) or (steps < 0 and here < now - 0.5):
            goal = float(here)
        else:
            goal = float(snap_tick(tempo_map, max(here + steps * grid, 0.0), document.snap))
        transport.seek(tempo_map.seconds(max(goal, 0.0)))

    def bar(self, bars: int) -> None:
        """Go to the next or previous bar line."""
        transport, tempo_map = self._desk.transport, self._desk.document.song.tempo_map
        now = tempo_map.tick_at(transport.position_s) + 0.5
        bar, _, _ = tempo_map.bar_beat(max(now, 0.0))
        start = tempo_map.bar_start(bar)
        if bars < 0 and now - start > 1.0:
            bar += 1  # inside a bar, back means its start
        transport.seek(tempo_map.seconds(tempo_map.bar_start(max(bar + bars, 0))))

    def section(self, steps: int) -> None:
        """Go to the next or previous section."""
        transport, song = self._desk.transport, self._desk.document.song
        now = song.tempo_map.tick_at(transport.position_s)
        ticks = [section.tick for section in song.sections]
        if steps > 0:
            goal = min((t for t in ticks if t > now + 1), default=None)
        else:
            goal = max((t for t in ticks if t < now - 1), default=0)
        if goal is not None:
            transport.seek(song.tempo_map.seconds(goal))
        else:
            self._desk.told("There is no later section")

    def go_to(self) -> None:
        """Ask for a place and jump there."""
        transport, song = self._desk.transport, self._desk.document.song
        text = ask_text(
            self._desk.window,
            "Go to",
            "Bar (17), bar and beat (17:3), time (1:05.2) or section",
            "Go",
        )
        if not text:
            return
        time_s = place_of(text, song)
        if time_s is None:
            self._desk.told(f"There is no bar, time or section {text}")
            return
        transport.seek(min(time_s, transport.duration_s))
        self._desk.timeline.reveal(transport.position_s)

    def set_preview(self) -> None:
        """Let the preview in the games' song list start at the playhead."""
        position_s = self._desk.transport.position_s
        # 0 says nothing in a song.ini: games then choose a place of their own.
        start_ms = max(round(position_s * 1000), 1)
        metadata = replace(self._desk.document.song.metadata, preview_start_ms=start_ms)
        self._desk.push(SetMetadata(_with_end_after(metadata, start_ms), "Set preview"))
        self._desk.told(f"The preview starts at {clock(position_s)}")

    def loop(self) -> None:
        """Repeat the selected stretch or the selected notes; again: stop repeating."""
        transport, document = self._desk.transport, self._desk.document
        if transport.loop is not None:
            transport.set_loop(None)
            return
        span = document.selection.span_s or self._around_notes()
        if span is None:
            self._desk.book.check("play.loop", False)
            self._desk.told("Select a stretch or some notes to loop first")
            return
        self._repeat(span)

    def _repeat(self, span_s: tuple[float, float]) -> None:
        transport = self._desk.transport
        transport.set_loop(span_s)
        loop = transport.loop
        self._desk.book.check("play.loop", loop is not None)
        if loop is None:
            self._desk.told("This is too short to loop")
        elif not loop[0] <= transport.position_s < loop[1]:
            transport.seek(loop[0])  # what is looped is what is to be heard

    def _around_notes(self) -> tuple[float, float] | None:
        """From the first selected note to the grid line after the last, so that it is heard."""
        document, ticks = self._desk.document, self._desk.timeline.editing.selected_ticks()
        if ticks is None:
            return None
        tempo_map, (start, end) = document.song.tempo_map, ticks
        after = snap_tick(tempo_map, end - 1 + document.snap_ticks, document.snap)
        return (tempo_map.seconds(start), tempo_map.seconds(max(after, end)))

    def change_speed(self, steps: int) -> None:
        """One speed up or down."""
        transport = self._desk.transport
        faster = [s for s in SPEEDS if s > transport.speed + 1e-6]
        slower = [s for s in SPEEDS if s < transport.speed - 1e-6]
        if steps > 0 and faster:
            transport.set_speed(faster[0])
        elif steps < 0 and slower:
            transport.set_speed(slower[-1])
        else:
            end = "fastest" if steps > 0 else "slowest"
            self._desk.told(f"{percent(transport.speed)} is the {end} speed")

    def _switch(self, name: str, channel: Channel) -> None:
        self._desk.transport.set_audible(channel, self._desk.book[name].isChecked())

    def _drums_only(self) -> None:
        alone = self._desk.book["play.drums_only"].isChecked()
        if alone and not self._has_stem():
            self._desk.book.check("play.drums_only", False)
            self._desk.told("This song has no drums stem")
            return
        self._desk.transport.set_audible(Channel.DRUMS, alone)
        self._desk.transport.set_audible(Channel.SONG, not alone)

    def _has_stem(self) -> bool:
        files = self._desk.document.sound.files
        return files is not None and bool(files.drums) and files.drums != files.mix

    def _on_audio(self) -> None:
        """A song without a drums stem would be silent where the one before had it alone."""
        known = self._desk.document.sound.files is not None
        if known and self._desk.book["play.drums_only"].isChecked() and not self._has_stem():
            self._desk.transport.set_audible(Channel.SONG, True)
            self._desk.transport.set_audible(Channel.DRUMS, False)

    def _on_mix(self) -> None:
        book, transport = self._desk.book, self._desk.transport
        book.check("play.metronome", transport.audible(Channel.METRONOME))
        book.check("play.kit", transport.audible(Channel.KIT))
        alone = transport.audible(Channel.DRUMS) and not transport.audible(Channel.SONG)
        book.check("play.drums_only", alone)

    def _on_playing(self, playing: bool) -> None:
        if playing:
            self._started_s = self._desk.transport.position_s  # at the end of a song: its start
        self._desk.book[PLAY].setText("Pause" if playing else "Play")
        self._desk.book.set_icon(PLAY, "ph.pause" if playing else "ph.play")
        self._desk.book.update_keys()

    def _update(self) -> None:
        self._desk.book.enable(_NEED_SONG, self._desk.document.source is not None, OPEN_FIRST)
        self._desk.book.enable(_NEED_LENGTH, self._desk.transport.duration_s > 0, OPEN_FIRST)


def _with_end_after(metadata: Metadata, start_ms: int) -> Metadata:
    """Without an end of the preview that lies before its start."""
    end_ms = metadata.other.get(PREVIEW_END, "")
    if not end_ms.isdecimal() or int(end_ms) > start_ms:
        return metadata
    kept = {key: value for key, value in metadata.other.items() if key != PREVIEW_END}
    return replace(metadata, other=MappingProxyType(kept))


PLAY = "play.toggle"
