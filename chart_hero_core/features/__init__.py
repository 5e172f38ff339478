"""What the model hears: the one definition of its input."""
