"""Oracles: what each exercise's statement demands, worked out apart from the reference solution."""
