"""The rows of the timeline under each other: their heights and folds, and the time they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from chart_hero_app.timeline.activations import ActivationRow
from chart_hero_app.timeline.axis import MARGIN_PX, TimeAxis
from chart_hero_app.timeline.lanes import LanesRow
from chart_hero_app.timeline.overview import OverviewRow
from chart_hero_app.timeline.ruler import RulerRow
from chart_hero_app.timeline.spectrogram import SpectrogramRow
from chart_hero_app.timeline.stacking import stack_heights, without_room
from chart_hero_app.timeline.tempo import TempoRow
from chart_hero_app.timeline.waveform import WaveformRow

if TYPE_CHECKING:
    from chart_hero_app.settings.theme import Theme
    from chart_hero_app.timeline.beats import BeatEditing
    from chart_hero_app.timeline.row import Row
    from chart_hero_app.timeline.tools import LaneTool

# What is shut in a window too low for all, the first at first. Lanes and ruler never are.
_GIVE_WAY = ("spectrogram", "activation", "overview", "waveform", "tempo")


class RowStack(QWidget):
    """All rows over one time axis. What they show comes from elsewhere."""

    layoutChanged = Signal()  # heights or folds; save :meth:`layout_state`

    def __init__(
        self, theme: Theme, tool: LaneTool, beats: BeatEditing, parent: QWidget | None = None
    ) -> None:
        """``tool`` and ``beats`` follow the mouse on the lanes and on the tempo row."""
        super().__init__(parent)
        self._theme = theme
        self.axis = TimeAxis(self)
        self.overview = OverviewRow(self.axis, theme)
        self.ruler = RulerRow(self.axis, theme)
        self.waveform = WaveformRow(self.axis, theme)
        self.spectrogram = SpectrogramRow(self.axis, theme)
        self.activation = ActivationRow(self.axis, theme)
        self.lanes = LanesRow(self.axis, theme, tool)
        self.tempo = TempoRow(self.axis, theme, beats)
        self.rows: dict[str, Row] = {
            "overview": self.overview,
            "ruler": self.ruler,
            "waveform": self.waveform,
            "spectrogram": self.spectrogram,
            "activation": self.activation,
            "lanes": self.lanes,
            "tempo": self.tempo,
        }
        self._heights = {name: row.default_height for name, row in self.rows.items()}
        self._giving_way = list(_GIVE_WAY)
        for name, row in self.rows.items():
            self._adopt(name, row)

    def _adopt(self, name: str, row: Row) -> None:
        row.setParent(self)
        row.foldToggled.connect(self._on_fold_toggled)
        row.heightDragged.connect(lambda height: self.set_row_height(name, height))
        row.roomWanted.connect(lambda: self._prefer(name))

    def set_theme(self, theme: Theme) -> None:
        """Use other colours."""
        self._theme = theme
        for row in self.rows.values():
            row.set_theme(theme)
        self.update()

    def paintEvent(self, event: object) -> None:  # noqa: ARG002
        """Fill what the rows leave free."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("window"))
        painter.end()

    def set_row_height(self, name: str, height: int) -> None:
        """Give a row another height (logical pixels)."""
        row = self.rows[name]
        self._heights[name] = max(height, row.least_height)
        self._stack()
        self.layoutChanged.emit()

    def layout_state(self) -> dict[str, dict[str, int | bool]]:
        """Heights and folds, to be saved with the window."""
        return {
            name: {"height": self._heights[name], "folded": row.folded}
            for name, row in self.rows.items()
        }

    def restore_layout(self, state: object) -> None:
        """Take heights and folds from :meth:`layout_state`; what does not fit is passed over."""
        if not isinstance(state, dict):
            return
        for name, row in self.rows.items():
            saved = state.get(name)
            if isinstance(saved, dict):
                height, folded = saved.get("height"), saved.get("folded")
                if isinstance(height, int) and 0 < height < 4000:
                    self._heights[name] = max(height, row.least_height)
                if isinstance(folded, bool):
                    row.set_folded(folded)
        self._stack()

    def _on_fold_toggled(self) -> None:
        self._stack()
        self.layoutChanged.emit()

    def _prefer(self, name: str) -> None:
        """Rather shut other rows than this one."""
        self._giving_way = [*(other for other in self._giving_way if other != name), name]
        self._stack()

    def _stack(self) -> None:
        names, rows = list(self.rows), list(self.rows.values())
        shut = without_room(rows, [names.index(name) for name in self._giving_way], self.height())
        for i, row in enumerate(rows):
            row.set_squeezed(i in shut)
        heights = stack_heights(
            list(self.rows.values()), list(self._heights.values()), self.height()
        )
        top = 0
        for row, height in zip(self.rows.values(), heights, strict=True):
            row.setGeometry(0, top, self.width(), height)
            top += height

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the new size out among the rows."""
        super().resizeEvent(event)
        self._stack()
        self.axis.set_width(self.width() - MARGIN_PX, self.devicePixelRatioF())

    def showEvent(self, event: QShowEvent) -> None:
        """The screen, and with it the device pixel ratio, is known now."""
        super().showEvent(event)
        self.axis.set_width(self.width() - MARGIN_PX, self.devicePixelRatioF())
