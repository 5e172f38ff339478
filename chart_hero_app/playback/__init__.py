"""Playing the song, its drums stem, the metronome and the chart itself."""
