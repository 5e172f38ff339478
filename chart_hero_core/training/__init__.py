"""Training: the loss, the batches, the loop, and the calibration that follows it."""
