"""Attacks on grading, as data, and what each of them must not get."""
