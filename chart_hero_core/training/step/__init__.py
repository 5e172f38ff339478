"""One step of learning: the networks, the loss with its stages, the optimiser."""
