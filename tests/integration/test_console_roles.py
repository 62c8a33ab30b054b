"""Every address of the console against every role: no page is open by mistake."""

from typing import Any

import httpx
import pytest
from sanic import Sanic

from desk.accounts.roles import ROLES, Action, may
from tests.integration.console import new_user, proof, sign_in, sign_in_at_once

OPEN = {"/sign-in", "/sign-in/code", "/sign-in/openid", "/sign-in/openid/back"}
"""For whoever is not signed in."""
ANYBODY: None = None
NEEDS: dict[str, Action | dict[str, Action] | None] = {
    "/": "tickets.read",
    "/next": "tickets.read",
    "/search": "tickets.read",
    "/stream": "tickets.read",
    "/bulk": "tickets.work",
    "/bulk/run": "tickets.work",
    "/tickets/<number:str>": "tickets.read",
    "/tickets/<number:str>/conversation": "tickets.read",
    "/tickets/<number:str>/articles": "tickets.read",
    "/tickets/<number:str>/requester": "tickets.read",
    "/tickets/<number:str>/stream": "tickets.read",
    "/tickets/<number:str>/presence": "tickets.read",
    "/tickets/<number:str>/typing": "conversations.reply",
    "/tickets/<number:str>/files/<file_id:int>": "attachments.open",
    "/tickets/<number:str>/<act:str>": "tickets.work",
    "/calls/new": "tickets.work",
    "/calls/beside": "tickets.work",
    "/mail": "tickets.work",
    "/mail/lists": "tickets.work",
    "/mail/<mail_id:int>": "tickets.work",
    "/mail/<mail_id:int>/raw": "attachments.open",
    "/macros": "tickets.read",
    "/macros.json": "tickets.read",
    "/macros/new": "macros.write",
    "/macros/<slug:str>": "macros.write",
    "/quality": {"GET": "quality.read", "POST": "quality.score"},
    "/quality/lots/<number:str>": "quality.read",
    "/quality/lots/<number:str>/decide": "quality.score",
    "/quality/lots/<number:str>/<ticket:str>": {"GET": "quality.read", "POST": "quality.score"},
    "/figures": "figures.read",
    "/figures/<name:str>": "figures.read",
    "/audit": "audit.read",
    "/audit.csv": "audit.read",
    "/users": "users.manage",
    "/users/<number:int>": "users.manage",
    "/users/<number:int>/disable": "users.manage",
    "/users/<number:int>/enable": "users.manage",
    "/users/<number:int>/password": "users.manage",
    "/users/<number:int>/second-factor": "users.manage",
    "/sign-out": ANYBODY,
    "/session": ANYBODY,
    "/password": ANYBODY,
    "/second-factor": ANYBODY,
    "/second-factor/start": ANYBODY,
    "/second-factor/qr.svg": ANYBODY,
    "/second-factor/codes": ANYBODY,
    "/second-factor/remove": ANYBODY,
    "/profile": ANYBODY,
    "/profile/sign-ins": ANYBODY,
    "/profile/tokens": "tokens.own",
    "/profile/tokens/revoke": "tokens.own",
}
"""By address below `/console`, what a role must be allowed, by method where that differs.

Whoever adds a page adds it here."""


def addresses(app: Any) -> list[tuple[str, str]]:
    """Every method and address of the console, but for those of `OPEN`."""
    found = []
    for group in app.router.groups.values():
        for route in group:
            path = "/" + route.path.strip("/")
            if path != "/console" and not path.startswith("/console/"):
                continue
            below = path.removeprefix("/console") or "/"
            if below not in OPEN:
                found += [(method, below) for method in route.methods - {"HEAD", "OPTIONS"}]
    return sorted(found)


FILLED = {
    "<number:str>": "ASD-999999",
    "<number:int>": "999999",
    "<name:str>": "report",
    "<act:str>": "note",
    "<file_id:int>": "999999",
    "<mail_id:int>": "999999",
    "<slug:str>": "received",
    "<ticket:str>": "ASD-999999",
}
"""What stands in an address in the place of each parameter."""


def filled(path: str) -> str:
    for parameter, value in FILLED.items():
        path = path.replace(parameter, value)
    return f"/console{path}"


@pytest.fixture
async def served(new_desk):
    return await new_desk()


def all_addresses(services: Any) -> list[tuple[str, str]]:
    return addresses(Sanic.get_app(f"acedesk-{id(services)}"))


async def test_every_address_says_what_it_needs(served):
    services, _ = served
    assert {path for _, path in all_addresses(services)} == set(NEEDS)


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_reaches_what_it_may_and_nothing_else(served, role):
    services, http = served
    user = await new_user(services, role=role)
    for method, path in all_addresses(services):
        await sign_in_at_once(services, http, user)
        said = NEEDS[path]
        needs = said[method] if isinstance(said, dict) else said
        # Streams never end: what comes first tells whether they are open.
        async with http.stream(method, filled(path), headers=proof(http)) as answer:
            pass
        allowed = needs is None or may(role, needs)
        assert (answer.status_code != 403) is allowed, f"{role}: {method} {path}"
        assert answer.status_code < 500, f"{method} {path}"


async def test_nothing_is_reached_without_signing_in_or_changed_without_proof(served):
    services, http = served
    user = await new_user(services, role="admin")
    for method, path in all_addresses(services):
        http.cookies.clear()
        answer = await http.request(method, filled(path))
        assert answer.headers["location"] == "/console/sign-in", f"{method} {path}"
        if method == "POST":
            await sign_in_at_once(services, http, user)
            forged = await http.post(filled(path))
            assert forged.status_code == 403, path


async def test_an_administrator_manages_users(served):
    services, http = served
    await new_user(services, "lead@example.com", role="lead")
    await sign_in_at_once(services, http, await new_user(services, role="admin"))
    given = proof(http)
    for wrong in (
        {"email": "ana", "role": "lead", "language": "en"},
        {"email": "new@example.com", "role": "boss", "language": "en"},
        {"email": "LEAD@example.com", "role": "lead", "language": "en"},
    ):
        refused = await http.post("/console/users/", data=wrong, headers=given)
        assert refused.status_code == 400
        assert 'role="alert"' in refused.text
    right = {"email": "new@example.com", "name": "Nia", "role": "analyst", "language": "es"}
    made = await http.post("/console/users/", data=right, headers=given)
    password = made.text.partition('translate="no">')[2].partition("<")[0]
    async with httpx.AsyncClient(base_url=http.base_url) as new:
        await sign_in(new, "new@example.com", password)
        assert (await new.get("/console/")).headers["location"] == "/console/password"
        one = "/console/users/3"
        assert "new@example.com" in (await http.get(one)).text
        await http.post(one, data={"name": "Nia", "role": "lead", "language": "en"}, headers=given)
        assert (await new.get("/console/")).headers["location"] == "/console/sign-in"
    assert (await http.post(f"{one}/disable", headers=given)).status_code == 302
    assert "Disabled" in (await http.get("/console/users/")).text
    assert (await http.post(f"{one}/enable", headers=given)).status_code == 302
    reset = await http.post(f"{one}/password", headers=given)
    assert "One-time password" in reset.text


async def test_the_last_administrator_can_not_be_disabled_or_demoted(served):
    services, http = served
    await sign_in_at_once(services, http, await new_user(services, role="admin"))
    own = "/console/users/1"
    given = proof(http)
    for path, data in (
        (f"{own}/disable", {}),
        (own, {"role": "analyst", "name": "", "language": "en"}),
    ):
        refused = await http.post(path, data=data, headers=given)
        assert refused.status_code == 400
        assert "last administrator" in refused.text
    assert (await http.get("/console/users/")).status_code == 200
