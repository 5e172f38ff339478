"""Audio features: the one definition of the model's input."""
