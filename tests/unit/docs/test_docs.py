"""The documents keep up with the code, and promise nothing that is not there."""

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from sanic import Sanic

from desk.cli import main
from desk.settings import PROJECT, Settings
from desk.web.app import action_app, public_app
from desk.web.errors import SPOKEN
from desk.web.openapi import document

UNDER_OPENAPI = ("/api", "/health", "/webhooks")

ADDRESS = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`?\s]*)`")
CODE = re.compile(r"`([^`\n]+)`|^(?: {4,})(.+)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def markdown_files() -> Iterator[Path]:
    """Every Markdown file of the repository, without what tools have installed or made."""
    for folder, below, files in PROJECT.walk():
        below[:] = [name for name in below if not name.startswith((".", "__"))]
        yield from (folder / name for name in files if name.endswith(".md"))


MARKDOWN = sorted(markdown_files())
DOCUMENTS = [path for path in MARKDOWN if PROJECT / "data" not in path.parents]


def text_of(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def in_code(path: Path) -> Iterator[str]:
    """What a document shows as code, a span or a line at a time."""
    for span, line in CODE.findall(path.read_text(encoding="utf-8")):
        yield span or line


def unnamed(path: str) -> str:
    """A path whose parameters have lost their names, and its end a slash."""
    return re.sub(r"<[^>]+>|\{[^}]+\}", "{}", "/" + path.strip("/"))


def routes(app: Sanic[Any, Any]) -> set[tuple[str, str]]:
    return {
        (method, unnamed(route.path))
        for group in app.router.groups.values()
        for route in group
        for method in route.methods - {"HEAD", "OPTIONS"}
    }


@pytest.fixture(scope="module")
def services() -> Any:
    secrets = SimpleNamespace(accounts_key="key")
    return SimpleNamespace(settings=Settings(rate_limit=0), secrets=secrets, store=None)


@pytest.fixture(scope="module")
def public(services: Any) -> set[tuple[str, str]]:
    return routes(public_app(services))


@pytest.fixture(scope="module")
def described() -> set[tuple[str, str]]:
    paths = document()["paths"]
    return {
        (method.upper(), unnamed(path))
        for path, operations in paths.items()
        for method in operations
        if method != "parameters"
    }


@pytest.fixture(scope="module")
def documented() -> set[tuple[str, str]]:
    text = text_of("docs/api.md")
    return {(method, unnamed(path)) for method, path in ADDRESS.findall(text)}


def command_names(command: click.Command, name: str) -> Iterator[str]:
    if not isinstance(command, click.Group):
        yield name
        return
    context = click.Context(command)
    for below in command.list_commands(context):
        found = command.get_command(context, below)
        assert found is not None
        yield from command_names(found, f"{name} {below}")


COMMANDS = sorted(command_names(main, "acedesk"))


def test_operators_find_every_setting_with_its_default():
    rows = re.findall(
        r"^\| `(ACEDESK_\w+)` \| (.*?) \|", text_of("docs/operators.md"), re.MULTILINE
    )
    fields = Settings.model_fields
    assert sorted(name for name, _ in rows) == sorted(f"ACEDESK_{name.upper()}" for name in fields)
    for name, default in rows:
        value = fields[name.removeprefix("ACEDESK_").lower()].default
        # Where there is no default of its own, the page says in words what happens.
        assert "`" not in default if value is None else default == f"`{value}`", name


def test_openapi_describes_just_the_routes_that_there_are(public, described):
    assert {route for route in public if route[1].startswith(UNDER_OPENAPI)} == described


def test_the_api_page_names_just_the_routes_that_there_are(public, described, documented, services):
    assert documented == public | described | routes(action_app(services))


def test_the_api_page_names_every_field():
    schemas = document()["components"]["schemas"]
    fields = {name for schema in schemas.values() for name in schema["properties"]}
    words = set(re.findall(r"\w+", "\n".join(in_code(PROJECT / "docs" / "api.md"))))
    assert fields <= words


def test_the_api_page_names_every_error_that_the_desk_answers_with():
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("web", "conversations")
        for path in (PROJECT / "desk" / folder).rglob("*.py")
    )
    raised = set(re.findall(r'ApiError\(\s*\d+, "(\w+)"', sources))
    raised |= set(re.findall(r'UnusableMessage\("(\w+)"', sources))
    raised |= set(re.findall(r'status, key = .*, "(\w+)"', sources)) | set(SPOKEN.values())
    named = re.findall(r"^\| \d\w\w \| `(\w+)` \|", text_of("docs/api.md"), re.MULTILINE)
    assert raised
    assert set(named) == raised


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_mentioned(command):
    mentioned = re.compile(rf"\b{command}\b")
    assert any(mentioned.search(code) for path in DOCUMENTS for code in in_code(path))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_commands_and_make_targets_that_are_mentioned_exist(path):
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    for code in in_code(path):
        for target in re.findall(r"(?:^|&& )make ([a-z-]+)", code):
            assert target in targets, code
        for words in re.findall(r"(?:^|/)acedesk ([a-z][a-z -]*)", code):
            said = f"acedesk {words}".strip()
            assert any(f"{said} ".startswith(f"{name} ") for name in COMMANDS), code


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: str(path.relative_to(PROJECT)))
def test_relative_links_lead_somewhere(path):
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        goal = path.parent / name if name else path
        assert goal.exists(), target
        if anchor:
            assert anchor in map(anchor_of, HEADING.findall(goal.read_text(encoding="utf-8")))


def anchor_of(heading: str) -> str:
    """The name that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
