"""The page of shortcuts, the help sheet and the scripts name the same keys."""

import re
import tomllib
from itertools import combinations

from desk.settings import PROJECT
from desk.web.pages import strings
from tests.unit.web.test_console_pages import page_of

PAGES = PROJECT / "desk" / "web" / "pages"
SCRIPTS = PROJECT / "desk" / "web" / "static" / "console"
SHORTCUTS = tomllib.loads((PAGES / "shortcuts.toml").read_text(encoding="utf-8"))
ENTRIES = {act: entry for group in SHORTCUTS.values() for act, entry in group.items()}


def test_the_page_has_every_shortcut_in_both_languages():
    words = [strings("console", language)["shortcuts"] for language in ("en", "es")]
    lines = []
    for group, entries in SHORTCUTS.items():
        lines += [f"## {words[0]['groups'][group]}", "", "| Keys | English | Español |"]
        lines.append("| --- | --- | --- |")
        for act, entry in entries.items():
            keys = " ".join(f"`{key}`" for key in entry["keys"].split())
            lines.append(f"| {keys} | {words[0]['acts'][act]} | {words[1]['acts'][act]} |")
        lines.append("")
    text = (PROJECT / "docs" / "keyboard.md").read_text(encoding="utf-8")
    assert text[text.index("## ") :] == "\n".join(lines)


def test_every_act_has_words_and_every_word_an_act():
    assert strings("console", "en")["shortcuts"]["acts"].keys() == ENTRIES.keys()
    assert strings("console", "en")["shortcuts"]["groups"].keys() == SHORTCUTS.keys()


def test_no_keys_are_the_beginning_of_others():
    keys = [entry["keys"] for entry in ENTRIES.values()]
    assert len(keys) == len(set(keys))
    for one, other in combinations(keys, 2):
        assert not f"{one} ".startswith(f"{other} ")
        assert not f"{other} ".startswith(f"{one} ")


def test_the_help_sheet_of_each_page_has_them_all():
    page = page_of("tickets", "es")
    shown = [entry for _, entry in page.elements if "data-act" in entry]
    assert {str(entry["data-act"]): entry["data-keys"] for entry in shown} == {
        act: entry["keys"] for act, entry in ENTRIES.items()
    }
    assert all(str(entry.get("data-to", "lang=es")).endswith("lang=es") for entry in shown)


def test_scripts_and_pages_name_no_act_that_there_is_not():
    named = set()
    for script in SCRIPTS.glob("*.js"):
        named |= set(re.findall(r'onShortcut\("(\w+)"', script.read_text(encoding="utf-8")))
    for page in (PAGES / "console").glob("*.html"):
        named |= set(re.findall(r'data-shortcut="(\w+)"', page.read_text(encoding="utf-8")))
    assert named
    assert named <= ENTRIES.keys()
