"""The catalogue of mistakes: what is read of it, what is refused, and what is recognised by it."""
