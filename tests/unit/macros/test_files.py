import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from desk.accounts.models import User
from desk.macros import service
from desk.macros.files import UnreadableMacro, import_macros, read_macros
from desk.macros.service import Draft
from desk.settings import PROJECT

SEED = PROJECT / "data" / "macros"
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
DONE = re.compile(
    r"\b(?:I|we) (?:have )?(?:unlocked|reset|reactivated|changed your|added|removed your)\b"
    r"|\b(?:desbloqueé|desbloqueamos|restablec[íi]|reactivé|reactivamos|cambié su)\b",
    re.IGNORECASE,
)


def write(folder: Path, slug: str, language: str, text: str, *, category: str = "any") -> None:
    place = folder / language
    place.mkdir(parents=True, exist_ok=True)
    head = f"name: {slug} {language}\ncategory: {category}\n\n"
    (place / f"{slug}.md").write_text(head + text, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for language in ("en", "es"):
        write(tmp_path, "hello", language, f"{{{{greeting}}}} {language}")
    return tmp_path


def test_the_macros_of_the_desk_are_the_same_set_in_both_languages_and_in_order():
    macros = list(read_macros(SEED))
    assert len(macros) >= 15
    for macro in macros:
        both = (macro.draft.text_en, macro.draft.text_es)
        variables = [set(re.findall(r"{{(\w+)}}", text)) for text in both]
        assert variables[0] == variables[1], macro.slug
        for text in both:
            assert text.startswith("{{greeting}}")
            assert not DONE.search(text), macro.slug
        assert not re.search(r"\b(?:tú|te|tu|tus|contigo|puedes|tienes)\b", macro.draft.text_es)


def test_a_macro_needs_both_languages(folder):
    (folder / "es" / "hello.md").unlink()
    with pytest.raises(UnreadableMacro, match=r"es/hello\.md is missing"):
        list(read_macros(folder))


@pytest.mark.parametrize(
    ("text", "category", "why"),
    [
        ("{{wrong}}", "any", "variables wrong"),
        ("", "any", "text_es: missing"),
        ("hola", "cargo", "different categories"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(folder, text, category, why):
    write(folder, "hello", "es", text, category=category)
    with pytest.raises(UnreadableMacro, match=why):
        list(read_macros(folder))


async def test_files_are_taken_over_once_and_never_against_a_person(store, folder):
    async with store.write() as session:
        session.add(
            User(email="a@b.example", role="lead", language="en", password_hash="-", created_at=NOW)
        )
        await session.flush()
        assert await import_macros(session, folder, now=NOW) == 1
        assert await import_macros(session, folder, now=NOW) == 0
        write(folder, "hello", "es", "{{greeting}} mejor")
        assert await import_macros(session, folder, now=NOW) == 1
        draft = Draft(name_en="Hi", name_es="Hola", text_en="mine", text_es="mío")
        await service.revise(session, "hello", draft, based_on=2, user_id=1, now=NOW)
        write(folder, "hello", "es", "{{greeting}} otra vez")
        assert await import_macros(session, folder, now=NOW) == 0
        [macro] = await service.newest(session)
    assert (macro.version, macro.text_es) == (3, "mío")
