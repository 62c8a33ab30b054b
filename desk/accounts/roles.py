"""Who may do what: the one table of roles and actions, which every page and interface asks."""

from typing import Literal, get_args

Role = Literal[
    "analyst",
    "lead",
    "knowledge_editor",
    "knowledge_reviewer",
    "quality_reviewer",
    "auditor",
    "admin",
]
ROLES: tuple[Role, ...] = get_args(Role)

Action = Literal[
    "tickets.read",
    "tickets.work",
    "tickets.reassign",
    "conversations.reply",
    "conversations.take_from_other",
    "attachments.open",
    "macros.write",
    "figures.read",
    "quality.read",
    "quality.score",
    "knowledge.read",
    "knowledge.edit",
    "knowledge.publish",
    "outages.post",
    "users.manage",
    "audit.read",
    "privacy.erase",
    "tokens.own",
    "webhooks.manage",
]
ACTIONS: tuple[Action, ...] = get_args(Action)

_READING: frozenset[Action] = frozenset(
    {"tickets.read", "figures.read", "quality.read", "knowledge.read", "tokens.own"}
)
_WORK: frozenset[Action] = frozenset({"tickets.work", "conversations.reply", "attachments.open"})
_LEADING: frozenset[Action] = frozenset(
    {"tickets.reassign", "conversations.take_from_other", "macros.write", "outages.post"}
)
GRANTED: dict[Role, frozenset[Action]] = {
    "analyst": _READING | _WORK,
    "lead": _READING | _WORK | _LEADING,
    "knowledge_editor": _READING | {"knowledge.edit", "macros.write"},
    "knowledge_reviewer": _READING | {"knowledge.edit", "knowledge.publish", "macros.write"},
    "quality_reviewer": _READING | {"quality.score"},
    "auditor": _READING | {"audit.read"},
    "admin": frozenset(ACTIONS),
}
"""By role, all that it may do; what is not named here it may not."""


def roles_named(text: str | None) -> frozenset[Role]:
    """The roles in a list such as `admin,lead`.

    Raises:
        ValueError: one of them there is not.
    """
    names = {name.strip() for name in (text or "").split(",")} - {""}
    if unknown := names.difference(ROLES):
        raise ValueError(f"there is no role {', '.join(sorted(unknown))}")
    return frozenset(role for role in ROLES if role in names)


def may(role: str, action: Action) -> bool:
    """Whether somebody with this role may do this; an unknown role may do nothing."""
    return any(name == role and action in granted for name, granted in GRANTED.items())
