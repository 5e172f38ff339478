"""The chart: what a song's drum part is, how it is edited, reduced and checked."""
