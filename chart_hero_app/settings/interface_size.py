"""How large the whole interface is: text, icons, rows and spaces alike.

Every size of the program is given in Qt's own pixels, so one factor of Qt's makes all of it larger
and nothing can be forgotten. Qt takes that factor only when its application is made: another size
takes effect at the next start.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QFont, QFontInfo

SYSTEM = "system"
PERCENTS = (90, 100, 110, 125, 150, 175, 200)
CHOICES = ((SYSTEM, "Match the system font"), *((str(p), f"{p} %") for p in PERCENTS))

_FACTOR = "QT_SCALE_FACTOR"
_PROPERTY = "interface_percent"
# The system's font in points where nobody has changed it; the largest of those that are common.
_USUAL_PT = {"win32": 9.0, "darwin": 13.0}
_USUAL_ELSEWHERE_PT = 11.0
_STEP, _LEAST, _MOST = 5, 110, 200  # percent; a font that is hardly larger changes nothing


def percent_of_font(font: QFont, platform: str = sys.platform) -> int:
    """How large the interface is to be, in percent, to go with the system's font; 100 at least.

    Where the system makes everything larger, and not its font alone, Qt does so by itself.
    """
    usual_pt = _USUAL_PT.get(platform, _USUAL_ELSEWHERE_PT)
    size_pt = font.pointSizeF()  # negative where the font was given in pixels
    exact = 100 * (size_pt if size_pt > 0 else QFontInfo(font).pointSizeF()) / usual_pt
    percent = round(exact / _STEP) * _STEP
    return min(percent, _MOST) if percent >= _LEAST else 100


@contextlib.contextmanager
def enlarged(percent: int) -> Iterator[None]:
    """An application made in this block shows everything at ``percent``.

    Afterwards the environment is as it was: what the program starts is not enlarged by it.
    """
    before = os.environ.get(_FACTOR)
    if percent != 100:
        os.environ[_FACTOR] = f"{_number(before) * percent / 100:.4g}"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(_FACTOR, None)
        else:
            os.environ[_FACTOR] = before


def _number(told: str | None) -> float:
    """The factor that the person has set for all programs of Qt's."""
    try:
        return float(told or 1.0)
    except ValueError:
        return 1.0  # as Qt takes it


def set_percent(application: QCoreApplication, chosen: str, percent: int) -> None:
    """Note what was chosen at the start, and what ``application`` is shown at for that."""
    application.setProperty(_PROPERTY, {"chosen": chosen, "percent": percent})


def takes_restart(choice: str) -> bool:
    """Whether ``choice`` looks different from how the application that runs was started."""
    application = QCoreApplication.instance()
    told = None if application is None else application.property(_PROPERTY)
    if not isinstance(told, dict):
        return choice not in (SYSTEM, "100")
    return choice != told["chosen"] and choice != str(told["percent"])
