"""What a checkpoint may claim: confidences, thresholds, gate, timing, arbitration."""
