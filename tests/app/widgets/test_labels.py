"""Words on labels."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableWidget, QTreeWidget
from pytestqt.qtbot import QtBot

from chart_hero_app.widgets.labels import YieldingLabel, bpm_text, head_numbers, percent, shortened


@pytest.mark.parametrize(
    ("text", "shown"), [("abcdefg", "abcdefg"), ("abcdefgh", "abc…fgh"), ("", "")]
)
def test_the_middle_is_left_out(text: str, shown: str) -> None:
    assert shortened(text, 7) == shown


def test_a_tempo_too_fast_for_any_song_has_no_decimals() -> None:
    assert (bpm_text(110.254), bpm_text(2679.05)) == ("110.25 BPM", "2679 BPM")


def test_percent() -> None:
    assert percent(0.834) == "83 %"


def test_titles_stand_over_the_right_ends_of_numbers(qtbot: QtBot) -> None:
    tree, table = QTreeWidget(), QTableWidget(0, 2)
    for view in (tree, table):
        qtbot.addWidget(view)
    tree.setHeaderLabels(["Reading", "BPM"])
    table.setHorizontalHeaderLabels(["Song", "Edits"])
    head_numbers(tree)
    head_numbers(table)
    right = Qt.AlignmentFlag.AlignRight
    for view in (tree, table):
        model = view.model()
        told = [
            Qt.AlignmentFlag(
                model.headerData(i, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole)
                or 0
            )
            for i in range(2)
        ]
        assert [bool(alignment & right) for alignment in told] == [False, True]


def test_a_label_that_gives_way_shows_both_ends(qtbot: QtBot) -> None:
    made, whole, ends = YieldingLabel("a" + "b" * 60 + "c"), YieldingLabel(), YieldingLabel()
    for shown in (made, whole, ends):
        qtbot.addWidget(shown)
    assert made.minimumSizeHint().width() < made.sizeHint().width() / 4
    made.resize(120, 20)
    whole.setText(made.text())
    whole.resize(made.sizeHint().width(), 20)
    fitted = made.fontMetrics().elidedText(
        made.text(), Qt.TextElideMode.ElideMiddle, made.contentsRect().width()
    )
    ends.setText(fitted)
    ends.resize(made.size())
    assert fitted.startswith("ab")
    assert fitted.endswith("bc")
    assert made.grab().toImage() == ends.grab().toImage()
    assert made.grab().toImage() != whole.grab().toImage()
