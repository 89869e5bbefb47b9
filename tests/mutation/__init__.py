"""Mutants of the reference solutions, and the share of them that hidden tests refuse."""
