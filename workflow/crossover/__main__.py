"""`python -m crossover` is the command `crossover`."""

from crossover.cli import main

main()
