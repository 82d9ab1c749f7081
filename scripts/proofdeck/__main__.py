"""`python -m proofdeck` is the same as `proofdeck`."""

from proofdeck.cli import main

main()
