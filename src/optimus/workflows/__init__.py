"""The only place where two domains meet: one file for each use case."""
