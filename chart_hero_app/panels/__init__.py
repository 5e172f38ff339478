"""The docks around the timeline: decode, sections, review, song, training, evaluation."""
