"""`python -m s2s_tasks` is `s2s`."""

from .cli import main

main()
