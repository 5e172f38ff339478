"""Training of the small networks beside the large one: song context, beats, tom pitch."""
