"""The Chart Hero desktop program, on top of :mod:`chart_hero_core`."""
