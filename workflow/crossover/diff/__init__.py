"""Compare two files, or the results of two runs: what differs, by how much, and whether the seeds explain it."""
