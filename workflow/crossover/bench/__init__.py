"""Benchmarks, each run on one machine in one go: what is measured (`flow`), the machine, the tables."""
