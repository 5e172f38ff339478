"""Chart files and song folders: what is on disk <-> :class:`~chart_hero_core.chart.song.Song`."""

from chart_hero_core.formats.result import ReadResult

__all__ = ["ReadResult"]
