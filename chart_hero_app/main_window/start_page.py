"""What is there before a song is open: recent songs, ways to open one, the demo."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.icons import icon
from chart_hero_app.widgets.labels import button, label, restyle
from chart_hero_app.widgets.roomy import roomy

_COLUMN_WIDTH = 640
_DROP_SPACING_PX = 10
_LEAST_LIST_PX = 96  # three songs


class StartPage(QWidget):
    """Recent songs, a place to drop one, the buttons that open one."""

    openWanted = Signal()
    folderWanted = Signal()
    demoWanted = Signal()
    pathWanted = Signal(object)  # Path

    def __init__(self, theme: Theme, *, has_demo: bool) -> None:
        super().__init__()
        self._theme = theme
        self.drop = self._make_drop(has_demo)
        self.heading = label("RECENT SONGS", "caption")
        self.list = self._make_list()
        self.empty = label("The songs you open will be listed here.", "quiet")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._page = self._make_page()
        self._area = roomy(self._page)
        outer.addWidget(self._area)
        self.set_theme(theme)
        self.show_recent(())

    def minimumSizeHint(self) -> QSize:
        """As wide as its words; in less height it is scrolled."""
        bar_px = self._area.verticalScrollBar().sizeHint().width()
        return QSize(self._page.minimumSizeHint().width() + bar_px, 0)

    def _make_page(self) -> QWidget:
        holder, page = QWidget(), QWidget()
        holder.setLayout(self._make_column())
        holder.setMaximumWidth(_COLUMN_WIDTH)
        self._row = QHBoxLayout(page)
        self._row.setContentsMargins(32, 40, 32, 32)
        self._row.addStretch(1)
        self._row.addWidget(holder, 20)
        self._row.addStretch(1)
        return page

    def _make_column(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(10)
        column.addWidget(label("Chart Hero", "title"))
        column.addWidget(
            label(
                "Listens to a song, suggests the drum notes, and helps you make the chart yours.",
                "quiet",
                wrap=True,
            )
        )
        column.addSpacing(10)
        column.addWidget(self.drop)
        column.addSpacing(14)
        column.addWidget(self.heading)
        column.addWidget(self.list, 1)
        column.addWidget(self.empty)
        column.addStretch(0)
        return column

    def _make_list(self) -> QListWidget:
        made = QListWidget()
        made.setAccessibleName("Recent songs")
        made.setUniformItemSizes(True)
        made.setMinimumHeight(_LEAST_LIST_PX)
        made.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.itemActivated.connect(self._on_item)
        made.itemClicked.connect(self._on_item)
        return made

    def show_recent(self, paths: Iterable[Path]) -> None:
        """List recent songs, the latest first; those that are gone are shown so."""
        self.list.clear()
        for path in paths:
            item = QListWidgetItem()
            item.setData(Qt.ItemDataRole.UserRole, str(path))
            there = path.exists()
            item.setText(f"{path.stem if path.suffix else path.name}   —   {path.parent}")
            item.setToolTip(str(path) if there else f"{path} is no longer there")
            if not there:
                item.setText(item.text() + "   (missing)")
            self.list.addItem(item)
        some = self.list.count() > 0
        self.list.setVisible(some)
        self.empty.setVisible(not some)
        self._draw_icons()
        self._give_way()

    def event(self, event: QEvent) -> bool:
        """The window and the bar over the page leave it more or less room."""
        done = super().event(event)
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._give_way()
        return done

    def _give_way(self) -> None:
        """Show the picture only where there is room for all of it; then the page is scrolled."""
        needed = self._row.minimumHeightForWidth(self.width())
        if self._picture.isHidden():
            needed += self._picture.sizeHint().height() + _DROP_SPACING_PX
        self._picture.setHidden(needed > self.height())

    def set_hot(self, hot: bool) -> None:
        """Show that something hovers that can be dropped."""
        self.drop.setProperty("hot", hot)
        restyle(self.drop)

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self._theme = theme
        self._picture.setPixmap(icon("ph.music-notes", theme, "quiet").pixmap(QSize(44, 44)))
        self._draw_icons()

    def _draw_icons(self) -> None:
        for row in range(self.list.count()):
            item = self.list.item(row)
            suffix = Path(item.data(Qt.ItemDataRole.UserRole)).suffix.lower()
            name = "ph.folder" if not suffix else "ph.file"
            if suffix == ".chproj":
                name = "ph.music-notes"
            item.setIcon(icon(name, self._theme, "quiet"))

    def _make_drop(self, has_demo: bool) -> QFrame:
        frame = QFrame()
        frame.setProperty("role", "drop")
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        text = label("Drop a song, a song folder, a chart or a project here", "heading")
        text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        kinds = label(
            "wav, flac, ogg, opus, mp3, m4a · notes.chart, notes.mid, .sng · .chproj", "small"
        )
        kinds.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        open_button = button("Open a song…", self.openWanted.emit, primary=True)
        buttons.addWidget(open_button)
        buttons.addWidget(button("Open a folder…", self.folderWanted.emit))
        if has_demo:
            buttons.addWidget(button("Try the demo", self.demoWanted.emit))
        buttons.addStretch(1)
        layout = QVBoxLayout(frame)
        layout.setContentsMargins(24, 28, 24, 26)
        layout.setSpacing(_DROP_SPACING_PX)
        layout.addWidget(self._picture)
        layout.addWidget(text)
        layout.addWidget(kinds)
        layout.addSpacing(6)
        layout.addLayout(buttons)
        return frame

    def _on_item(self, item: QListWidgetItem) -> None:
        self.pathWanted.emit(Path(item.data(Qt.ItemDataRole.UserRole)))
