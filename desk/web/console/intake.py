"""`/console/calls`: a telephone call becomes a ticket, with the articles beside it."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

from sanic import Blueprint, HTTPResponse, Request, redirect

from desk.accounts.models import User
from desk.conversations.calls import Call, Course, alike, open_call
from desk.conversations.handoff import find_emails, identifiers_in
from desk.conversations.service import MAX_TEXT, UnusableMessage
from desk.messages import LANGUAGES, catalogue, say
from desk.services import Services
from desk.tickets import triage, work
from desk.web.console.guard import field, page, page_language, render_page, text_of
from desk.web.pages import strings
from textkit.masking import mask

blueprint = Blueprint("intake", url_prefix="/console/calls")

_TEXTS = ("name", "email", "phone", "company", "role")
_FIELDS = (
    *_TEXTS, "story", "spoken_language", "written_language", "sort", "impact", "urgency", "article",
    "course", "code", "notes", "q", "key",
)  # fmt: skip
_COURSES = ("taken", "answered", "left")
_START = dict.fromkeys(_FIELDS, "") | {
    "spoken_language": "en",
    "written_language": "en",
    "sort": "support",
    "impact": "company",
    "urgency": "normal",
    "course": "taken",
    "code": "answered",
}
_MAX_LINE = 200
_HITS = 5
_KEY = re.compile(r"call-[0-9a-f]{32}")
_OFTEN = 3
"""A field is a category's own when at least one in so many of its articles asks for it."""


@blueprint.get("/new")
@page("tickets.work")
async def call_page(request: Request, *, user: User) -> HTTPResponse:
    """The empty form, in the reader's language until the caller's is known."""
    language = page_language(request, user)
    values = _START | {"key": f"call-{uuid4().hex}"}
    values |= {"spoken_language": language, "written_language": language}
    return await _form(request, user, values, {})


@blueprint.post("/new", name="open")
@page("tickets.work")
async def call(request: Request, *, user: User) -> HTTPResponse:
    """Look something up for the form, or open the ticket; an error keeps all that was typed."""
    services: Services = request.app.ctx.services
    values = {name: text_of(request, name) for name in _FIELDS}
    values = {name: value or _START[name] for name, value in values.items()}
    if not _KEY.fullmatch(values["key"]):
        values["key"] = f"call-{uuid4().hex}"
    if chosen := field(request, "choose"):
        _choose(services, values, "" if chosen == "none" else chosen)
    if services.library.article(values["article"], "en") is None:
        values["article"] = ""
    details = {
        name.removeprefix("detail-"): text_of(request, name)
        for name in (request.form or {})
        if name.startswith("detail-")
    }
    if field(request, "act") != "open":
        return await _form(request, user, values, details)
    asks = _asks(services, values)
    details = {name: value for name, value in details.items() if name in asks}
    errors = _errors(values, details, page_language(request, user))
    if errors:
        return await _form(request, user, values, details, errors=errors)
    try:
        async with services.store.write() as session:
            ticket = await open_call(
                session, _call(values, details), user_id=user.id, now=datetime.now(UTC)
            )
    except UnusableMessage as error:
        said = say(f"errors.{error.key}", page_language(request, user), **error.values)
        return await _form(request, user, values, details, errors={"story": said})
    tail = f"?lang={request.args.get('lang')}" if request.args.get("lang") in LANGUAGES else ""
    return redirect(f"/console/tickets/{ticket.number}{tail}", status=303)


@blueprint.post("/beside", name="beside")
@page("tickets.work")
async def beside(request: Request, *, user: User) -> HTTPResponse:
    """What stands beside the form, alone, for the page's script."""
    services: Services = request.app.ctx.services
    values = {name: field(request, name) or _START[name] for name in _FIELDS}
    return render_page(
        request, user, "console/call_beside", values=values, **await _beside(services, values)
    )


def _choose(services: Services, values: dict[str, str], slug: str) -> None:
    """Open an article, whose category is the ticket's unless a finer one was chosen."""
    values["article"] = slug
    article = services.library.article(slug, values["spoken_language"]) if slug else None
    if article and values["sort"].split("/")[0] in (_START["sort"], article.category):
        keeps = values["sort"].startswith(f"{article.category}/")
        values["sort"] = values["sort"] if keeps else article.category


async def _form(
    request: Request,
    user: User,
    values: dict[str, str],
    details: Mapping[str, str],
    *,
    errors: dict[str, str] | None = None,
) -> HTTPResponse:
    services: Services = request.app.ctx.services
    labels = catalogue(page_language(request, user))["handoff"]["summary"]
    return render_page(
        request,
        user,
        "console/call",
        status=400 if errors else 200,
        values=values | {f"detail-{name}": value for name, value in details.items()},
        errors=errors or {},
        labels=labels,
        asked=catalogue(_spoken(values))["handoff"]["ask"],
        tree=triage.categories(),
        impacts=triage.impacts(),
        urgencies=triage.urgencies(),
        matrix={
            (impact, urgency): triage.priority(impact, urgency)
            for impact in triage.impacts()
            for urgency in triage.urgencies()
        },
        courses=_COURSES,
        resolutions=work.RESOLUTIONS,
        **await _beside(services, values, details),
    )


async def _beside(
    services: Services, values: Mapping[str, str], details: Mapping[str, str] | None = None
) -> dict[str, Any]:
    language = values["spoken_language"] if values["spoken_language"] in LANGUAGES else "en"
    async with services.store.read() as session:
        same = await alike(
            session, email=values["email"], phone=values["phone"], now=datetime.now(UTC)
        )
    told = "\n".join([values["story"], *(details or {}).values()])
    masked = mask(told)
    looked_for = values["q"] or values["story"]
    hits = services.library.search(looked_for, language).hits[:_HITS] if looked_for.strip() else ()
    return {
        "same": same,
        "secrets": [catalogue(language)["privacy"]["kinds"][kind] for kind in masked.kinds],
        "identifiers": identifiers_in(masked.text),
        "hits": hits,
        "article": services.library.article(values["article"], language),
        "asks": _asks(services, values),
        "caller": language,
    }


def _asks(services: Services, values: Mapping[str, str]) -> tuple[str, ...]:
    """What the ticket's topic asks besides who the requester is."""
    article = services.library.article(values["article"], "en") if values["article"] else None
    if article is not None:
        return tuple(name for name in article.handoff_fields if name not in _TEXTS)
    category = values["sort"].partition("/")[0]
    articles = services.library.of_category(category)
    count = Counter(name for one in articles for name in one.handoff_fields if name not in _TEXTS)
    return tuple(name for name, times in count.items() if times * _OFTEN >= len(articles))


def _errors(values: Mapping[str, str], details: Mapping[str, str], language: str) -> dict[str, str]:
    said = strings("console", language)["calls"]["problems"]
    labels = catalogue(language)["handoff"]["summary"]
    errors: dict[str, str] = {}
    if not values["story"].strip():
        errors["story"] = said["story"]
    elif len(values["story"]) > MAX_TEXT:
        errors["story"] = say("errors.message_too_long", language, limit=MAX_TEXT)
    lines = {name: values[name] for name in _TEXTS} | {
        f"detail-{name}": value for name, value in details.items()
    }
    for name, value in lines.items():
        if len(value) > _MAX_LINE:
            label = labels[name.removeprefix("detail-")]
            errors[name] = said["too_long"].format(field=label, limit=_MAX_LINE)
    email = values["email"].strip()
    if email and find_emails(email) != [email]:
        errors["email"] = said["email"]
    category, _, topic = values["sort"].partition("/")
    try:
        triage.check(category, topic or None)
    except triage.UnknownSort:
        errors["sort"] = said["choice"]
    known = {
        "impact": triage.impacts(),
        "urgency": triage.urgencies(),
        "spoken_language": LANGUAGES,
        "written_language": LANGUAGES,
        "course": _COURSES,
        "code": work.RESOLUTIONS,
    }
    errors |= {name: said["choice"] for name, codes in known.items() if values[name] not in codes}
    if values["course"] == "answered" and not values["notes"].strip():
        errors["notes"] = said["notes"]
    return errors


def _call(values: Mapping[str, str], details: Mapping[str, str]) -> Call:
    category, _, topic = values["sort"].partition("/")
    return Call(
        key=values["key"],
        story=values["story"],
        requester={name: values[name] for name in work.REQUESTER},
        category=category,
        topic=topic or None,
        impact=values["impact"],
        urgency=values["urgency"],
        article=values["article"] or None,
        details=details,
        course=cast("Course", values["course"]),
        code=values["code"],
        notes=values["notes"],
    )


def _spoken(values: Mapping[str, str]) -> str:
    spoken = values["spoken_language"]
    return spoken if spoken in LANGUAGES else LANGUAGES[0]
