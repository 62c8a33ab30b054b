"""Signing in to the console in one step or two, staying, and leaving."""

import re
from datetime import timedelta

import httpx
import pyotp
import pytest
from sqlalchemy import select, update

from desk.accounts import service as accounts
from desk.accounts.models import PendingSignIn, SignIn
from desk.accounts.roles import roles_named
from desk.audit.models import AuditEntry
from desk.audit.service import SYSTEM
from tests.integration.console import (
    PASSWORD,
    csrf_of,
    enrol,
    new_user,
    now,
    proof,
    sign_in,
)

STEP = timedelta(seconds=30)


@pytest.fixture
async def served(new_desk):
    return await new_desk()


async def audited(services, *actions):
    async with services.store.read() as session:
        rows = await session.scalars(
            select(AuditEntry).where(AuditEntry.action.in_(actions)).order_by(AuditEntry.id)
        )
        return [(row.action, row.object, row.detail) for row in rows]


async def test_a_second_factor_is_set_up_and_then_asked_for(served):
    services, http = served
    user = await new_user(services)
    await sign_in(http)
    start = await http.get("/console/second-factor/")
    await http.post("/console/second-factor/start", data={"csrf": csrf_of(start)})
    page = await http.get("/console/second-factor/")
    secret = re.search(r'<code class="secret"[^>]*>([A-Z2-7 ]+)</code>', page.text)[1]
    assert re.fullmatch(r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", secret)
    qr = await http.get("/console/second-factor/qr.svg")
    assert qr.headers["Content-Type"] == "image/svg+xml"
    assert "style" not in qr.text
    field = re.search(r'<input id="code"[^>]*>', page.text)[0]
    for said in ('inputmode="numeric"', 'autocomplete="one-time-code"'):
        assert said in field
    app = pyotp.TOTP(secret.replace(" ", ""))
    wrong = await http.post(
        "/console/second-factor/", data={"csrf": csrf_of(page), "code": "12 34 56"}
    )
    assert wrong.status_code == 400
    assert "This code is not right" in wrong.text
    code = app.at(now() - STEP)
    shown = await http.post(
        "/console/second-factor/",
        data={"csrf": csrf_of(page), "code": f"{code[:3]} {code[3:]}"},
    )
    codes = re.findall(r"<code>([A-Z2-9]{5}-[A-Z2-9]{5})</code>", shown.text)
    assert len(codes) == 10
    assert (await http.get("/console/second-factor/qr.svg")).status_code == 404
    assert codes[0] not in (await http.get("/console/second-factor/")).text

    http.cookies.clear()
    asked = await sign_in(http)
    assert asked.headers["location"].startswith("/console/sign-in/code")
    assert (await http.get("/console/")).headers["location"] == "/console/sign-in"
    assert "Enter your code" in (await http.get("/console/sign-in/code")).text
    again = await http.post("/console/sign-in/code", data={"code": code})
    assert again.status_code == 403
    let_in = await http.post("/console/sign-in/code", data={"code": app.at(now())})
    assert let_in.headers["location"] == "/console/"
    assert (await http.get("/console/")).status_code == 200

    http.cookies.clear()
    await sign_in(http)
    let_in = await http.post("/console/sign-in/code", data={"code": codes[3].lower()})
    assert let_in.headers["location"] == "/console/"
    of = f"user/{user.id}"
    assert await audited(services, "sign_in_failed", "signed_in", "recovery_code_used") == [
        ("signed_in", of, {"how": "password"}),
        ("sign_in_failed", of, {"why": "code"}),
        ("signed_in", of, {"how": "code"}),
        ("recovery_code_used", of, {}),
        ("signed_in", of, {"how": "recovery_code"}),
    ]


async def test_the_second_step_is_bound_to_the_browser_and_five_minutes(served):
    services, http = served
    user = await new_user(services)
    app, _ = await enrol(services, user, at=now() - 10 * STEP)
    await sign_in(http)
    async with httpx.AsyncClient(base_url=http.base_url) as elsewhere:
        answer = await elsewhere.post("/console/sign-in/code", data={"code": app.at(now())})
        assert answer.status_code == 403
        assert "begun in another browser" in answer.text
    async with services.store.write() as session:
        await session.execute(update(PendingSignIn).values(expires_at=now()))
    answer = await http.post("/console/sign-in/code", data={"code": app.at(now())})
    assert answer.status_code == 403
    assert "Please start again" in answer.text
    assert (await http.get("/console/")).headers["location"] == "/console/sign-in"


async def test_another_site_can_not_post_the_code(served):
    services, http = served
    user = await new_user(services)
    app, _ = await enrol(services, user, at=now() - 10 * STEP)
    await sign_in(http)
    answer = await http.post(
        "/console/sign-in/code",
        data={"code": app.at(now())},
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 403


async def test_switching_it_off_needs_password_and_code(served):
    services, http = served
    user = await new_user(services)
    app, codes = await enrol(services, user, at=now() - 10 * STEP)
    await sign_in(http)
    await http.post("/console/sign-in/code", data={"code": app.at(now())})
    given = {"csrf": csrf_of(await http.get("/console/second-factor/"))}
    for wrong in (
        {"current": PASSWORD, "code": "000000"},
        {"current": "wrong", "code": codes[0]},
        {},
    ):
        refused = await http.post("/console/second-factor/remove", data=given | wrong)
        assert refused.status_code == 400
        assert "still on" in refused.text
    right = given | {"current": PASSWORD, "code": codes[0]}
    done = await http.post("/console/second-factor/remove", data=right)
    assert done.headers["location"] == "/console/profile"
    http.cookies.clear()
    assert (await sign_in(http)).headers["location"] == "/console/"


async def test_new_recovery_codes_replace_the_old_ones(served):
    services, http = served
    user = await new_user(services)
    app, codes = await enrol(services, user, at=now() - 10 * STEP)
    await sign_in(http)
    await http.post("/console/sign-in/code", data={"code": app.at(now())})
    given = {"csrf": csrf_of(await http.get("/console/second-factor/"))}
    made = await http.post("/console/second-factor/codes", data=given | {"code": codes[0]})
    assert "take the place" in made.text
    assert len(re.findall(r"<code>[A-Z2-9]{5}-[A-Z2-9]{5}</code>", made.text)) == 10
    refused = await http.post("/console/second-factor/codes", data=given | {"code": codes[1]})
    assert refused.status_code == 400


async def test_a_role_that_must_have_one_reaches_nothing_before(new_desk):
    services, http = await new_desk(require_second_factor="admin, lead")
    await new_user(services, "lead@example.com", role="lead")
    await new_user(services, "ana@example.com", role="analyst")
    await sign_in(http, "lead@example.com")
    for path in ("/console/", "/console/profile", "/console/figures/"):
        assert (await http.get(path)).headers["location"] == "/console/second-factor"
    page = await http.get("/console/second-factor/")
    assert "Your role requires a second factor" in page.text
    given = {"csrf": csrf_of(page)}
    assert (await http.post("/console/second-factor/start", data=given)).status_code == 302
    assert (await http.get("/console/second-factor/qr.svg")).status_code == 200
    assert (await http.post("/console/sign-out", data=given)).status_code == 302
    await sign_in(http)
    assert (await http.get("/console/")).status_code == 200


def test_a_role_that_there_is_not_stops_the_start():
    with pytest.raises(ValueError, match="no role boss"):
        roles_named("admin,boss")


async def test_changing_a_password_needs_the_present_one_and_signs_out_elsewhere(served):
    services, http = served
    await new_user(services)
    await sign_in(http)
    async with httpx.AsyncClient(base_url=http.base_url) as elsewhere:
        await sign_in(elsewhere)
        given = {"csrf": csrf_of(await http.get("/console/password"))}
        chosen = given | {"password": "another long one"}
        refused = await http.post("/console/password", data=chosen | {"current": "wrong"})
        assert refused.status_code == 400
        assert "has not been changed" in refused.text
        changed = await http.post("/console/password", data=chosen | {"current": PASSWORD})
        assert changed.headers["location"] == "/console/"
        assert (await http.get("/console/")).status_code == 200
        assert (await elsewhere.get("/console/")).status_code == 302


async def test_the_page_can_ask_when_the_sign_in_ends_without_putting_that_off(served):
    services, http = served
    await new_user(services)
    signed_out = await http.get("/console/session", headers={"Accept": "application/json"})
    assert signed_out.status_code == 401
    await sign_in(http)
    began = now() - timedelta(minutes=10)
    async with services.store.write() as session:
        await session.execute(update(SignIn).values(seen_at=began))
    ends = f"{began + timedelta(minutes=60):%Y-%m-%dT%H:%M:%SZ}"
    for _ in range(2):
        asked = await http.get("/console/session", headers={"Accept": "application/json"})
        assert asked.json() == {"expires_at": ends}
    assert (await http.post("/console/session")).status_code == 403
    stayed = await http.post("/console/session", headers=proof(http))
    assert stayed.json()["expires_at"] > ends
    async with services.store.write() as session:
        await session.execute(update(SignIn).values(seen_at=now() - timedelta(minutes=60)))
    gone = await http.get("/console/session", headers={"Accept": "application/json"})
    assert gone.status_code == 401
    assert (await http.get("/console/")).headers["location"] == "/console/sign-in"


async def test_use_is_written_down_once_a_minute(served):
    services, http = served
    await new_user(services)
    await sign_in(http)

    async def seen():
        async with services.store.read() as session:
            return await session.scalar(select(SignIn.seen_at))

    first = await seen()
    await http.get("/console/")
    assert await seen() == first
    async with services.store.write() as session:
        await session.execute(update(SignIn).values(seen_at=first - timedelta(minutes=2)))
    await http.get("/console/")
    assert await seen() > first


async def test_whoever_is_disabled_is_out_with_the_next_request(served):
    services, http = served
    user = await new_user(services)
    await sign_in(http)
    async with services.store.write() as session:
        await accounts.disable(session, user.id, by=SYSTEM, now=now())
    assert (await http.get("/console/")).headers["location"] == "/console/sign-in"
    assert (await sign_in(http)).status_code == 403


async def test_people_see_where_they_are_signed_in_and_end_it(served):
    services, http = served
    await new_user(services)
    await sign_in(http)
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
    async with httpx.AsyncClient(
        base_url=http.base_url, headers={"User-Agent": agent}
    ) as elsewhere:
        await sign_in(elsewhere)
        page = await http.get("/console/profile/")
        assert "Firefox · Windows" in page.text
        which = re.search(r'name="which" value="([0-9a-f]{64})"', page.text)[1]
        given = {"csrf": csrf_of(page), "which": which}
        assert (await http.post("/console/profile/sign-ins", data=given)).status_code == 302
        assert (await elsewhere.get("/console/")).status_code == 302
        await sign_in(elsewhere)
        given["which"] = "others"
        await http.post("/console/profile/sign-ins", data=given)
        assert (await elsewhere.get("/console/")).status_code == 302
        assert (await http.get("/console/")).status_code == 200


async def test_people_set_their_name_and_language(served):
    services, http = served
    await new_user(services)
    await sign_in(http)
    given = {"csrf": csrf_of(await http.get("/console/profile/"))}
    for wrong in ({"name": "x" * 65, "language": "es"}, {"name": "Ana", "language": "fr"}):
        assert (await http.post("/console/profile/", data=given | wrong)).status_code == 400
    await http.post("/console/profile/", data=given | {"name": " Ana  María ", "language": "es"})
    page = await http.get("/console/profile/")
    assert "Dónde tiene la sesión iniciada" in page.text
    assert 'value="Ana María"' in page.text


async def test_guessing_is_slowed_and_said_in_both_languages(new_desk):
    services, http = await new_desk(rate_limit=240)
    await new_user(services)
    told = {}
    for email in ("ana@example.com", "nobody@example.com"):
        answers = [await sign_in(http, email, "wrong") for _ in range(6)]
        assert [answer.status_code for answer in answers] == [403] * 5 + [429]
        assert int(answers[-1].headers["Retry-After"]) >= 1
        told[email] = answers[-1].text
    assert len(set(told.values())) == 1
    spanish = await http.post(
        "/console/sign-in?lang=es", data={"email": "nobody@example.com", "password": "x"}
    )
    assert "Demasiados intentos" in spanish.text


async def test_whoever_has_signed_in_here_before_is_not_kept_out_by_others(new_desk):
    services, http = await new_desk(rate_limit=240)
    await new_user(services)
    await sign_in(http)
    async with httpx.AsyncClient(base_url=http.base_url) as elsewhere:
        for _ in range(8):
            await sign_in(elsewhere, password="wrong")
        assert (await sign_in(elsewhere)).status_code == 429
    assert (await sign_in(http)).headers["location"] == "/console/"
