"""An article that is published while the desk runs."""

import time
from pathlib import Path

from tests.e2e.stack import Stack, kind_of, new_sender, text_of

ARTICLE = """---
slug: falcon_permits
title: Permits for falcons
category: cargo
audience: [all]
routing: A
volatility: L
status: published
confirmation: confirmed
reviewed: 2026-11-22
handoff_fields: [email]
questions:
  - how do i import a falcon
  - falcon permit
  - bring my hunting falcon through customs
  - what papers does a falcon need
  - hawks and falcons import
sources:
  - tag: T1
    title: A page on falcons
    url: https://example.org/falcons
---
Show the falcon's permit with the entry.
"""


def test_it_is_found_at_once_in_both_languages_and_says_where_it_is_missing(
    stack: Stack, tmp_path: Path
) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "falcon_permits.md").write_text(ARTICLE)
    stack.cli("kb", "import", str(tmp_path))
    published = time.monotonic()
    while True:
        answer = stack.say(new_sender(), "how do i import a falcon")
        if answer[0]["custom"]["article"] == "falcon_permits":
            break
        assert time.monotonic() - published < 5, answer
        time.sleep(0.2)
    answer = stack.say(new_sender(), "¿Cómo importo un halcón, qué permiso necesita el halcón?")
    assert kind_of(answer) == "answer"
    assert answer[0]["custom"]["article"] == "falcon_permits"
    assert "solo en inglés" in text_of(answer)
