"""Using a window as a person does, and the chart that its tests start from."""

from chart_hero_app.main_window.window import MainWindow
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Note

NOTES = [Note(480 * beat, Lane.RED) for beat in range(8)]


def run(window: MainWindow, name: str) -> None:
    """Trigger a command as a menu or key would."""
    action = window.book[name]
    assert action.isEnabled(), name
    action.trigger()
