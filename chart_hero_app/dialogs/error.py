"""The dialog for what nobody expected: a sentence, and the details to copy."""

from __future__ import annotations

import platform
import sys
import traceback

from PySide6.QtCore import qVersion
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from chart_hero_app.widgets.labels import label
from chart_hero_core import __version__
from chart_hero_core.base.files import user_log_dir


def report(error: BaseException) -> str:
    """Everything somebody needs to find the fault."""
    lines = [
        f"Chart Hero {__version__}, Python {sys.version.split()[0]}, Qt {qVersion()}",
        platform.platform(),
        "",
        *traceback.format_exception(error),
    ]
    return "\n".join(line.rstrip("\n") for line in lines)


class ErrorDialog(QDialog):
    """Says that something unexpected happened; the work is safe; the details can be copied."""

    def __init__(self, doing: str, error: BaseException, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Something unexpected happened")
        self.setMinimumSize(560, 380)
        self.details = QPlainTextEdit(report(error))
        self.details.setReadOnly(True)
        self.details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.details.setAccessibleName("Details")
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setStyleHint(QFont.StyleHint.Monospace)
        self.details.setFont(font)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = buttons.addButton("Copy details", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.clicked.connect(self.copy_details)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(label(f"{doing} failed unexpectedly.", "heading", wrap=True))
        layout.addWidget(
            label(
                "Your chart is not affected. Please copy the details into a bug report; "
                f"they are also in the log in {user_log_dir()}.",
                wrap=True,
            )
        )
        layout.addWidget(self.details, 1)
        layout.addWidget(buttons)

    def copy_details(self) -> None:
        """Put the details on the clipboard."""
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(self.details.toPlainText())
        self.copy.setText("Copied")
