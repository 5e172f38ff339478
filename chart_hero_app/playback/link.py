"""Ties the engine to the transport that window and timeline share."""

from collections.abc import Iterable
from typing import Any, Protocol

from PySide6.QtCore import QObject, SignalInstance

from chart_hero_app.playback.engine import PlaybackEngine


class TransportLike(Protocol):
    """What is needed of a transport; channels are enum members whose values the engine knows."""

    @property
    def position_s(self) -> float:
        """The playhead."""

    @property
    def duration_s(self) -> float:
        """The length of the song."""

    @property
    def speed(self) -> float:
        """1.0 is the recorded speed."""

    @property
    def loop(self) -> tuple[float, float] | None:
        """The repeated stretch."""

    def gain(self, channel: Any) -> float:
        """The volume of a channel, 0 when it is switched off."""

    def advance_to(self, position_s: float) -> None:
        """The sound has come this far."""

    def set_playing(self, playing: bool) -> None:
        """The song ended."""

    def set_has_sound(self, works: bool) -> None:
        """Whether a device works."""

    @property
    def playingChanged(self) -> SignalInstance: ...
    @property
    def seeked(self) -> SignalInstance: ...
    @property
    def scrubbed(self) -> SignalInstance: ...
    @property
    def loopChanged(self) -> SignalInstance: ...
    @property
    def speedChanged(self) -> SignalInstance: ...
    @property
    def durationChanged(self) -> SignalInstance: ...
    @property
    def mixChanged(self) -> SignalInstance: ...


class TransportLink(QObject):
    """Carries the transport's wishes to the engine and the heard position back."""

    def __init__(
        self,
        engine: PlaybackEngine,
        transport: TransportLike,
        channels: Iterable[Any],
        parent: QObject | None = None,
    ) -> None:
        """``channels`` are all channels of the transport, e.g. the enum itself."""
        super().__init__(parent)
        self._engine = engine
        self._transport = transport
        for channel in channels:
            self._on_mix_changed(channel)
        engine.set_duration(transport.duration_s)
        engine.set_speed(transport.speed)
        engine.set_loop(transport.loop)
        transport.playingChanged.connect(self._on_playing_changed)
        transport.seeked.connect(engine.seek)
        transport.scrubbed.connect(engine.scrub)
        transport.loopChanged.connect(engine.set_loop)
        transport.speedChanged.connect(engine.set_speed)
        transport.durationChanged.connect(engine.set_duration)
        transport.mixChanged.connect(self._on_mix_changed)
        engine.positionAdvanced.connect(transport.advance_to)
        engine.finished.connect(self._on_finished)
        engine.soundChanged.connect(transport.set_has_sound)

    def _on_playing_changed(self, playing: bool) -> None:
        if playing:
            self._engine.play(self._transport.position_s)
        else:
            self._engine.stop()
            self._transport.advance_to(self._engine.position_s)

    def _on_finished(self) -> None:
        self._transport.advance_to(self._transport.duration_s)
        self._transport.set_playing(False)

    def _on_mix_changed(self, channel: Any) -> None:
        self._engine.set_gain(channel.value, self._transport.gain(channel))
