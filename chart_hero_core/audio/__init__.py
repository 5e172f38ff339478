"""Sound: decoding files and stems, loudness, display peaks, fingerprints, tags."""
