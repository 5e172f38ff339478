"""Training clips: rendering and loading them, drawing them, their features and targets."""
