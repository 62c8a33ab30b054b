"""`python -m desk` is `acedesk`."""

from desk.cli import main

main()
