"""The docks: each panel in its place, remembered from one start to the next."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QTabBar, QTabWidget, QWidget

from chart_hero_app.main_window.focus import first_in
from chart_hero_app.settings.preferences import Preferences
from chart_hero_app.widgets.roomy import roomy

_LAYOUT_VERSION = 1
_RIGHT = Qt.DockWidgetArea.RightDockWidgetArea
DEFAULT_WIDTH = 360
# In less the sliders of the Decode panel could not be dragged any more, and tabs would be cut off.
LEAST_WIDTH = 340
ALWAYS = ("training",)  # panels that can be called up without a song


class Docks:
    """The dock widgets by name, in two groups of tabs."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self.docks: dict[str, QDockWidget] = {}
        self._kept: QByteArray | None = None  # the layout while the panels step aside
        self._default = QByteArray()
        self._timer = QTimer(window)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.hide_titles)
        window.setDockOptions(
            QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AllowNestedDocks
            | QMainWindow.DockOption.GroupedDragging
        )
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)

    def add(self, name: str, title: str, panel: QWidget) -> QDockWidget:
        """Put a panel into a dock of the right-hand group.

        It is scrolled where it is higher than its dock: no panel makes the window taller.
        """
        dock = QDockWidget(title, self._window)
        dock.setObjectName(f"dock_{name}")
        area = roomy(panel)
        area.setMinimumWidth(LEAST_WIDTH)
        dock.setWidget(area)
        self._window.addDockWidget(_RIGHT, dock)
        self.docks[name] = dock
        for signal in (dock.topLevelChanged, dock.dockLocationChanged, dock.visibilityChanged):
            signal.connect(self._timer.start)
        return dock

    def hide_titles(self) -> None:
        """A dock among tabs needs no title of its own; alone or floating it does."""
        for bar in self._window.findChildren(
            QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly
        ):
            bar.setElideMode(Qt.TextElideMode.ElideNone)
            bar.setUsesScrollButtons(True)
            bar.setExpanding(False)
            bar.setAccessibleName("Panels")
        for dock in self.docks.values():
            tabbed = bool(self._window.tabifiedDockWidgets(dock)) and not dock.isFloating()
            if tabbed and dock.titleBarWidget() is None:
                dock.setTitleBarWidget(QWidget())
            elif not tabbed and dock.titleBarWidget() is not None:
                dock.setTitleBarWidget(None)  # type: ignore[arg-type]

    def fill_menu(self, menu: QMenu) -> None:
        """Offer to show and hide each panel."""
        shown = menu.addMenu("Panels shown")
        for dock in self.docks.values():
            shown.addAction(dock.toggleViewAction())

    def _make_default(self) -> QByteArray:
        """The layout of the first start."""
        docks = list(self.docks.values())
        for dock in docks:
            dock.setFloating(False)
            self._window.addDockWidget(_RIGHT, dock)
            dock.show()
        for before, after in itertools.pairwise(docks):
            self._window.tabifyDockWidget(before, after)
        docks[0].raise_()
        self._set_width()
        return self._window.saveState(_LAYOUT_VERSION)

    def _set_width(self) -> None:
        first = next(iter(self.docks.values()))
        self._window.resizeDocks([first], [DEFAULT_WIDTH], Qt.Orientation.Horizontal)

    def reset(self) -> None:
        """The layout of the first start; without a song for when there is one again.

        It is restored and not made anew: one above the other, until they are tabs again, the
        panels would need a taller window.
        """
        if self._kept is not None:
            self._kept = self._default
        else:
            for dock in self.docks.values():
                dock.setFloating(False)
                dock.hide()  # else Qt leaves their old tabs standing under the new ones
            self._window.restoreState(self._default, _LAYOUT_VERSION)
            self._set_width()

    def raise_panel(self, name: str) -> None:
        """Show a panel in front of its tab group."""
        dock = self.docks[name]
        dock.show()
        dock.raise_()

    def bring_forward(self, name: str) -> None:
        """Show a panel that stands behind another; one that was closed stays closed."""
        dock = self.docks[name]
        if not dock.isHidden():
            dock.raise_()

    def visit(self, name: str) -> None:
        """Show a panel and give it the keyboard."""
        self.raise_panel(name)
        first = first_in(self.docks[name].widget())
        if first is not None:
            first.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def set_available(self, available: bool) -> None:
        """Without a song panels have nothing to show and step aside, but for :data:`ALWAYS`."""
        if available and self._kept is not None:
            self._window.restoreState(self._kept, _LAYOUT_VERSION)
            self._kept = None
        elif not available and self._kept is None:
            self._kept = self._window.saveState(_LAYOUT_VERSION)
            for dock in self.docks.values():
                dock.hide()
        for name, dock in self.docks.items():
            dock.toggleViewAction().setEnabled(available or name in ALWAYS)

    def save(self, preferences: Preferences) -> None:
        """Remember where everything is."""
        kept = self._kept or self._window.saveState(_LAYOUT_VERSION)
        state = bytes(kept.toBase64().data()).decode("ascii")
        geometry = bytes(self._window.saveGeometry().toBase64().data()).decode("ascii")
        preferences.set_layout("docks", state)
        preferences.set_layout("geometry", geometry)

    def restore(self, preferences: Preferences) -> None:
        """Put everything where it was; as at first where that is unknown."""
        geometry = preferences.layout("geometry")
        if isinstance(geometry, str):
            self._window.restoreGeometry(QByteArray.fromBase64(geometry.encode("ascii", "replace")))
        if self._default.isEmpty():
            self._default = self._make_default()
        state = preferences.layout("docks")
        restored = isinstance(state, str) and self._window.restoreState(
            QByteArray.fromBase64(state.encode("ascii", "replace")), _LAYOUT_VERSION
        )
        if not restored:
            self.reset()
