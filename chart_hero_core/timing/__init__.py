"""Musical time: the tempo map, beat tracking and quantisation."""
