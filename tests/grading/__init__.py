"""The judge and its parts, on small notebooks."""
