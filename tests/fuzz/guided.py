"""The properties of parsers, with inputs that atheris chooses by the code that they reach.

    make fuzz [BUDGET=300]

Hypothesis draws inputs blindly; atheris keeps what reached a new branch and goes on from there.
Each property has a process of its own for as long. What breaks one is kept in Hypothesis's
database, so that the next `make test` in this checkout fails by it, too.
"""

import argparse
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from benchmarks.pages import fill, table
from desk.settings import PROJECT

PAGE = PROJECT / "docs" / "security.md"
INSTRUMENTED = ["actions", "desk", "textkit"]
PROPERTIES: Mapping[str, tuple[str, str]] = {
    "Mails, through every step": (
        "tests.unit.mail.test_mutations",
        "test_a_damaged_mail_stops_no_step",
    ),
    "Any bytes as a mail": ("tests.unit.mail.test_parse", "test_no_bytes_raise_anything_else"),
    "Bodies of mails": ("tests.unit.mail.test_trim", "test_any_text_can_be_trimmed"),
    "Enclosed mails that are sealed": (
        "tests.unit.mail.test_opaque",
        "test_no_bytes_raise_anything",
    ),
    "Outlook's packs": ("tests.fuzz.test_files", "test_a_pack_is_read_or_left"),
    "Uploads": ("tests.fuzz.test_files", "test_a_file_is_taken_for_what_it_is_or_refused"),
    "Names of files": ("tests.fuzz.test_files", "test_a_files_name_can_be_shown_and_saved"),
    "Articles": ("tests.fuzz.test_files", "test_an_article_is_read_or_refused_by_name"),
    "Macros": ("tests.fuzz.test_files", "test_a_macro_is_read_or_refused_by_name"),
    "`sla replay`": ("tests.fuzz.test_files", "test_a_replay_is_run_or_refused"),
    "Markup of answers": (
        "tests.unit.knowledge.test_html",
        "test_nothing_hostile_comes_through_in_any_order",
    ),
    "Origins of pages": ("tests.unit.web.visitor.test_origins", "test_no_text_is_too_odd"),
    "Masking": (
        "tests.unit.textkit.test_masking",
        "test_no_text_breaks_masking_and_masking_twice_changes_nothing",
    ),
    "Secrets beside anything": (
        "tests.unit.textkit.test_masking",
        "test_no_secret_survives_beside_a_hostile_text",
    ),
    "Identifiers": (
        "tests.unit.textkit.test_identifiers",
        "test_no_text_breaks_the_search_and_values_are_verbatim",
    ),
    "Languages": ("tests.unit.textkit.test_language", "test_any_text_gets_one_and_the_same_answer"),
}
"""What is read, and the module and name of the property that feeds it."""
_MEMORY_MB = 2000
_ONE_INPUT_S = 20
_BEGINNING_S = 600
_TOLD = 200
"""Characters."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=300, help="for each property")
    # A table of one would take the place of the whole.
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--only", choices=PROPERTIES, help="one property")
    which.add_argument("--here", choices=PROPERTIES, help="the same, in this very process")
    which.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    options = parser.parse_args()
    if options.here:
        _fuzz(options.here, options.seconds)
    names = [options.only] if options.only else list(PROPERTIES)
    rows, broken = [], False
    for name in names:
        print(f"{name} …", flush=True)
        inputs, found = _run(name, options.seconds)
        print(f"{name}: {inputs:,} inputs, {found or 'nothing found'}", flush=True)
        rows.append([name, f"`{PROPERTIES[name][1]}`", f"{inputs:,}", found or "—"])
        broken = broken or bool(found)
    report = table(["What is read", "Property", "Inputs", "Found"], rows)
    if options.write:
        fill(PAGE, f"{options.seconds} seconds each.\n\n{report}")
    sys.exit(broken)


def property_of(name: str) -> Any:
    """The test that holds it, as Hypothesis made it."""
    module, test = PROPERTIES[name]
    return getattr(importlib.import_module(module), test)


def _run(name: str, seconds: int) -> tuple[int, str]:
    """How many inputs a property saw, and what broke it."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.guided", "--here", name, "--seconds", str(seconds)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=seconds + _BEGINNING_S,
        check=False,
    )
    told = done.stdout + done.stderr
    inputs = re.findall(r"number_of_executed_units: (\d+)", told)
    raised = re.findall(r"^[\w.]*(?:Error|Exception|Failure|Timeout)\b.*", told, re.MULTILINE)
    found = "" if done.returncode == 0 else (raised or told.splitlines())[-1]
    return int(inputs[-1]) if inputs else 0, found[:_TOLD]


def _fuzz(name: str, seconds: int) -> None:
    """Feed one property in this process, which ends by it."""
    import atheris  # type: ignore[import-not-found] (`make fuzz` brings it)

    with atheris.instrument_imports(include=INSTRUMENTED):
        feed = property_of(name).hypothesis.fuzz_one_input
    limits = {
        "max_total_time": seconds,
        "timeout": _ONE_INPUT_S,
        "rss_limit_mb": _MEMORY_MB,
        "print_final_stats": 1,
        # Hypothesis keeps it in a form that can be made smaller.
        "exact_artifact_path": os.devnull,
    }
    flags = [f"-{flag}={value}" for flag, value in limits.items()]
    # An input that is no example gives None, and any other value is refused by atheris.
    atheris.Setup([sys.argv[0], *flags], lambda content: feed(content) and None)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
