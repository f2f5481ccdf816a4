"""Fuzzing of everything that reads what a sender wrote: `make fuzz` (MINUTES=10 of CPU). Not in CI, but for a few hundred inputs."""
