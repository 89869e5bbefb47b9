"""The student's half: settings, cells, and what cells leave."""
