"""`/console/tickets/<number>`: one ticket, the conversation behind it, and what can be done."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from sanic import Blueprint, HTTPResponse, Request, redirect

from desk.accounts.models import User
from desk.accounts.roles import may
from desk.attachments.spool import ContentGone, Spool
from desk.audit.service import By, account_reading
from desk.conversations.service import locked
from desk.home import Home
from desk.privacy.attachments import open_attachment
from desk.services import Services
from desk.tickets.ledger import MAX_KEY, Actor, Write
from desk.tickets.models import Ticket
from desk.tickets.requesters import others_of
from desk.tickets.service import find_ticket
from desk.web.console.acts import ACTS, Form
from desk.web.console.guard import page, page_language, refused, render_page
from desk.web.console.refusals import REFUSALS, Refusal, missing, refusal
from desk.web.console.ticket_sheet import sheet
from desk.web.downloads import to_save
from desk.web.pages import strings
from desk.web.programs.fields import MAX_ID
from textkit.normalise import printable

blueprint = Blueprint("ticket", url_prefix="/console/tickets")

_OTHERS = 10
"""Other tickets of the requester that are listed, the newest."""
_NO_FORM: Mapping[str, str] = {}


@blueprint.get("/<number:str>")
@page("tickets.read")
async def ticket(request: Request, *, user: User, number: str) -> HTTPResponse:
    """The page."""
    done = request.args.get("done", "")
    return await _page(request, user, number, done=done if done in ACTS else "")


@blueprint.get("/<number:str>/conversation")
@page("tickets.read", is_use=False)
async def conversation(request: Request, *, user: User, number: str) -> HTTPResponse:
    """The parts of the page that change by themselves, with the messages after `after`."""
    return await _page(request, user, number, template="console/ticket/live")


@blueprint.get("/<number:str>/articles")
@page("tickets.read")
async def articles(request: Request, *, user: User, number: str) -> HTTPResponse:
    """Articles about what is asked for, as the page shows them."""
    return await _page(request, user, number, template="console/ticket/articles")


@blueprint.get("/<number:str>/requester")
@page("tickets.read", is_use=False)
async def requester(request: Request, *, user: User, number: str) -> HTTPResponse:
    """What else the same requester has brought.

    It is asked for by itself, since all tickets are looked through for it.
    """
    services: Services = request.app.ctx.services
    async with services.store.read() as session:
        found = await find_ticket(session, number)
        if found is None:
            return render_page(request, user, "console/missing", status=404)
        others = await others_of(session, found, limit=_OTHERS)
    return render_page(request, user, "console/ticket/others", ticket=found, others=others)


@blueprint.get("/<number:str>/files/<file_id:int>")
@page("attachments.open")
async def file(request: Request, *, user: User, number: str, file_id: int) -> HTTPResponse:
    """A file's content, to be saved and never shown in the page; that it was opened is kept."""
    services: Services = request.app.ctx.services
    spool = Spool.of(Home(services.settings.home))
    by = Actor(kind="analyst", user_id=user.id)
    try:
        async with services.store.write() as session:
            found = await find_ticket(session, number)
            if file_id > MAX_ID:
                raise LookupError("no database holds such a number")
            opened, content = await open_attachment(
                session, spool, file_id, by=by, now=datetime.now(UTC)
            )
            if found is None or opened.ticket_id != found.id:
                raise LookupError("the file is none of this ticket's")
    except ContentGone:
        return render_page(request, user, "console/ticket/gone", status=410, number=number)
    except LookupError:
        return render_page(request, user, "console/missing", status=404)
    return to_save(content, opened.name)


@blueprint.post("/<number:str>/<act:str>")
@page("tickets.read")
async def do(request: Request, *, user: User, number: str, act: str) -> HTTPResponse:
    """Do one of the acts; whoever comes too late gets their words back with what has happened."""
    if act not in ACTS:
        return render_page(request, user, "console/missing", status=404)
    if not may(user.role, ACTS[act].needs):
        return refused(request, user)
    services: Services = request.app.ctx.services
    form = {name: printable(str(given[0])) for name, given in (request.form or {}).items()}
    language = page_language(request, user)
    lacking = missing(act, form, strings("console", language))
    if lacking is not None:
        return await _page(request, user, number, refused_act=lacking, form=form)
    try:
        async with services.store.write() as session:
            found = await find_ticket(session, number)
            if found is None:
                return render_page(request, user, "console/missing", status=404)
            # Two of the same form at once come one after the other.
            await locked(session, found.conversation_id)
            await ACTS[act].do(session, found.id, _write(form, user, act), form, user)
    except REFUSALS as error:
        if isinstance(error, KeyError):
            raise
        return await _page(request, user, number, error=error, act=act, form=form)
    services.live.announce(found.conversation_id)
    asked = {"done": act} | ({} if language == user.language else {"lang": language})
    return redirect(f"/console/tickets/{found.number}?{urlencode(asked)}", status=303)


def _write(form: Form, user: User, act: str) -> Write:
    version = form.get("version", "")
    expected = int(version) if version.isdecimal() and len(version) < 10 else None
    return Write(
        key=form.get("key", "")[:MAX_KEY],
        actor=Actor(kind="analyst", user_id=user.id),
        now=datetime.now(UTC),
        expected=expected if ACTS[act].versioned else None,
    )


async def _page(
    request: Request,
    user: User,
    number: str,
    *,
    template: str = "console/ticket",
    done: str = "",
    error: Exception | None = None,
    act: str = "",
    refused_act: Refusal | None = None,
    form: Form = _NO_FORM,
) -> HTTPResponse:
    services: Services = request.app.ctx.services
    language = page_language(request, user)
    after = request.args.get("after", "")
    async with services.store.read() as session:
        found: Ticket | None = await find_ticket(session, number)
        if found is None:
            return render_page(request, user, "console/missing", status=404)
        values: dict[str, Any] = await sheet(
            services,
            session,
            found,
            user,
            language=language,
            now=datetime.now(UTC),
            after=int(after) if after.isdecimal() and len(after) < 10 else 0,
            about=request.args.get("about", ""),
        )
        if error is not None:
            refused_act = await refusal(
                session,
                error,
                found,
                act=act,
                form=form,
                people=values["people"],
                language=language,
                t=strings("console", language),
            )
    now, of = datetime.now(UTC), f"ticket/{found.id}"
    await account_reading(services.store, "ticket_read", of, by=By.user(user.id), now=now)
    return render_page(
        request,
        user,
        template,
        status=refused_act.status if refused_act else 200,
        done=done,
        refusal=refused_act,
        typed=form,
        **values,
    )
