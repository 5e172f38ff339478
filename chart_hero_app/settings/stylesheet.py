"""The style sheet over Fusion: spacing, radii and states, in the colours of a theme."""

from PySide6.QtWidgets import QApplication

from chart_hero_app.settings.theme import Theme, qpalette
from chart_hero_core.base.files import resources_dir

# An 8 px grid and 6 px radii; base text 13 px, labels 11 px.
_TEMPLATE = """
* {{ font-size: 13px; }}
QMainWindow, QDialog {{ background: {window}; }}
QMainWindow::separator {{ background: {window}; width: 5px; height: 5px; }}
QMainWindow::separator:hover {{ background: {accent}; }}
QToolTip {{ color: {text}; background: {raised}; border: 1px solid {hairline}; padding: 4px 6px; }}

QMenuBar {{ background: {window}; padding: 2px 4px; }}
QMenuBar::item {{ padding: 4px 9px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected {{ background: {raised}; }}
QMenu {{ background: {raised}; border: 1px solid {hairline}; padding: 5px; }}
QMenu::item {{ padding: 5px 26px 5px 28px; border-radius: 4px; }}
QMenu::item:selected {{ background: {accent}; color: {on_accent}; }}
QMenu::item:disabled {{ color: {faint}; background: transparent; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::icon:checked {{ background: {accent_soft}; border: 1px solid {accent};
  border-radius: 4px; }}
QMenu::separator {{ height: 1px; background: {hairline}; margin: 5px 8px; }}

QToolBar {{ background: {window}; border: none; border-bottom: 1px solid {hairline};
  spacing: 2px; padding: 4px 8px; }}
QToolBar::separator {{ background: {hairline}; width: 1px; margin: 5px 7px; }}
QToolButton {{ border: 1px solid transparent; border-radius: 6px; padding: 5px; }}
QToolButton:hover {{ background: {raised}; }}
QToolButton:pressed {{ background: {hairline}; }}
QToolButton:checked {{ background: {accent_soft}; border-color: {accent}; }}
QToolButton:checked:disabled {{ background: {raised}; border-color: {hairline}; }}
QToolButton:focus {{ border-color: {accent}; }}
QToolButton[popupMode="2"] {{ padding-right: 14px; }}
QToolButton[popupMode="2"][role="dots"] {{ padding-right: 5px; }}
QToolButton[role="dots"]::menu-indicator {{ image: none; width: 0; }}
QToolButton::menu-indicator {{ subcontrol-position: right center; right: 3px; }}

#qt_toolbar_ext_button {{ padding: 0; }}

QToolButton[role="fold"], QToolButton[role="fold"]:checked {{ font-weight: 600;
  padding: 3px 4px; background: transparent; border-color: transparent; }}
QToolButton[role="fold"]:hover {{ background: {raised}; }}
QToolButton[role="fold"]:focus {{ border-color: {accent}; }}
QToolButton[role="main"] {{ background: {accent}; color: {on_accent}; font-weight: 600;
  padding: 5px 11px; }}
QToolButton[role="main"]:hover {{ background: {accent_bright}; }}
QToolButton[role="main"]:focus {{ border-color: {text}; }}
QToolButton[role="main"]:disabled {{ background: {raised}; color: {faint}; }}
QToolButton[role="wide"] {{ background: {raised}; border-color: {hairline}; padding: 5px 11px; }}
QToolButton[role="wide"]:hover {{ border-color: {quiet}; }}
QToolButton[role="wide"]:disabled {{ color: {faint}; }}

QStatusBar {{ background: {window}; border-top: 1px solid {hairline}; color: {quiet}; }}
QStatusBar::item {{ border: none; }}
QStatusBar QLabel {{ font-size: 12px; color: {quiet}; padding: 0 2px; }}
QStatusBar QLabel[strong="true"] {{ color: {text}; }}

QDockWidget {{ color: {quiet}; font-weight: 600; }}
QDockWidget::title {{ background: {window}; padding: 6px 8px; }}
QDockWidget > QWidget {{ background: {panel}; }}
QTabBar {{ background: transparent; outline: none; }}
QTabBar::tab {{ background: transparent; color: {quiet}; padding: 6px 7px;
  border: none; border-bottom: 2px solid transparent; }}
QMainWindow > QTabBar::tab {{ padding: 6px 5px; font-size: 12px; }}
QTabBar::tab:hover {{ color: {text}; }}
QTabBar::tab:selected {{ color: {text}; border-bottom-color: {accent}; }}
QTabBar::tab:focus {{ background: {accent_soft}; }}
QTabBar::tab:disabled {{ color: {faint}; }}
QTabBar::tab:selected:disabled {{ border-bottom-color: {hairline}; }}
QTabWidget::pane {{ border: none; border-top: 1px solid {hairline}; background: {panel}; }}

QPushButton {{ background: {raised}; border: 1px solid {hairline}; border-radius: 6px;
  padding: 6px 13px; min-height: 17px; }}
QPushButton:hover {{ border-color: {quiet}; }}
QPushButton:pressed {{ background: {hairline}; }}
QPushButton:focus {{ border-color: {accent}; }}
QPushButton:disabled {{ color: {faint}; }}
QPushButton[primary="true"] {{ background: {accent}; border-color: {accent}; color: {on_accent};
  font-weight: 600; }}
QPushButton[primary="true"]:hover {{ background: {accent_bright}; }}
QPushButton[primary="true"]:focus {{ border: 2px solid {text}; padding: 5px 12px; }}
QPushButton[primary="true"]:disabled {{ background: {raised}; border-color: {hairline};
  color: {faint}; }}
QPushButton[flat="true"] {{ background: transparent; border-color: transparent; }}
QPushButton[flat="true"]:hover {{ background: {raised}; }}
QPushButton[flat="true"]:focus {{ border-color: {accent}; }}

QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QKeySequenceEdit, QComboBox {{
  background: {field}; border: 1px solid {hairline}; border-radius: 5px; padding: 4px 7px;
  selection-background-color: {accent}; selection-color: {on_accent}; min-height: 17px; }}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus,
QComboBox:focus, QAbstractItemView:focus {{ border-color: {accent}; }}
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {{
  color: {faint}; }}
QComboBox {{ padding: 4px 18px 4px 9px; }}
QSpinBox, QDoubleSpinBox {{ padding: 3px 4px; }}
QAbstractSpinBox QLineEdit {{ border: none; background: transparent; padding: 0 4px;
  min-height: 0; }}
QComboBox::drop-down {{ border: none; width: 18px; }}
QComboBox::down-arrow {{ image: url("{chevron}"); width: 10px; height: 10px; }}
QComboBox QAbstractItemView {{ background: {raised}; border: 1px solid {hairline}; padding: 4px;
  outline: none; }}
QSpinBox[bare="true"], QDoubleSpinBox[bare="true"] {{ padding: 2px 4px; }}
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button,
QDoubleSpinBox::down-button {{ width: 0; border: none; }}

QAbstractItemView {{ background: {panel}; border: 1px solid {hairline}; border-radius: 6px;
  outline: none; alternate-background-color: {window}; }}
QListView::item, QTreeView::item, QTableView::item {{ padding: 4px 6px; border-radius: 4px; }}
QTreeView::item, QTableView::item {{ border-radius: 0; }}
QListView::item:hover, QTreeView::item:hover {{ background: {raised}; }}
QListView::item:selected, QTreeView::item:selected, QTableView::item:selected {{
  background: {accent_soft}; color: {text}; }}
QHeaderView {{ border: none; border-radius: 0; }}
QHeaderView::section {{ background: {panel}; color: {quiet}; border: none;
  border-bottom: 1px solid {hairline}; padding: 5px 7px; font-size: 11px; }}
QTableWidget[role="narrow"] QHeaderView::section {{ padding: 5px 4px; }}

QScrollArea {{ border: none; background: transparent; }}
QScrollArea > QWidget > QWidget {{ background: transparent; }}
QScrollBar {{ background: transparent; border: none; }}
QScrollBar:vertical {{ width: 11px; }}
QScrollBar:horizontal {{ height: 11px; }}
QScrollBar::handle {{ background: {hairline}; border-radius: 4px; margin: 2px;
  min-height: 24px; min-width: 24px; }}
QScrollBar::handle:hover {{ background: {faint}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: none; }}

QProgressBar {{ background: {raised}; border: none; border-radius: 3px; max-height: 6px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 3px; }}

QSlider::groove:horizontal {{ height: 4px; background: {hairline}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {accent}; border-radius: 2px; }}
QSlider::sub-page:horizontal:disabled {{ background: {hairline}; }}
QSlider::handle:horizontal {{ width: 12px; height: 12px; margin: -5px 0; border-radius: 7px;
  background: {text}; border: 1px solid {window}; }}
QSlider::handle:horizontal:hover {{ background: {accent_bright}; }}
QSlider:focus {{ border: 1px solid {accent}; border-radius: 6px; }}

QCheckBox, QRadioButton {{ spacing: 8px; border: 1px solid transparent; border-radius: 4px;
  padding: 2px 6px 2px 2px; }}
QCheckBox:focus, QRadioButton:focus {{ border-color: {accent}; }}
QCheckBox::indicator, QAbstractItemView::indicator {{ width: 13px; height: 13px;
  border: 1px solid {faint}; border-radius: 3px; background: {field}; }}
QCheckBox::indicator:hover {{ border-color: {quiet}; }}
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked {{ background: {accent};
  border-color: {accent}; image: url("{check}"); }}
QCheckBox::indicator:disabled {{ border-color: {hairline}; }}
QCheckBox::indicator:checked:disabled {{ background: {faint}; border-color: {faint}; }}
QGroupBox {{ border: none; margin-top: 24px; font-weight: 600; }}
QGroupBox::title {{ subcontrol-origin: margin; left: 0; color: {quiet}; }}

QLabel[role="title"] {{ font-size: 22px; font-weight: 600; }}
QLabel[role="heading"] {{ font-size: 14px; font-weight: 600; }}
QLabel[role="quiet"] {{ color: {quiet}; }}
QLabel[role="small"] {{ color: {quiet}; font-size: 11px; }}
QLabel[role="caption"] {{ color: {quiet}; font-size: 11px; font-weight: 600; }}
QLabel[role="good"] {{ color: {good}; }}
QLabel[role="warn"] {{ color: {warn}; }}
QLabel[role="bad"] {{ color: {bad}; }}
QLabel[role="picture"] {{ color: {quiet}; border: 1px dashed {hairline}; border-radius: 6px; }}
QWidget[role="empty"] {{ border: 1px solid transparent; border-radius: 6px; }}
QWidget[role="empty"]:focus {{ border-color: {accent}; }}
QFrame[role="line"] {{ background: {hairline}; border: none; }}
QFrame[role="drop"] {{ border: 2px dashed {hairline}; border-radius: 10px; }}
QFrame[role="drop"][hot="true"] {{ border-color: {accent}; background: {accent_soft}; }}
QFrame[role="bar"] {{ border: none; border-bottom: 1px solid {hairline}; }}
QFrame[role="bar"][kind="error"] {{ background: {bad_soft}; }}
QFrame[role="bar"][kind="note"] {{ background: {accent_soft}; }}
QFrame[role="bar"][kind="warning"] {{ background: {warn_soft}; }}
"""


def wear(theme: Theme) -> None:
    """Give the whole application the colours of a theme."""
    application = QApplication.instance()
    if isinstance(application, QApplication):
        application.setPalette(qpalette(theme))
        application.setStyleSheet(stylesheet(theme))


def stylesheet(theme: Theme) -> str:
    """The style sheet for a theme."""
    return _TEMPLATE.format(
        window=theme.window,
        panel=theme.panel,
        raised=theme.raised,
        hairline=theme.hairline,
        text=theme.text,
        quiet=theme.quiet,
        faint=_mix(theme.quiet, theme.panel, 0.45),
        field=_mix(theme.panel, theme.window, 0.6) if theme.dark else theme.panel,
        accent=theme.accent,
        accent_bright=_mix(theme.accent, "#FFFFFF", 0.15),
        accent_soft=_mix(theme.panel, theme.accent, 0.18),
        on_accent=theme.window if theme.dark else theme.panel,
        chevron=(resources_dir() / "icons" / f"chevron-{theme.name}.svg").as_posix(),
        check=(resources_dir() / "icons" / f"check-{theme.name}.svg").as_posix(),
        good=theme.good,
        warn=theme.warn,
        bad=theme.bad,
        bad_soft=_mix(theme.panel, theme.bad, 0.18),
        warn_soft=_mix(theme.panel, theme.warn, 0.18),
    )


def _mix(first: str, second: str, share: float) -> str:
    """``#RRGGBB`` between two colours; ``share`` of the second."""
    parts = [
        round(int(first[i : i + 2], 16) * (1 - share) + int(second[i : i + 2], 16) * share)
        for i in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02X}" for part in parts)
