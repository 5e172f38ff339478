"""From activations to hits: peaks, the knobs that judge them, presets, micro passages."""
