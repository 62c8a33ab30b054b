"""The page on which users make tokens for their programs, on a real server."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from desk.settings import Settings
from tests.databases import lay_down
from tests.programs import PASSWORD, serving, token_of

PAGE = "/console/profile/tokens/"
TYPED = {"current": PASSWORD}


@pytest.fixture(params=[0])
async def ana(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    """An analyst, signed in; another user's token is number 1, and hers is number 2."""
    await asyncio.to_thread(lay_down, Settings(home=tmp_path).store_url)
    async with serving(tmp_path, rate_limit=request.param) as (services, http):
        await token_of(services, "lead")
        await token_of(services, "analyst")
        form = {"email": "analyst@desk.example", "password": PASSWORD}
        assert (await http.post("/console/sign-in", data=form)).status_code == 302
        yield http


async def csrf(http: httpx.AsyncClient) -> str:
    return re.search(r'name="csrf" value="(\w+)"', (await http.get(PAGE)).text)[1]


async def test_a_token_is_made_shown_once_used_and_revoked(ana):
    form = {"csrf": await csrf(ana), "name": "<mail>", "scope": ["tickets.read"], "days": "90"}
    page = await ana.post(PAGE, data=form | TYPED)
    assert page.status_code == 200
    token = re.search(r'id="token" value="([\w-]{43})"', page.text)[1]
    headers = {"Authorization": f"Bearer {token}"}
    assert (await ana.get("/api/v1/tickets", headers=headers)).status_code == 200
    again = (await ana.get(PAGE)).text
    assert token not in again
    assert "&lt;mail&gt;" in again
    revoked = await ana.post(f"{PAGE}revoke", data={"csrf": form["csrf"], "which": "3"})
    assert revoked.status_code == 302
    assert (await ana.get("/api/v1/tickets", headers=headers)).status_code == 401


@pytest.mark.parametrize(
    "changes",
    [{"name": " "}, {"scope": []}, {"scope": ["users.manage"]}, {"scope": ["x"]}, {"days": "0"}],
)
async def test_what_can_not_be_made_is_not(ana, changes):
    form = {"csrf": await csrf(ana), "name": "x", "scope": ["tickets.read"], "days": "90"}
    page = await ana.post(PAGE, data=form | TYPED | changes)
    assert page.status_code == 400
    assert 'role="alert"' in page.text
    assert 'id="token"' not in page.text


@pytest.mark.parametrize("which", ["1", "99", "", "x", "²", "9" * 30])
async def test_nobody_revokes_a_token_that_is_not_theirs(ana, which):
    answer = await ana.post(f"{PAGE}revoke", data={"csrf": await csrf(ana), "which": which})
    assert answer.status_code == 404


async def test_a_form_from_elsewhere_makes_nothing(ana):
    form = TYPED | {"name": "x", "scope": ["tickets.read"], "days": "90"}
    assert (await ana.post(PAGE, data=form)).status_code == 403


@pytest.mark.parametrize("typed", [{}, {"current": ""}, {"current": PASSWORD.upper()}])
async def test_a_cookie_alone_makes_no_token(ana, typed):
    form = {"csrf": await csrf(ana), "name": "x", "scope": ["tickets.read"], "days": "90"}
    page = await ana.post(PAGE, data=form | typed)
    assert page.status_code == 400
    assert "The password is not right" in page.text
    assert 'id="token"' not in page.text


@pytest.mark.parametrize("ana", [240], indirect=True)
async def test_the_password_can_not_be_guessed_here(ana):
    form = {"csrf": await csrf(ana), "name": "x", "scope": ["tickets.read"], "days": "90"}
    tried = [(await ana.post(PAGE, data=form | {"current": f"x{n}"})).status_code for n in range(9)]
    assert tried[-1] == 429
    assert (await ana.post(PAGE, data=form | TYPED)).status_code == 429


async def test_the_page_speaks_spanish_and_offers_what_the_role_allows(ana):
    page = (await ana.get(f"{PAGE}?lang=es")).text
    assert "Tokens para programas" in page
    assert "Abrir casos y trabajar en ellos" in page
    assert "users.manage" not in page
