"""What crosses between the grader and students' processes: messages, observations, limits."""
