"""`/console/macros`: the reply texts, and the same filled in for a ticket."""

from datetime import UTC, datetime

from sanic import Blueprint, HTTPResponse, Request, json, redirect

from desk.accounts import service as accounts
from desk.accounts.models import User
from desk.macros import service
from desk.macros.filling import VARIABLES, fill
from desk.macros.models import MacroVersion
from desk.macros.service import FIELDS, ChangedMeanwhile, Draft, UnusableMacro
from desk.macros.values import samples
from desk.messages import LANGUAGES
from desk.services import Services
from desk.tickets import triage
from desk.tickets.service import find_ticket
from desk.web.console.guard import field, page, page_language, render_page
from desk.web.errors import ApiError
from desk.web.pages import strings
from desk.web.ticket_macros import filled_macros, reply_language

blueprint = Blueprint("macros", url_prefix="/console")


@blueprint.get("/macros/")
@page("tickets.read")
async def macros(request: Request, *, user: User) -> HTTPResponse:
    """All of them, with what they say."""
    services: Services = request.app.ctx.services
    async with services.store.read() as session:
        found = await service.newest(session)
    language = page_language(request, user)
    found.sort(key=lambda one: (not one.active, one.category or "", one.name(language)))
    return render_page(
        request,
        user,
        "console/macros",
        macros=found,
        shown={(one.slug, side): _shown(one, side) for one in found for side in LANGUAGES},
        saved="saved" in request.args,
    )


@blueprint.get("/macros.json")
@page("tickets.read")
async def for_ticket(request: Request, *, user: User) -> HTTPResponse:
    """Those that fit a ticket, filled in, in the language asked for or the requester's."""
    services: Services = request.app.ctx.services
    async with services.store.read() as session:
        ticket = await find_ticket(session, request.args.get("ticket", ""))
        if ticket is None:
            raise ApiError(404, "not_found")
        chosen = request.args.get("language")
        language = chosen if chosen in LANGUAGES else reply_language(ticket)
        rows = await filled_macros(services, session, ticket, analyst=user.name, language=language)
    return json({"ticket": ticket.number, "language": language, "macros": rows})


@blueprint.get("/macros/new", name="blank")
@page("macros.write")
async def blank(request: Request, *, user: User) -> HTTPResponse:
    """The empty form."""
    return _form(request, user, values={"active": "on"})


@blueprint.post("/macros/new", name="create")
@page("macros.write")
async def create(request: Request, *, user: User) -> HTTPResponse:
    """Keep a new one, or show what is wrong with it."""
    return await _keep(request, user, slug=None)


@blueprint.get("/macros/<slug:str>", name="edit")
@page("macros.write")
async def edit(request: Request, *, user: User, slug: str) -> HTTPResponse:
    """The form of one, with all that it has said before."""
    services: Services = request.app.ctx.services
    async with services.store.read() as session:
        known = await service.versions(session, slug)
        people = await accounts.emails(session)
    if not known:
        return render_page(request, user, "console/missing", status=404)
    newest = known[0]
    values = {name: getattr(newest, name) for name in FIELDS} | {
        "category": newest.category or "",
        "active": "on" if newest.active else "",
        "version": str(newest.version),
    }
    return _form(request, user, slug=slug, values=values, known=known, people=people)


@blueprint.post("/macros/<slug:str>", name="revise")
@page("macros.write")
async def revise(request: Request, *, user: User, slug: str) -> HTTPResponse:
    """Keep the next version, or show what is wrong with it."""
    return await _keep(request, user, slug=slug)


async def _keep(request: Request, user: User, *, slug: str | None) -> HTTPResponse:
    services: Services = request.app.ctx.services
    names = (*FIELDS, "category", "active", "version")
    values = {name: field(request, name) for name in names}
    draft = Draft(
        **{name: values[name] for name in FIELDS},
        category=values["category"] or None,
        active=values["active"] == "on",
    )
    language = page_language(request, user)
    said = strings("console", language)["macros"]
    errors: dict[str, str] = {}
    try:
        if field(request, "act") == "preview":
            service.check(draft.cleaned)
        else:
            async with services.store.write() as session:
                now = datetime.now(UTC)
                if slug is None:
                    await service.create(session, draft, user_id=user.id, now=now)
                else:
                    await service.revise(
                        session,
                        slug,
                        draft,
                        based_on=int(values["version"]) if values["version"].isdecimal() else 0,
                        user_id=user.id,
                        now=now,
                    )
            asked = "" if language == user.language else f"&lang={language}"
            return redirect(f"/console/macros/?saved{asked}")
    except UnusableMacro as error:
        errors = {
            one.field: said["problems"][one.code].format(
                field=said["fields"][one.field], found=one.found
            )
            for one in error.problems
        }
    except triage.UnknownSort:
        errors = {"category": said["problems"]["category"]}
    except ChangedMeanwhile:
        errors = {"text_en": said["problems"]["changed"]}
    except LookupError:
        return render_page(request, user, "console/missing", status=404)
    known: list[MacroVersion] = []
    people: dict[int | None, str] = {}
    if slug is not None:
        async with services.store.read() as session:
            known = await service.versions(session, slug)
            people = await accounts.emails(session)
        if "text_en" in errors and said["problems"]["changed"] == errors["text_en"]:
            # Whoever saves once more has seen what the other one wrote.
            values["version"] = str(known[0].version)
    return _form(request, user, slug=slug, values=values, errors=errors, known=known, people=people)


def _form(
    request: Request,
    user: User,
    *,
    values: dict[str, str],
    slug: str | None = None,
    errors: dict[str, str] | None = None,
    known: list[MacroVersion] | None = None,
    people: dict[int | None, str] | None = None,
) -> HTTPResponse:
    previews = {
        language: fill(text, samples(language)).text
        for language in LANGUAGES
        if (text := values.get(f"text_{language}", "").strip())
    }
    return render_page(
        request,
        user,
        "console/macro",
        status=400 if errors else 200,
        slug=slug,
        values=values,
        errors=errors or {},
        known=known or [],
        people=people or {},
        previews=previews,
        variables=VARIABLES,
        categories=triage.categories(),
    )


def _shown(macro: MacroVersion, language: str) -> str:
    return fill(macro.text(language), samples(language)).text
