"""`language`: the language of lines of text."""

import sys

import click

from desk.cli.given import lines
from textkit.language import detect


@click.command()
def language() -> None:
    """Tell the language of each line of standard input, as `language<TAB>confidence`."""
    for line in lines():
        found = detect(line)
        sys.stdout.write(f"{found.language}\t{found.confidence:.2f}\n")
