"""The network, its checkpoints, and running it over a song. The only core layers with torch in
them are this one and those above it."""
