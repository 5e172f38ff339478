"""The size of the interface: of its own or of the system's font, and of nothing else."""

import os
import subprocess
import sys

import pytest
from PySide6.QtGui import QFont

from chart_hero_app.settings.interface_size import CHOICES, enlarged, percent_of_font

_SCRIPT = """
import os
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLabel
from chart_hero_app.main_window import application

application.percent_of_font = lambda font: {font}
made = application.make_application(["test"], {size!r})
label = QLabel("text")
label.setFixedSize(100, 20)
print(made.devicePixelRatio(), label.grab().width(), os.environ.get("QT_SCALE_FACTOR"))
"""


def shown(size: str, font: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ratio of the screen, width of 100 px, and what is left in the environment."""
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    result = subprocess.run(
        [sys.executable, "-c", _SCRIPT.format(size=size, font=font)],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return result.stdout.split()


def test_everything_is_as_large_as_was_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown("150", 200, monkeypatch) == ["1.5", "150", "None"]


def test_where_nothing_was_chosen_the_font_of_the_system_decides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert shown("system", 125, monkeypatch) == ["1.25", "125", "None"]


def test_a_factor_for_all_programs_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_SCALE_FACTOR", "2")
    assert shown("125", 100, monkeypatch) == ["2.5", "250", "2"]


def test_the_environment_is_as_before_even_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_SCALE_FACTOR", "nonsense")
    inside: list[str] = []

    def fail() -> None:
        with enlarged(150):
            inside.append(os.environ["QT_SCALE_FACTOR"])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert inside == ["1.5"]
    assert os.environ["QT_SCALE_FACTOR"] == "nonsense"


@pytest.mark.parametrize(
    ("points", "platform", "percent"),
    [
        (9.0, "linux", 100),  # never smaller than usual
        (11.0, "linux", 100),
        (11.5, "linux", 100),  # 104.5 %: hardly larger
        (13.0, "linux", 120),  # 118 %
        (16.5, "linux", 150),
        (40.0, "linux", 200),
        (11.0, "win32", 120),  # 122 %
        (13.0, "darwin", 100),
    ],
)
def test_what_goes_with_a_font(qapp: object, points: float, platform: str, percent: int) -> None:
    font = QFont()
    font.setPointSizeF(points)
    assert percent_of_font(font, platform) == percent


def test_sizes_that_were_asked_for_can_be_chosen() -> None:
    assert {"90", "100", "110", "125", "150"} < {name for name, _ in CHOICES}
