"""Commands of the View and Help menus."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox

from chart_hero_app.dialogs.preferences import PreferencesDialog
from chart_hero_app.document.state import Selection
from chart_hero_app.document.transport import Follow
from chart_hero_app.main_window.command_palette import CommandPalette
from chart_hero_app.main_window.desk import OPEN_FIRST, SELECT_FIRST, Desk
from chart_hero_app.main_window.sound import output_names
from chart_hero_app.settings.listening_commands import TIMELINE_ROWS
from chart_hero_app.timeline.tools import Mode
from chart_hero_core import __version__
from chart_hero_core.base.files import make_folder, user_log_dir
from chart_hero_core.chart.song import Difficulty

_TOOLS = {
    "view.tool_cursor": Mode.CURSOR,
    "view.tool_note": Mode.NOTE,
    "view.tool_erase": Mode.ERASE,
}
_NEED_SONG = (
    "view.snap_coarser",
    "view.snap_finer",
    "view.zoom_in",
    "view.zoom_out",
    "view.zoom_all",
    "view.follow",
    *_TOOLS,
    "view.domain",
    *(f"view.row_{name}" for name in TIMELINE_ROWS),
    *(f"view.{difficulty.name.lower()}" for difficulty in Difficulty),
    "view.timeline",
)


class ViewCommands:
    """Binds zoom, grid, tools, difficulty, theme and the palette."""

    def __init__(self, desk: Desk, switch_theme: Callable[[], None]) -> None:
        self._desk = desk
        self._bind_timeline()
        self._bind_window(switch_theme)
        timeline, document = desk.timeline, desk.document
        timeline.tool.modeChanged.connect(self._on_mode)
        document.difficultyChanged.connect(self._on_difficulty)
        desk.transport.followChanged.connect(self._on_follow)
        self._on_mode(timeline.tool.mode)
        self._on_difficulty(document.difficulty)
        desk.preferences.changed.connect(self._on_preference)
        self._on_preference("follow")
        self._on_follow(desk.transport.follow)
        document.opened.connect(self._update)
        document.selectionChanged.connect(self._update)
        self._update()

    def _bind_timeline(self) -> None:
        book, timeline = self._desk.book, self._desk.timeline
        book.bind("view.snap_coarser", lambda: self._step_snap(-1))
        book.bind("view.snap_finer", lambda: self._step_snap(1))
        book.bind("view.zoom_in", timeline.zoom_in)
        book.bind("view.zoom_out", timeline.zoom_out)
        book.bind("view.zoom_all", timeline.zoom_all)
        book.bind("view.zoom_selection", timeline.zoom_selection)
        book.bind("view.follow", self._toggle_follow)
        for name, mode in _TOOLS.items():
            book.bind(name, self._tool_setter(mode))
        for difficulty in Difficulty:
            book.bind(f"view.{difficulty.name.lower()}", self._difficulty_setter(difficulty))
        book.bind("view.domain", self._next_domain)
        for name in TIMELINE_ROWS:
            book.bind(f"view.row_{name}", partial(self._fold, name))
        timeline.layoutChanged.connect(self._on_layout)
        self._on_layout()
        book.bind("view.timeline", timeline.lanes.setFocus)

    def _bind_window(self, switch_theme: Callable[[], None]) -> None:
        book = self._desk.book
        book.bind("edit.palette", self.open_palette)
        book.bind("file.preferences", self.open_preferences)
        book.bind("help.keys", lambda: self.open_preferences(keys=True))
        book.bind("view.theme", switch_theme)
        book.bind("view.interface_size", self.open_preferences)
        book.bind("view.full_screen", self._toggle_full_screen)
        book.bind("help.logs", self._open_logs)
        book.bind("help.about", self._about)

    def open_preferences(self, *, keys: bool = False) -> None:
        """Show the preferences, at the keyboard page if wanted."""
        window = self._desk.window
        dialog = PreferencesDialog(self._desk.preferences, output_names(), window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if keys:
            dialog.show_keys()
        dialog.open()

    def show_place(self, start_s: float, end_s: float) -> None:
        """Bring a place into view with the playhead on it; a stretch is selected, too."""
        self._desk.transport.seek(start_s)
        if end_s > start_s:
            self._desk.document.select(Selection(span_s=(start_s, end_s)))
        self._desk.timeline.axis.reveal(start_s, end_s)

    def open_palette(self) -> None:
        """Ctrl+K."""
        palette = CommandPalette(self._desk.book, self._desk.window)
        palette.exec()
        palette.deleteLater()

    def _step_snap(self, steps: int) -> None:
        document = self._desk.document
        before = document.snap
        document.step_snap(steps)
        if document.snap == before:
            end = "finest" if steps > 0 else "coarsest"
            self._desk.told(f"1/{before} is the {end} grid")

    def _tool_setter(self, mode: Mode) -> Callable[[], None]:
        def choose() -> None:
            self._desk.timeline.tool.set_mode(mode)
            self._on_mode(mode)

        return choose

    def _difficulty_setter(self, difficulty: Difficulty) -> Callable[[], None]:
        def choose() -> None:
            self._desk.document.set_difficulty(difficulty)
            self._on_difficulty(difficulty)

        return choose

    def _on_mode(self, chosen: Mode) -> None:
        for name, mode in _TOOLS.items():
            self._desk.book.check(name, mode is chosen)

    def _on_difficulty(self, chosen: Difficulty) -> None:
        for difficulty in Difficulty:
            self._desk.book.check(f"view.{difficulty.name.lower()}", difficulty is chosen)

    def _fold(self, name: str) -> None:
        """Show a row of the timeline, or only its name."""
        shown = self._desk.book[f"view.row_{name}"].isChecked()
        self._desk.timeline.rows[name].set_folded(not shown)

    def _on_layout(self) -> None:
        for name, row in self._desk.timeline.rows.items():
            self._desk.book.check(f"view.row_{name}", not row.folded)

    def _toggle_follow(self) -> None:
        transport = self._desk.transport
        on = self._desk.book["view.follow"].isChecked()
        wanted = Follow(self._desk.preferences.text("follow"))
        transport.set_follow(
            (wanted if wanted is not Follow.OFF else Follow.PAGE) if on else Follow.OFF
        )

    def _on_preference(self, name: str) -> None:
        if name == "follow":
            preferences = self._desk.preferences
            self._desk.transport.set_follow(Follow(preferences.text("follow")))

    def _on_follow(self, follow: Follow) -> None:
        self._desk.book.check("view.follow", follow is not Follow.OFF)

    def _next_domain(self) -> None:
        document = self._desk.document
        others = [d for d in document.clips if d != document.domain]
        if others:
            document.set_domain(others[0])
            self._desk.told("Showing the drums" if others[0] == "drums" else "Showing the mix")
        else:
            self._desk.told("This song has only one audio to show")

    def _toggle_full_screen(self) -> None:
        window = self._desk.window
        if window.isFullScreen():
            window.showNormal()
        else:
            window.showFullScreen()
        self._desk.book.check("view.full_screen", window.isFullScreen())

    def _open_logs(self) -> None:
        folder = user_log_dir()
        make_folder(folder)  # a failure is shown in the bar
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _about(self) -> None:
        QMessageBox.about(
            self._desk.window,
            "About Chart Hero",
            f"<h3>Chart Hero {__version__}</h3>"
            "<p>Turns songs into drum charts for Clone Hero and YARG.</p>"
            "<p>Free software under the GNU General Public License, version 3 or later. "
            "Icons: Phosphor (MIT), from QtAwesome.</p>",
        )

    def _update(self) -> None:
        there = self._desk.document.source is not None
        self._desk.book.enable(_NEED_SONG, there, OPEN_FIRST)
        needs = SELECT_FIRST if there else OPEN_FIRST
        self._desk.book.enable(("view.zoom_selection",), bool(self._desk.document.selection), needs)
