"""The report card: each claim of the papers judged from a summary cube, by rules fixed before any run."""
