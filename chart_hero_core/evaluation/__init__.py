"""How well drums were heard: strokes matched, counted and broken down, charts in edits."""
