"""What runs beside students' code, in the sandbox: the warm server, sessions, probes."""
