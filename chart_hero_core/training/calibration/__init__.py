"""Calibration of a checkpoint: confidences, thresholds, gate, timing, arbitration."""
