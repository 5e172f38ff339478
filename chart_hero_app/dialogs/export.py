"""The export dialog: files, song.ini, the cover, what games will complain about, the proof."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from chart_hero_app.dialogs.cover import CoverField
from chart_hero_app.dialogs.problems import ProblemList
from chart_hero_app.document.document import Document
from chart_hero_app.document.exporting import (
    Exported,
    ExportPlan,
    Package,
    default_target,
    found_cover,
)
from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.labels import button, label, line, pad, set_role
from chart_hero_app.widgets.numbers import NumberBox
from chart_hero_app.widgets.sizing import open_at
from chart_hero_app.widgets.song_fields import TEXT_FIELDS, intensity_box, text_field
from chart_hero_core.chart.lead_in import LEAD_IN_S
from chart_hero_core.chart.song import Metadata
from chart_hero_core.chart.validate import EARLY_NOTE
from chart_hero_core.formats.package import PACKAGE_SUFFIXES

_DIFFERENCES_SHOWN = 6
_LEAST_TEXT_PX = 200
_CHECK_AFTER_MS = 200  # without another key
UNKNOWN_LENGTH_S = 3600.0  # how late a preview may start while the sound is not there


class ExportDialog(QDialog):
    """Stays beside the window, so that a click on a problem shows its place."""

    exportWanted = Signal(object)  # ExportPlan
    metadataChanged = Signal(object)  # Metadata to put into the song
    placeWanted = Signal(object)  # Problem

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export chart")
        self._document = document
        self._told = Metadata()  # of the song, as the fields were last made to show it
        self._target_chosen = False
        self._written: Path | None = None
        self._make_files()
        self.fields: dict[str, QLineEdit] = {}
        self.difficulty = intensity_box("Estimate it from the notes")
        self.preview = NumberBox()
        self.cover = CoverField(self.choose_cover)
        self.problems = ProblemList(document, theme, self.metadata)
        self.problems.placeWanted.connect(self.placeWanted)
        self._check = QTimer(self)
        self._check.setSingleShot(True)
        self._check.setInterval(_CHECK_AFTER_MS)
        self._check.timeout.connect(self.problems.refresh)
        self._make_end()
        self._lay_out()
        self._fill()
        document.songChanged.connect(self._follow)

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self.problems.set_theme(theme)

    def _make_files(self) -> None:
        """Which files, in what, and where."""
        self.chart = QCheckBox("notes.chart")
        self.midi = QCheckBox("notes.mid")
        self.chart.setToolTip("Read by Clone Hero, YARG and Moonscraper")
        self.midi.setToolTip("Read by Clone Hero, YARG and Editor on Fire; supports flams")
        self.chart.setChecked(True)
        self.midi.setChecked(True)
        self.lead_in = QCheckBox("Add silence before the song")
        self.lead_in.setToolTip(
            f"Adds whole bars, at least {LEAD_IN_S:g} s, before the audio and the chart of the "
            "export. The project is not changed."
        )
        self.lead_in.toggled.connect(self._on_lead_in)
        self.package = QComboBox()
        for package in Package:
            self.package.addItem(package.value, package)
        self.package.activated.connect(self._on_package)
        self.target = QLineEdit()
        self.target.setAccessibleName("Where to write it")
        self.target.textEdited.connect(self._on_target_edited)

    def _make_end(self) -> None:
        """How it goes, the proof, and the buttons."""
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 1000)
        self.progress.hide()
        self.proof = label("", "quiet", wrap=True)
        self.proof.setMinimumWidth(_LEAST_TEXT_PX)  # a path in it may be one endless word
        self.proof.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.write = button("Export", self.start, primary=True)
        self.write.setDefault(True)
        self.reveal = button("Open folder", self._open_folder)
        self.reveal.hide()

    def _on_lead_in(self) -> None:
        """Silence before the song gives players the time that an early note does not."""
        self.problems.ignore({EARLY_NOTE} if self.lead_in.isChecked() else set())

    # Content --------------------------------------------------------------------------------

    def metadata(self) -> Metadata:
        """What the fields say, on top of what the song says."""
        texts: dict[str, Any] = {name: self.fields[name].text().strip() for name, _ in TEXT_FIELDS}
        return replace(
            self._document.song.metadata,
            **texts,
            difficulty=int(self.difficulty.currentData()),
            preview_start_ms=round(self.preview.value() * 1000) or None,
        )

    def plan(self) -> ExportPlan:
        """What would be written now."""
        formats = [
            kind for kind, box in (("chart", self.chart), ("mid", self.midi)) if box.isChecked()
        ]
        return ExportPlan(
            song=replace(self._document.song, metadata=self.metadata()),
            target=self._whole_target(),
            package=self.package.currentData(),
            formats=tuple(formats),
            source=self._document.source,
            audio=self._document.sound.files,
            cover=self.cover.content,
            lead_in=self.lead_in.isChecked(),
        )

    def start(self) -> None:
        """Put song.ini into the song and ask for the export."""
        if not self.target.text().strip():
            self._say("Choose where to save it first.", "bad")
            return
        plan = self.plan()
        self.target.setText(str(plan.target))
        self.metadataChanged.emit(plan.song.metadata)
        self.write.setEnabled(False)
        self.progress.setValue(0)
        self.progress.show()
        self._say("Writing…", "quiet")
        self.exportWanted.emit(plan)

    def show_progress(self, fraction: float, message: str) -> None:
        """The job reports."""
        self.progress.setValue(round(fraction * 1000))
        self._say(message, "quiet")

    def show_proof(self, exported: Exported, target: Path) -> None:
        """The files were read back."""
        proof = exported.proof
        self._end()
        self._written = target
        self.reveal.show()
        lines = [proof.summary, *proof.differences[:_DIFFERENCES_SHOWN]]
        if (more := len(proof.differences) - _DIFFERENCES_SHOWN) > 0:
            lines.append(f"and {more:,} more")
        text = "\n".join((*lines, *proof.left_out, exported.remark)).rstrip()
        whole = proof.ok and not proof.left_out
        self._say(("✓ " if proof.ok else "") + text, "good" if whole else "warn")

    def show_failure(self, sentence: str) -> None:
        """It was not written."""
        self._end()
        self._say(sentence, "bad")

    def _end(self) -> None:
        self.write.setEnabled(True)
        self.progress.hide()

    def _say(self, text: str, role: str) -> None:
        self.proof.setText(text)
        self.proof.setToolTip(text)
        set_role(self.proof, role)

    def _follow(self) -> None:
        """The song was edited beside the dialog: what was not changed here follows it."""
        self._show_data(self._document.song.metadata)
        if not self._target_chosen:
            self._on_package()
        self.problems.refresh()

    def _show_data(self, data: Metadata) -> None:
        """Show what differs from what was shown last; what was typed since then stays."""
        told, self._told = self._told, data
        for name, field in self.fields.items():
            if getattr(data, name) != getattr(told, name) == field.text().strip():
                field.setText(getattr(data, name))
        if data.difficulty != told.difficulty == self.difficulty.currentData():
            self.difficulty.setCurrentIndex(max(self.difficulty.findData(data.difficulty), 0))
        shown_ms = round(self.preview.value() * 1000)
        if data.preview_start_ms != told.preview_start_ms and shown_ms == (
            told.preview_start_ms or 0
        ):
            self.preview.setValue((data.preview_start_ms or 0) / 1000)

    def _fill(self) -> None:
        self._show_data(self._document.song.metadata)
        self.cover.show_picture(found_cover(self._document.source, self._document.sound.files))
        self._on_package()
        self.problems.refresh()

    # Where ----------------------------------------------------------------------------------

    def _default_target(self) -> Path:
        song = replace(self._document.song, metadata=self.metadata())
        return default_target(song, self._document.source, self.package.currentData())

    def _whole_target(self) -> Path:
        """Where to write; a mere name means a place beside the song, ~ the home folder."""
        typed = Path(os.path.expanduser(self.target.text().strip()))  # noqa: PTH111 (may raise)
        return typed if typed.is_absolute() else self._default_target().parent / typed

    def _on_package(self) -> None:
        package: Package = self.package.currentData()
        if not (self._target_chosen and self.target.text().strip()):
            self.target.setText(str(self._default_target()))
        else:
            path = Path(self.target.text())
            if path.suffix.lower() in PACKAGE_SUFFIXES:
                path = path.with_suffix("")
            self.target.setText(f"{path}{package.suffix}")

    def _on_target_edited(self) -> None:
        self._target_chosen = True

    def choose_target(self) -> None:
        """Ask where to."""
        package: Package = self.package.currentData()
        if package is Package.FOLDER:
            start = str(Path(self.target.text()).parent)
            name = QFileDialog.getExistingDirectory(self, "Song folder", start)
        else:
            name, _ = QFileDialog.getSaveFileName(
                self, "Export to", self.target.text(), f"*{package.suffix}"
            )
            if name and not name.lower().endswith(package.suffix):
                name += package.suffix
        if name:
            self._target_chosen = True
            self.target.setText(name)

    def _open_folder(self) -> None:
        if self._written is not None:
            folder = self._written if self._written.is_dir() else self._written.parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def choose_cover(self) -> None:
        """Ask for a picture."""
        name, _ = QFileDialog.getOpenFileName(
            self, "Cover", str(Path(self.target.text()).parent), "Pictures (*.png *.jpg *.jpeg)"
        )
        if name:
            self.use_cover(Path(name))

    def use_cover(self, picture: Path) -> None:
        """Take this picture, if it is one; what is shown is what is written."""
        if not self.cover.take(picture):
            self._say(f"{picture.name} cannot be read as a picture.", "bad")

    # Layout ---------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        columns = QHBoxLayout()
        columns.setSpacing(20)
        columns.addLayout(self._left(), 5)
        columns.addLayout(self._right(), 6)
        bottom = QHBoxLayout()
        bottom.addWidget(self.proof, 1)
        bottom.addWidget(self.reveal)
        bottom.addWidget(button("Close", self.close))
        bottom.addWidget(self.write)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(12)
        layout.addLayout(columns, 1)
        layout.addWidget(self.progress)
        layout.addLayout(bottom)
        open_at(self, 880, 560)

    def _left(self) -> QFormLayout:
        """Files over song.ini, with their fields in one column."""
        form = QFormLayout()
        form.setHorizontalSpacing(10)
        form.setVerticalSpacing(7)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(label("FILES", "caption"))
        self._add_files(form)
        form.addRow(line())
        form.addRow(label("SONG.INI", "caption"))
        self._add_ini(form)
        return form

    def _right(self) -> QVBoxLayout:
        """What games will say of it, and the picture."""
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(label("CHECKS", "caption"))
        right.addWidget(self.problems, 1)
        right.addWidget(label("COVER", "caption"))
        right.addWidget(self.cover)
        return right

    def _add_files(self, form: QFormLayout) -> None:
        boxes = QHBoxLayout()
        boxes.setSpacing(18)
        boxes.addWidget(self.chart)
        boxes.addWidget(self.midi)
        boxes.addStretch(1)
        where = QHBoxLayout()
        where.setSpacing(8)
        where.addWidget(self.target, 1)
        where.addWidget(button("Choose…", self.choose_target))
        form.addRow("Charts", boxes)
        form.addRow("As", self.package)
        form.addRow("To", where)
        form.addRow("", self.lead_in)

    def _add_ini(self, form: QFormLayout) -> None:
        for name, title in TEXT_FIELDS:
            field = text_field(title)
            if name in ("name", "artist", "charter"):
                field.textEdited.connect(self._on_package)  # the folder is named after them
            field.textEdited.connect(self._check.start)
            self.fields[name] = field
            form.addRow(title, field)
        form.addRow("Intensity", self.difficulty)
        self.difficulty.activated.connect(self._check.start)
        told_s = (self._document.song.metadata.preview_start_ms or 0) / 1000
        self.preview.setRange(0.0, max(self._document.duration_s or UNKNOWN_LENGTH_S, told_s))
        self.preview.setDecimals(3)
        pad(self.preview)
        self.preview.setSuffix(" s")
        self.preview.setToolTip("Where the preview in the song list starts, in seconds")
        self.preview.valueChanged.connect(self._check.start)
        form.addRow("Preview from", self.preview)
