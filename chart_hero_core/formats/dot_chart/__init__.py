"""notes.chart: the reader and the writer."""

from chart_hero_core.formats.dot_chart.reader import read_chart
from chart_hero_core.formats.dot_chart.writer import write_chart

__all__ = ["read_chart", "write_chart"]
