"""Gives the playback engine what the document holds: the song, its drums, notes and beats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer

from chart_hero_app.document.transport import Channel
from chart_hero_app.main_window.desk import Desk
from chart_hero_app.playback.engine import PlaybackEngine
from chart_hero_app.playback.kit import strokes_of_beats, strokes_of_notes
from chart_hero_app.playback.link import TransportLink
from chart_hero_app.playback.outputs import device_names
from chart_hero_app.playback.sounds import PlayedSound, load_sound
from chart_hero_app.widgets.info_bar import Notice
from chart_hero_core.base.errors import DeviceError
from chart_hero_core.base.progress import Progress
from chart_hero_core.timing.tempo_map import TempoMap

_NOTES_AFTER_MS = 60


def output_names() -> tuple[str, ...]:
    """The sound devices to choose from; none where the sound library is missing."""
    try:
        return device_names()
    except DeviceError:
        return ()


class SoundDesk(QObject):
    """Loads sound in the background; notes and beats follow the chart a moment after an edit."""

    def __init__(self, desk: Desk, engine: PlaybackEngine) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self._engine = engine
        self._loaded: dict[str, tuple[Path, ...]] = {}
        self._beats_of: tuple[TempoMap, float] | None = None
        self._link = TransportLink(engine, desk.transport, Channel, self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_NOTES_AFTER_MS)
        self._timer.timeout.connect(self._send_notes)
        document = desk.document
        document.opened.connect(self._on_opened)
        document.audioChanged.connect(self._on_audio)
        for signal in (document.songChanged, document.difficultyChanged):
            signal.connect(self._timer.start)
        desk.transport.durationChanged.connect(self._timer.start)
        engine.deviceFailed.connect(self._on_device_failed)
        desk.preferences.changed.connect(self._on_preference)
        self._on_preference("audio_device")

    def shut_down(self) -> None:
        """Let go of the sound device."""
        self._timer.stop()
        self._engine.shut_down()

    def _on_opened(self) -> None:
        self._loaded.clear()
        for channel in (Channel.SONG, Channel.DRUMS):
            self._engine.set_sound(channel.value, None)

    def _on_audio(self) -> None:
        """The mix first; a drums stem afterwards, at the mix's rate."""
        files = self._desk.document.sound.files
        if files is None or not self._desk.document.clips:
            return
        mix = files.mix or files.drums
        if self._loaded.get("song") != mix:
            self._load("song", mix, None)
        elif files.drums and files.drums != mix and self._loaded.get("drums") != files.drums:
            self._load("drums", files.drums, self._engine.sample_rate)

    def _load(self, channel: str, files: tuple[Path, ...], rate: int | None) -> None:
        self._loaded[channel] = files

        def work(progress: Progress) -> PlayedSound:
            return load_sound(files, rate, progress)

        def use(sound: PlayedSound) -> None:
            self._engine.set_sound(channel, sound)
            self._on_audio()

        self._desk.runner.start("Reading the sound", work, use, key=f"sound {channel}", quiet=True)

    def _send_notes(self) -> None:
        document = self._desk.document
        if document.gesture_base is not None:
            self._timer.start()  # a knob is moving: what it ends at is soon enough
            return
        tempo_map, notes = document.song.tempo_map, document.columns
        times_s = tempo_map.seconds_array(notes.ticks)
        self._engine.set_strokes("kit", strokes_of_notes(notes, times_s))
        length = (tempo_map, self._desk.transport.duration_s)
        if length != self._beats_of:
            self._beats_of = length
            self._send_beats(*length)

    def _send_beats(self, tempo_map: TempoMap, duration_s: float) -> None:
        """The metronome: edits of notes leave it as it is."""
        beats = tempo_map.beats(0, int(tempo_map.tick_at(max(duration_s, 1.0))) + 1)
        times_s = tempo_map.seconds_array([beat.tick for beat in beats])
        downbeats = np.array([beat.beat == 0 for beat in beats], dtype=np.bool_)
        self._engine.set_strokes("metronome", strokes_of_beats(times_s, downbeats))

    def _on_device_failed(self, sentence: str) -> None:
        self._desk.bar.show_notice(
            Notice(
                "warning",
                sentence,
                (("Choose a device…", self._desk.book["file.preferences"].trigger),),
            )
        )

    def _on_preference(self, name: str) -> None:
        preferences = self._desk.preferences
        if name in ("audio_device", "audio_latency"):
            self._engine.set_device(
                preferences.text("audio_device"), preferences.text("audio_latency")
            )
        if name in ("audio_device", "av_offset_ms"):
            self._engine.set_offset_ms(preferences.number("av_offset_ms"))
