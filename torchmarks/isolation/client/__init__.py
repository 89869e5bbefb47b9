"""The grader's side of isolation: engines, sessions, probes, and proxies of what students made."""
