"""What a command is given on standard input."""

import sys
from collections.abc import Iterator

import click


def lines() -> Iterator[str]:
    """Its lines, without their ends.

    Raises:
        click.ClickException: it is not UTF-8 text.
    """
    try:
        for line in sys.stdin:
            yield line.rstrip("\n")
    except UnicodeDecodeError as error:
        raise click.ClickException("standard input is not UTF-8 text") from error
