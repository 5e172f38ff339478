"""The controls of the toolbar: position, speed, volumes, grid, difficulty."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLabel,
    QMenu,
    QSlider,
    QTabBar,
    QToolButton,
    QWidget,
    QWidgetAction,
)

from chart_hero_app.document.document import Document
from chart_hero_app.document.state import SNAP_DIVISIONS
from chart_hero_app.document.transport import Channel, Transport
from chart_hero_app.main_window.key_names import SNAP_KEYS, SNAP_TIP, KeyNames
from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.icons import ICON_PX, icon
from chart_hero_app.widgets.labels import label, percent
from chart_hero_core.base.clock import clock
from chart_hero_core.chart.song import Difficulty

SPEEDS = (0.25, 0.5, 0.75, 0.9, 1.0, 1.25, 1.5, 2.0)
_CHANNELS = (
    (Channel.SONG, "Song", "The song as it was opened"),
    (Channel.DRUMS, "Drums stem", "The drums alone, where the song has them"),
    (Channel.KIT, "Drum kit", "The chart, played by drum samples"),
    (Channel.METRONOME, "Metronome", "A click on every beat"),
)
_LETTERS = {
    Difficulty.EXPERT: "X",
    Difficulty.HARD: "H",
    Difficulty.MEDIUM: "M",
    Difficulty.EASY: "E",
}


class PositionDisplay(QLabel):
    """The playhead in large digits."""

    def __init__(self, document: Document, transport: Transport) -> None:
        super().__init__()
        self._document = document
        self._transport = transport
        font = QFont(self.font())
        font.setFeature(QFont.Tag("tnum"), 1)
        font.setPixelSize(16)
        font.setWeight(QFont.Weight.DemiBold)
        self.setFont(font)
        self.setStyleSheet("font-size: 16px; font-weight: 600;")
        self.setMinimumWidth(92)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setToolTip("Playhead: minutes, seconds, milliseconds")
        self.setAccessibleName("Playhead")
        transport.positionChanged.connect(self._show)
        self._show(transport.position_s)

    def _show(self, position_s: float) -> None:
        self.setText(clock(position_s))


class SpeedBox(QComboBox):
    """Playing speed; the pitch stays."""

    def __init__(self, transport: Transport, keys: KeyNames) -> None:
        super().__init__()
        self._transport = transport
        for speed in SPEEDS:
            self.addItem(percent(speed), speed)
        self.setFixedWidth(86)
        keys.tell(self.setToolTip, "Playing speed; the pitch stays", "play.slower", "play.faster")
        self.setAccessibleName("Playing speed")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.activated.connect(lambda index: transport.set_speed(self.itemData(index)))
        transport.speedChanged.connect(self._show)
        self._show(transport.speed)

    def _show(self, speed: float) -> None:
        index = self.findData(speed)
        if index < 0:
            index = min(range(len(SPEEDS)), key=lambda i: abs(SPEEDS[i] - speed))
        self.setCurrentIndex(index)


class SnapBox(QComboBox):
    """The snap grid."""

    def __init__(self, document: Document, keys: KeyNames) -> None:
        super().__init__()
        for division in SNAP_DIVISIONS:
            self.addItem(f"1/{division}", division)
        self.setFixedWidth(80)
        keys.tell(self.setToolTip, SNAP_TIP, *SNAP_KEYS)
        self.setAccessibleName("Snap grid")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.activated.connect(lambda index: document.set_snap(self.itemData(index)))
        document.snapChanged.connect(lambda snap: self.setCurrentIndex(self.findData(snap)))
        self.setCurrentIndex(self.findData(document.snap))


class DifficultyTabs(QTabBar):
    """Expert, Hard, Medium, Easy, each with its number of notes."""

    def __init__(self, document: Document, keys: KeyNames) -> None:
        super().__init__()
        self._document = document
        self._keys = keys
        self._order = sorted(Difficulty, reverse=True)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Difficulty")
        self._empty_colour = self.palette().color(QPalette.ColorRole.PlaceholderText)
        for difficulty in self._order:
            self.setAccessibleTabName(self.addTab(difficulty.title), difficulty.title)
        self.currentChanged.connect(lambda i: document.set_difficulty(self._order[i]))
        document.difficultyChanged.connect(lambda d: self.setCurrentIndex(self._order.index(d)))
        document.songChanged.connect(self._show)
        keys.follow(self._show)

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self._empty_colour = theme.colour("quiet")
        self._show()

    def set_short(self, short: bool) -> None:
        """One letter each, as charters write them, where there is no room for the names."""
        for index, difficulty in enumerate(self._order):
            self.setTabText(index, _LETTERS[difficulty] if short else difficulty.title)

    def _show(self) -> None:
        for index, difficulty in enumerate(self._order):
            track = self._document.song.tracks.get(difficulty)
            count = len(track.notes) if track else 0
            command = f"view.{difficulty.title.lower()}"
            tip = self._keys.after(f"{count:,} {difficulty.title} notes", command)
            self.setTabToolTip(index, tip)
            # An empty difficulty is dimmed; its tooltip says so in words.
            self.setTabTextColor(index, QColor() if count else self._empty_colour)


class MixerButton(QToolButton):
    """A button that opens the four faders."""

    def __init__(self, transport: Transport, theme: Theme) -> None:
        super().__init__()
        self._transport = transport
        self._sliders: dict[Channel, QSlider] = {}
        self._switches: dict[Channel, QCheckBox] = {}
        self.setIconSize(QSize(ICON_PX, ICON_PX))
        self.setToolTip("Volumes: song, drums stem, drum kit, metronome")
        self.setAccessibleName("Volumes")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        menu = QMenu(self)
        action = QWidgetAction(menu)
        action.setDefaultWidget(self._make_faders())
        menu.addAction(action)
        self.setMenu(menu)
        transport.mixChanged.connect(self._show)
        transport.soundChanged.connect(self._on_sound)
        for channel in Channel:
            self._show(channel)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self._theme = theme
        name = "ph.speaker-high" if self._transport.has_sound else "ph.speaker-slash"
        self.setIcon(icon(name, theme))

    def _on_sound(self, works: bool) -> None:
        self.set_theme(self._theme)
        self.setToolTip(
            "Volumes: song, drums stem, drum kit, metronome"
            if works
            else "No working sound device: the song is shown but cannot be played"
        )

    def _make_faders(self) -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(12, 10, 12, 10)
        grid.setHorizontalSpacing(12)
        for row, (channel, title, tip) in enumerate(_CHANNELS):
            switch = QCheckBox(title)
            switch.setToolTip(tip)
            slider = QSlider(Qt.Orientation.Horizontal)
            slider.setRange(0, 100)
            slider.setFixedWidth(140)
            slider.setAccessibleName(f"{title} volume")
            slider.setToolTip(f"{tip}: volume in %")
            value = label("", "small")
            value.setFixedWidth(38)
            slider.valueChanged.connect(lambda v, shown=value: shown.setText(f"{v} %"))
            switch.toggled.connect(
                lambda on, changed=channel: self._transport.set_audible(changed, on)
            )
            slider.valueChanged.connect(
                lambda v, changed=channel: self._transport.set_volume(changed, v / 100)
            )
            self._switches[channel], self._sliders[channel] = switch, slider
            for column, widget in enumerate((switch, slider, value)):
                grid.addWidget(widget, row, column)
        return holder

    def _show(self, channel: Channel) -> None:
        slider = self._sliders[channel]
        if not slider.isSliderDown():
            slider.setValue(round(self._transport.volume(channel) * 100))
        self._switches[channel].setChecked(self._transport.audible(channel))
