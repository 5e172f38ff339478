"""Learning from a person's own songs, and the gate that a model must pass after it."""
