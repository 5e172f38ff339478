"""A run from start to end: its loop, its files, and the measurements on the way."""
