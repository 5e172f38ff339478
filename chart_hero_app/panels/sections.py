"""The passages panel: stretches for the 2.9 ms analysis, and the named sections of the song."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from chart_hero_app.document.document import Document
from chart_hero_app.document.state import Span
from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.icons import icon
from chart_hero_app.widgets.labels import button, label, line, place_text

_ENTRY = int(Qt.ItemDataRole.UserRole) + 1


class _Entry(NamedTuple):
    """A row of a list: what it stands for, and what is seen of it."""

    place: int | Span
    text: str
    icon: str
    colour: str
    tip: str = ""


class SectionsPanel(QWidget):
    """Lists; a click jumps there. What the buttons do is up to the window."""

    placeWanted = Signal(float, float)  # start and end of what was clicked, seconds
    flagWanted = Signal()
    unflagWanted = Signal(object)  # list of spans
    scanWanted = Signal()
    analyseWanted = Signal()
    sectionWanted = Signal()
    sectionsDeleted = Signal(object)  # list of ticks

    def __init__(self, document: Document, theme: Theme) -> None:
        super().__init__()
        self._document = document
        self._theme = theme
        self.flags = _list("Passages flagged for micro mode")
        self.flags.itemClicked.connect(self._on_flag)
        self.flags.itemActivated.connect(self._on_flag)
        self.state = label("", "small", wrap=True)
        self.parts = label("", "small", wrap=True)
        self.sections = _list("Sections of the song")
        self.sections.itemClicked.connect(self._on_section)
        self.sections.itemActivated.connect(self._on_section)
        self.analyse = button(
            "Re-analyse flagged",
            self.analyseWanted.emit,
            primary=True,
            tip="Analyse the flagged passages at 2.9 ms and merge the result",
        )
        self.flag = button("Flag selection", self.flagWanted.emit)
        self.add = button("Add at playhead…", self.sectionWanted.emit)
        tip = "Remove the chosen {}: choose some in the list above"
        self.unflag = button("Remove", self._remove_flags, tip=tip.format("flags"))
        self.remove = button("Remove", self._remove_sections, tip=tip.format("sections"))
        for shown in (self.flags, self.sections):
            shown.itemSelectionChanged.connect(self._update_removal)
        self._lay_out()
        document.flagsChanged.connect(self._show_flags)
        document.activationsChanged.connect(self._show_flags)
        document.songChanged.connect(self._show_sections)
        document.songChanged.connect(self._show_flags)  # their bars, when the tempo changes
        self._show_flags()
        self._show_sections()

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self._theme = theme
        for shown in (self.flags, self.sections):
            shown.clear()  # the icons are of the other colours
        self._show_flags()
        self._show_sections()

    def _show_flags(self) -> None:
        document = self._document
        done = () if document.activations is None else document.activations.spans
        entries: list[_Entry] = []
        for start_s, end_s in document.micro_flags:
            fine = any(s.start_s <= start_s + 0.05 and s.end_s >= end_s - 0.05 for s in done)
            state = "at 2.9 ms" if fine else "not yet analysed"
            entries.append(
                _Entry(
                    (start_s, end_s),
                    f"{self._places((start_s, end_s))}   {state}",
                    "ph.check" if fine else "ph.flag",
                    "micro",
                    f"{start_s:.3f} to {end_s:.3f} s",
                )
            )
        self._fill(self.flags, entries)
        self._update_removal()
        count = self.flags.count()
        self.analyse.setEnabled(count > 0)
        self.state.setText(
            "Passages with fast strokes gain from an analysis at 2.9 ms. "
            "Select a stretch and flag it, or let the program look for them."
            if not count
            else f"{count} passage{'s' if count > 1 else ''} flagged"
        )

    def _show_sections(self) -> None:
        sections = self._document.song.sections
        entries = [
            _Entry(s.tick, f"{self._bar(s.tick)}   {s.name}", "ph.bookmark", "quiet")
            for s in sections
        ]
        self._fill(self.sections, entries)
        self._update_removal()
        count = self.sections.count()
        self.parts.setText(
            "Names for the parts of the song: games let players practise one part alone. "
            "Add one where each part begins."
            if not count
            else f"{count} section{'s' if count > 1 else ''}"
        )

    def _update_removal(self) -> None:
        self.unflag.setEnabled(bool(self.flags.selectedItems()))
        self.remove.setEnabled(bool(self.sections.selectedItems()))

    def _fill(self, shown: QListWidget, entries: list[_Entry]) -> None:
        """Show entries; a list that says the same already keeps what is chosen in it."""
        if entries == [shown.item(i).data(_ENTRY) for i in range(shown.count())]:
            return
        shown.clear()
        for entry in entries:
            item = QListWidgetItem(icon(entry.icon, self._theme, entry.colour), entry.text)
            item.setData(Qt.ItemDataRole.UserRole, entry.place)
            item.setData(_ENTRY, entry)
            item.setToolTip(entry.tip)
            shown.addItem(item)

    def _places(self, span: Span) -> str:
        tempo_map = self._document.song.tempo_map
        first, last = (place_text(tempo_map, max(time_s, 0.0)) for time_s in span)
        return f"{first}–{last}"

    def _bar(self, tick: float) -> str:
        bar, beat, _ = self._document.song.tempo_map.bar_beat(max(tick, 0.0))
        return f"{bar + 1}:{beat + 1}"

    def _on_flag(self, item: QListWidgetItem) -> None:
        start_s, end_s = item.data(Qt.ItemDataRole.UserRole)
        self.placeWanted.emit(start_s, end_s)

    def _on_section(self, item: QListWidgetItem) -> None:
        tick = item.data(Qt.ItemDataRole.UserRole)
        start_s = self._document.song.tempo_map.seconds(tick)
        self.placeWanted.emit(start_s, start_s)

    def _remove_flags(self) -> None:
        spans = [i.data(Qt.ItemDataRole.UserRole) for i in self.flags.selectedItems()]
        if spans:
            self.unflagWanted.emit(spans)

    def _remove_sections(self) -> None:
        ticks = [i.data(Qt.ItemDataRole.UserRole) for i in self.sections.selectedItems()]
        if ticks:
            self.sectionsDeleted.emit(ticks)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(label("MICRO MODE", "caption"))
        layout.addWidget(self.state)
        layout.addWidget(self.flags, 1)
        row = QHBoxLayout()
        row.addWidget(button("Find", self.scanWanted.emit, tip="Look for fast passages"))
        row.addWidget(self.flag)
        row.addWidget(self.unflag)
        layout.addLayout(row)
        layout.addWidget(self.analyse)
        layout.addSpacing(6)
        layout.addWidget(line())
        layout.addWidget(label("SECTIONS", "caption"))
        layout.addWidget(self.parts)
        layout.addWidget(self.sections, 1)
        row = QHBoxLayout()
        row.addWidget(self.add)
        row.addWidget(self.remove)
        layout.addLayout(row)


def _list(name: str) -> QListWidget:
    made = QListWidget()
    made.setAccessibleName(name)
    made.setUniformItemSizes(True)
    made.setMinimumHeight(64)
    made.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    return made
