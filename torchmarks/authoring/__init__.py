"""For those who write assignments: proving, releasing and describing them."""
