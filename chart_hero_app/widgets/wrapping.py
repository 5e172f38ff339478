"""Lines of a list that are broken where there is no more room, and never cut."""

from __future__ import annotations

import math

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPalette, QTextLayout, QTextOption
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

_Index = QModelIndex | QPersistentModelIndex
_TALL_PX = 10_000  # more than any line needs


def never_cut(shown: QListView) -> None:
    """Break the lines of a list as its width asks, and again whenever that changes."""
    shown.setItemDelegate(_WholeTexts(shown))
    shown.setResizeMode(QListView.ResizeMode.Adjust)
    shown.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    shown.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)


class _WholeTexts(QStyledItemDelegate):
    """Measures and draws texts by one and the same layout.

    Qt measures a line in more room than the style sheet leaves it, draws no more than it measured,
    and lets a word that is longer than the line end in dots.
    """

    def __init__(self, shown: QListView) -> None:
        super().__init__(shown)
        self._list = shown

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """As high as the text is in the width of the list."""
        made = self._made(option, index)
        made.rect = QRect(0, 0, self._list.viewport().width(), _TALL_PX)
        room = self._text_room(made)
        height = max(_height(_laid_out(made, room)), made.decorationSize.height())
        return QSize(made.rect.width(), math.ceil(height) + made.rect.height() - room.height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw what the style draws but for the text, then the text."""
        made = self._made(option, index)
        room = self._text_room(made)
        layout = _laid_out(made, room)
        made.text = " "  # not nothing: the style would put the icon elsewhere
        style = self._list.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, made, painter, self._list)
        painter.save()
        # That of chosen lines, too: the style sheet gives them a ground on which it can be read.
        painter.setPen(made.palette.color(QPalette.ColorRole.Text))
        top = room.top() + (room.height() - _height(layout)) / 2
        layout.draw(painter, QPointF(room.left(), top))
        painter.restore()

    def _made(self, option: QStyleOptionViewItem, index: _Index) -> QStyleOptionViewItem:
        made = QStyleOptionViewItem(option)
        self.initStyleOption(made, index)
        return made

    def _text_room(self, made: QStyleOptionViewItem) -> QRect:
        style = self._list.style()
        part = QStyle.SubElement.SE_ItemViewItemText
        room = style.subElementRect(part, made, self._list)
        beside = style.pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, made, self._list) + 1
        return room.adjusted(beside, 0, -beside, 0)


def _laid_out(made: QStyleOptionViewItem, room: QRect) -> QTextLayout:
    layout = QTextLayout(made.text.replace("\n", "\u2028"), made.font)
    wrapping = QTextOption()
    wrapping.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(wrapping)
    layout.beginLayout()
    top = 0.0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(max(room.width(), 1))
        line.setPosition(QPointF(0.0, top))
        top += line.height()
    layout.endLayout()
    return layout


def _height(layout: QTextLayout) -> float:
    return sum(layout.lineAt(index).height() for index in range(layout.lineCount()))
