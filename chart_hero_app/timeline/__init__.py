"""The timeline: rows that share one time axis, and what mouse and keyboard do on them."""
