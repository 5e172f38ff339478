"""The songs page of the training panel: where to look for charts, and what was found there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.icons import icon
from chart_hero_app.widgets.labels import EmptyState, button, label

_COLUMNS = ("Song", "Result")
_NOTHING = (
    "Add folders of songs you charted, or songs from the Review menu: they teach the model your "
    "kits and your taste."
)
_NOT_SCANNED = "Scan to see which of these songs the model can learn from."
_ELSEWHERE = "The folders have changed: scan again to learn from their songs."
_MOST_SHOWN = 2_000
_MOST_WRAPPED = 300  # rows of more than one line; measuring many takes long
_LIST_PX = 96
_SONG_PX = 124
_CELL_PADDING_PX = 12  # left and right together, as the style sheet has it


class _WrappingDelegate(QStyledItemDelegate):
    """Measures wrapped text in the width that the style sheet's padding leaves it."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """The size of a cell; Qt forgets the padding where it breaks lines."""
        narrow = QStyleOptionViewItem(option)
        narrow.rect = option.rect.adjusted(0, 0, -_CELL_PADDING_PX, 0)
        return super().sizeHint(narrow, index)


class SongFound(Protocol):
    """One song of a build: what the table shows of it."""

    @property
    def song(self) -> str:
        """Artist and title, or the file's name."""

    @property
    def path(self) -> str:
        """Where it lies."""

    @property
    def verdict(self) -> str:
        """``used`` or ``dropped``."""

    @property
    def reason(self) -> str:
        """Why it was dropped."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What else is worth knowing."""

    @property
    def doubtful(self) -> bool:
        """Whether a person should look at it."""


class SongsFound(Protocol):
    """A build's report."""

    @property
    def rows(self) -> Sequence[SongFound]:
        """Every song found."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences about the whole."""

    @property
    def folder(self) -> Path:
        """The dataset; ``report.html`` lies in it."""


class SongsPage(QWidget):
    """Folders above, the verdict on every song below."""

    addWanted = Signal()
    removeWanted = Signal(object)  # list of paths
    scanWanted = Signal()
    stopWanted = Signal()
    trainWanted = Signal()
    songOpened = Signal(object)  # Path of a song that was double-clicked

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._report: SongsFound | None = None
        self._busy = False
        self._something = False
        # Where songs are looked for, and where they were when they were scanned last.
        self._places: tuple[tuple[Path, ...], int] = ((), 0)
        self._scanned: tuple[tuple[Path, ...], int] | None = None
        self.folders = self._make_folders()
        self._make_buttons()
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.doing = label("", "small", wrap=True)
        self.summary = label("", "heading", wrap=True)
        self.remarks = label("", "small", wrap=True)
        self.empty = EmptyState("ph.music-notes", "Songs to learn from", _NOTHING, theme)
        self.empty.add_button(self.start)
        self.table = self._make_table()
        self._wrap = QTimer(self)
        self._wrap_with_columns()
        self._lay_out()
        self.set_folders((), 0)
        self.show_busy(None)
        self.show_report(None)

    def _make_buttons(self) -> None:
        self.add = button("Add folder…", self.addWanted.emit)
        self.remove = button(
            "Remove",
            self._on_remove,
            tip="Stop learning from the chosen folders: choose some in the list above",
        )
        self.scan = button("Scan again", self.scanWanted.emit, tip="Check every song again")
        self.stop = button("Stop", self.stopWanted.emit)
        self.start = button("Add folder…", self._on_start, primary=True)
        self.report = button("Open report", self._open_report, tip="Every song, with pictures")
        self.train = button("Train…", self.trainWanted.emit, primary=True)

    def _make_folders(self) -> QListWidget:
        made = QListWidget()
        made.setAccessibleName("Folders to learn from")
        made.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        made.setFixedHeight(_LIST_PX)
        made.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.itemSelectionChanged.connect(self._update)
        return made

    def _wrap_with_columns(self) -> None:
        """Other widths break lines elsewhere; measured once, when all columns have theirs."""
        self._wrap.setSingleShot(True)
        self._wrap.setInterval(0)
        self._wrap.timeout.connect(self._fit_rows)
        self.table.horizontalHeader().sectionResized.connect(self._wrap.start)

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self._theme = theme
        self.empty.set_theme(theme)
        self.show_report(self._report)

    # Folders --------------------------------------------------------------------------------

    def set_folders(self, folders: Sequence[Path], own_charts: int) -> None:
        """Show where songs are looked for; ``own_charts`` were added from the app itself."""
        self.folders.clear()
        plural = "" if own_charts == 1 else "s"
        own = QListWidgetItem(f"My charts: {own_charts} song{plural} added here")
        own.setFlags(Qt.ItemFlag.ItemIsEnabled)
        own.setToolTip("Songs you added with “Add this song to my charts” in the Review menu")
        self.folders.addItem(own)
        for folder in folders:
            item = QListWidgetItem(str(folder))
            item.setData(Qt.ItemDataRole.UserRole, folder)
            item.setToolTip(str(folder))
            self.folders.addItem(item)
        self._something = bool(folders) or own_charts > 0
        self._places = (tuple(folders), own_charts)
        if self._report is not None and self._outdated():
            self.show_report(None)
        self._update()

    def _outdated(self) -> bool:
        """Whether songs are looked for elsewhere than when they were scanned."""
        return self._scanned is not None and self._scanned != self._places

    def _on_remove(self) -> None:
        chosen = [i.data(Qt.ItemDataRole.UserRole) for i in self.folders.selectedItems()]
        self.removeWanted.emit([path for path in chosen if path is not None])

    # Scanning -------------------------------------------------------------------------------

    def show_busy(self, fraction: float | None, message: str = "") -> None:
        """Show how far the scan is; None when none runs."""
        if fraction is not None and not self._busy:
            self._scanned = self._places
        self._busy = fraction is not None
        self.progress.setVisible(self._busy)
        self.stop.setVisible(self._busy)
        self.doing.setVisible(self._busy)
        if fraction is not None:
            self.progress.setValue(round(fraction * 1000))
            self.doing.setText(message)
        self._update()

    def show_report(self, report: SongsFound | None) -> None:
        """Show what became of every song; None before a scan."""
        self._report = report = None if self._outdated() else report
        there = report is not None
        for widget in (self.summary, self.table, self.report, self.train):
            widget.setVisible(there)
        self.remarks.setVisible(there and bool(report is not None and report.remarks))
        self._update()
        if report is None:
            return
        used = sum(row.verdict == "used" for row in report.rows)
        self.summary.setText(f"{used:,} used, {len(report.rows) - used:,} dropped")
        self.remarks.setText(" ".join(report.remarks))
        self.train.setEnabled(used > 0)
        self._fill(sorted(report.rows, key=lambda row: (row.verdict == "used", not row.doubtful)))

    def _fill(self, rows: Sequence[SongFound]) -> None:
        self.table.setRowCount(min(len(rows), _MOST_SHOWN))
        for index, row in enumerate(rows[:_MOST_SHOWN]):
            used = row.verdict == "used"
            why = row.reason or " ".join(row.remarks)
            shown = QTableWidgetItem(row.song)
            shown.setData(Qt.ItemDataRole.UserRole, Path(row.path))
            shown.setToolTip(f"{row.song}\n{row.path}\nDouble-click to open the song")
            words = [("Used" if used else "Dropped"), *([why] if why else [])]
            verdict = QTableWidgetItem(": ".join(words))
            verdict.setToolTip(why or "Used")
            name, colour = ("ph.check", "good") if used else ("ph.x", "bad")
            if used and row.doubtful:
                name, colour = "ph.question", "warn"
            verdict.setIcon(icon(name, self._theme, colour))
            for column, item in enumerate((shown, verdict)):
                self.table.setItem(index, column, item)
        self._fit_rows()

    def _open_report(self) -> None:
        if self._report is not None:
            page = self._report.folder / "report.html"
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(page)))

    def _on_row(self, item: QTableWidgetItem) -> None:
        first = self.table.item(item.row(), 0)
        if first is not None:
            self.songOpened.emit(first.data(Qt.ItemDataRole.UserRole))

    def _fit_rows(self) -> None:
        if self.table.rowCount() <= _MOST_WRAPPED:
            self.table.resizeRowsToContents()

    def _update(self) -> None:
        """Show what can be done next: add songs, scan them, or train."""
        chosen = [i.data(Qt.ItemDataRole.UserRole) for i in self.folders.selectedItems()]
        self.remove.setEnabled(any(chosen) and not self._busy)
        idle = self._report is None and not self._busy
        for widget in (self.folders, self.add, self.remove):
            widget.setVisible(self._something or not idle)
        self.scan.setVisible(self._report is not None and not self._busy)
        self.scan.setEnabled(self._something)
        self.empty.setVisible(idle)
        scanned = _ELSEWHERE if self._outdated() else _NOT_SCANNED
        self.empty.text.setText(scanned if self._something else _NOTHING)
        self.start.setText("Scan" if self._something else "Add folder…")

    def _on_start(self) -> None:
        (self.scanWanted if self._something else self.addWanted).emit()

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, len(_COLUMNS))
        table.setHorizontalHeaderLabels(list(_COLUMNS))
        table.verticalHeader().hide()
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.setItemDelegate(_WrappingDelegate(table))
        table.setAccessibleName("Songs found")
        table.itemDoubleClicked.connect(self._on_row)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        # The reason is the longer of the two.
        table.setColumnWidth(0, _SONG_PX)
        header.setStretchLastSection(True)
        return table

    def _lay_out(self) -> None:
        choose = QHBoxLayout()
        choose.addWidget(self.add, 1)
        choose.addWidget(self.remove, 1)
        choose.addWidget(self.scan, 1)
        choose.addWidget(self.stop, 1)
        last = QHBoxLayout()
        last.addWidget(self.report, 1)
        last.addWidget(self.train, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.folders)
        layout.addLayout(choose)
        layout.addWidget(self.progress)
        layout.addWidget(self.doing)
        layout.addWidget(self.summary)
        layout.addWidget(self.remarks)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.table, 1)
        layout.addLayout(last)
        layout.addStretch(0)
