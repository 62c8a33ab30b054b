import pytest

from desk.accounts.roles import ACTIONS, GRANTED, ROLES, Action, Role, may
from desk.web.pages import strings

TABLE = """
                               analyst lead editor k_reviewer q_reviewer auditor admin
tickets.read                   +       +    +      +          +          +       +
tickets.work                   +       +    .      .          .          .       +
tickets.reassign               .       +    .      .          .          .       +
conversations.reply            +       +    .      .          .          .       +
conversations.take_from_other  .       +    .      .          .          .       +
attachments.open               +       +    .      .          .          .       +
macros.write                   .       +    +      +          .          .       +
figures.read                   +       +    +      +          +          +       +
quality.read                   +       +    +      +          +          +       +
quality.score                  .       .    .      .          +          .       +
knowledge.read                 +       +    +      +          +          +       +
knowledge.edit                 .       .    +      +          .          .       +
knowledge.publish              .       .    .      +          .          .       +
outages.post                   .       +    .      .          .          .       +
users.manage                   .       .    .      .          .          .       +
audit.read                     .       .    .      .          .          +       +
privacy.erase                  .       .    .      .          .          .       +
tokens.own                     +       +    +      +          +          +       +
webhooks.manage                .       .    .      .          .          .       +
"""
COLUMNS: tuple[Role, ...] = (
    "analyst", "lead", "knowledge_editor", "knowledge_reviewer", "quality_reviewer", "auditor",
    "admin",
)  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_role_may_do_what_the_table_says_and_nothing_else(role: Role, action: Action):
    line = next(line for line in TABLE.splitlines() if line.split()[:1] == [action])
    assert may(role, action) is (line.split()[1:][COLUMNS.index(role)] == "+")


def test_the_table_knows_every_role_and_action():
    assert set(COLUMNS) == set(ROLES) == set(GRANTED)
    assert [line.split()[0] for line in TABLE.splitlines()[2:]] == list(ACTIONS)


def test_an_unknown_role_may_do_nothing():
    assert not any(may("intruder", action) for action in ACTIONS)


def test_nobody_who_only_reads_may_change_anything():
    reading = {"tickets.read", "figures.read", "quality.read", "knowledge.read", "audit.read"}
    assert {action for action in ACTIONS if may("auditor", action)} == reading | {"tokens.own"}


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_role_has_a_name(language: str):
    assert strings("console", language)["roles"].keys() == set(ROLES)
