"""The song panel: what song.ini will say, and which audio is open."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from chart_hero_app.document.document import Document
from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.labels import label, line, scrolled, shortened
from chart_hero_app.widgets.song_fields import TEXT_FIELDS, intensity_box, text_field
from chart_hero_core.base.clock import clock
from chart_hero_core.chart.edits import Edit, SetMetadata
from chart_hero_core.chart.song import Metadata


class SongPanel(QWidget):
    """Each field is one undo step when it is left."""

    editWanted = Signal(object)  # Edit

    def __init__(self, document: Document, theme: Theme) -> None:
        super().__init__()
        self._document = document
        self._theme = theme
        self.fields: dict[str, QLineEdit] = {}
        self.difficulty = intensity_box("Not set")
        self.difficulty.activated.connect(self._on_difficulty)
        self.audio = label("", "quiet", wrap=True)
        self.audio.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._lay_out()
        document.songChanged.connect(self._show_song)
        document.audioChanged.connect(self._show_audio)
        document.activationsChanged.connect(self._show_audio)
        document.opened.connect(self._on_opened)
        self._show_song()
        self._show_audio()

    def _lay_out(self) -> None:
        inner = QWidget()
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(10, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(label("SONG", "caption"))
        layout.addLayout(self._make_form())
        layout.addSpacing(4)
        layout.addWidget(line())
        layout.addWidget(label("AUDIO", "caption"))
        layout.addWidget(self.audio)
        layout.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(inner))

    def _make_form(self) -> QFormLayout:
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setVerticalSpacing(6)
        for name, title in TEXT_FIELDS:
            field = text_field(title)
            field.editingFinished.connect(self._setter(name))
            self.fields[name] = field
            form.addRow(title, field)
        form.addRow("Intensity", self.difficulty)
        return form

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self._theme = theme

    def commit(self) -> None:
        """Take over the field that is being edited."""
        for name, field in self.fields.items():
            if field.isModified():
                self._set(name)

    def _on_opened(self) -> None:
        """What is typed belonged to the song before; it must not name this one."""
        for field in self.fields.values():
            field.setModified(False)
        self._show_song()
        self._show_audio()

    def _show_song(self) -> None:
        metadata = self._document.song.metadata
        for name, field in self.fields.items():
            value = getattr(metadata, name)
            if field.text() != value and not (field.hasFocus() and field.isModified()):
                field.setText(value)
        self.difficulty.setCurrentIndex(max(self.difficulty.findData(metadata.difficulty), 0))

    def _show_audio(self) -> None:
        sound = self._document.sound
        if sound.files is None:
            self.audio.setText("No audio is open.")
            return
        folder = Path(*(shortened(part) for part in sound.files.folder.parts))
        parts = [f"{clock(sound.duration_s, 1)} min", str(folder)]
        parts.append("Mix: " + _names(sound.files.mix))
        if sound.files.drums:
            parts.append("Drums: " + _names(sound.files.drums))
        for clip in sound.clips.values():
            parts.extend(clip.warnings)
        detection = self._document.detection
        if detection is not None:
            heard = "the drums stem" if detection.domain == "drums" else "the whole mix"
            parts.append(f"Transcribed from {heard} by the model “{detection.model}”.")
        self.audio.setText("\n".join(dict.fromkeys(parts)))
        self.audio.setToolTip("\n".join(map(str, (*sound.files.mix, *sound.files.drums))))

    def _setter(self, name: str) -> Callable[[], None]:
        return lambda: self._set(name)

    def _set(self, name: str) -> None:
        field = self.fields[name]
        value = field.text().strip()
        field.setModified(False)
        metadata = self._document.song.metadata
        if value != getattr(metadata, name):
            changed: dict[str, Any] = {name: value}
            self._want(replace(metadata, **changed), f"Change {dict(TEXT_FIELDS)[name].lower()}")

    def _on_difficulty(self) -> None:
        value = int(self.difficulty.currentData())
        metadata = self._document.song.metadata
        if value != metadata.difficulty:
            self._want(replace(metadata, difficulty=value), "Change intensity")

    def _want(self, metadata: Metadata, title: str) -> None:
        edit: Edit = SetMetadata(metadata, title)
        self.editWanted.emit(edit)


def _names(files: Iterable[Path]) -> str:
    """File names, none so long that it would widen the panel."""
    return ", ".join(shortened(file.name) for file in files)
