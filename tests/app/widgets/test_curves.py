"""The plot of training curves."""

import pytest
from pytestqt.qtbot import QtBot

from chart_hero_app.settings.theme import DARK, LIGHT
from chart_hero_app.widgets.curves import Curve, CurvesPlot


@pytest.fixture
def plot(qtbot: QtBot) -> CurvesPlot:
    found = CurvesPlot(DARK)
    qtbot.addWidget(found)
    found.resize(360, 170)
    found.show()
    return found


def test_every_curve_has_its_own_scale_and_stands_in_the_legend(plot: CurvesPlot) -> None:
    loss = Curve("loss", ((50.0, 3.0), (100.0, 2.0), (150.0, 1.0)), "quiet")
    held_out = Curve("F", ((50.0, 0.8), (150.0, 0.9)), "accent", dashed=True)
    plot.set_curves([loss, held_out, Curve("nothing yet", (), "text")])
    assert [curve.name for curve in plot.curves] == ["loss", "F"]
    assert plot._plot is not None
    item = plot._plot.getPlotItem()
    lines = [drawn for drawn in item.listDataItems() if drawn.opts["pen"] is not None]
    assert [list(line.getData()[0]) for line in lines] == [[50, 100, 150], [50, 150]]
    assert [list(line.getData()[1]) for line in lines] == [[1.0, 0.5, 0.0], [0.0, 1.0]]
    assert [label.text for _, label in item.legend.items] == ["loss 1", "F 0.9"]
    assert plot.accessibleDescription() == "loss 1, F 0.9"


def test_the_axis_has_all_steps_of_the_run_from_the_start(plot: CurvesPlot) -> None:
    plot.set_curves([Curve("loss", ((0.0, 2.0),), "quiet")], 300)
    assert plot._plot is not None
    low, high = plot._plot.getPlotItem().viewRange()[0]
    assert -30 < low <= 0
    assert 300 <= high < 330


def test_a_plot_without_curves_says_so(plot: CurvesPlot) -> None:
    assert plot._nothing.isVisible()
    plot.set_curves([Curve("loss", ((1.0, 2.0),), "quiet")])
    assert not plot._nothing.isVisible()
    plot.set_curves([])
    assert plot._nothing.isVisible()


def test_curves_follow_the_colours(plot: CurvesPlot) -> None:
    plot.set_curves([Curve("loss", ((1.0, 2.0), (2.0, 1.0)), "accent")])
    plot.set_theme(LIGHT)
    assert plot._plot is not None
    line = plot._plot.getPlotItem().listDataItems()[0]
    assert line.opts["pen"].color().name() == LIGHT.colour("accent").name()
    assert plot._plot.backgroundBrush().color().name() == LIGHT.colour("panel").name()


@pytest.mark.parametrize("height", [120, 150, 320])
def test_no_curve_runs_through_the_legend(plot: CurvesPlot, qtbot: QtBot, height: int) -> None:
    plot.setFixedHeight(height)
    plot.set_curves([Curve("loss", ((0.0, 2.0), (300.0, 1.0)), "quiet")], 300)
    assert plot._plot is not None
    item = plot._plot.getPlotItem()

    def stands_above() -> bool:
        words = item.legend.mapRectToScene(item.legend.boundingRect())
        room = item.getViewBox().sceneBoundingRect()
        return bool(words.top() >= 0 and words.bottom() <= room.top() + 1)

    qtbot.waitUntil(stands_above)
