"""A desk that logs all that it can, spoken to over every way in: the log keeps nothing of it."""

import asyncio
import logging

from desk.settings import Settings
from tests.databases import lay_down
from tests.programs import serving, token_of
from tests.unit.attachments.files import PDF

SSN = "078-05-1120"
WORDS = "canary words of a visitor"
SAID = f"{WORDS}, my ssn is {SSN}"
ACTS = (
    ("take", {}),
    ("note", {"text": SAID}),
    ("describe", {"name": SAID, "company": SAID}),
    ("plan", {"action": SAID}),
    ("tag", {"add": [WORDS.replace(" ", "-")]}),
    ("resolve", {"code": "answered", "notes": SAID}),
)


async def test_no_way_in_leads_into_the_log_and_no_secret_into_the_store(tmp_path, log_file):
    home = tmp_path / "home"
    home.mkdir()
    await asyncio.to_thread(lay_down, Settings(home=home).store_url)
    async with serving(home) as (services, http):
        token = await token_of(services, "admin")
        made = (await http.post("/api/v1/conversations", json={})).json()
        chat = {"Authorization": f"Bearer {made['token']}"}
        base = f"/api/v1/conversations/{made['id']}"
        message = {"client_id": "c1", "text": SAID}
        answers = [await http.post(f"{base}/messages", json=message, headers=chat)]
        for wrong in ({"client_id": SAID, "text": ["x", SAID]}, SAID, {SAID: SAID}):
            refused = await http.post(f"{base}/messages", json=wrong, headers=chat)
            assert refused.status_code == 400
        rest = {"sender": SAID, "message": SAID, "metadata": {"message_id": "1"}}
        answers.append(await http.post("/webhooks/rest/webhook", json=rest))
        answers.append(await http.post("/api/v1/tickets", json={"text": SAID}, headers=token))
        number = answers[-1].json()["number"]
        for path, who in (
            (f"{base}/files", chat),
            (f"/api/v1/tickets/{number}/attachments", token),
        ):
            file = {"file": (f"{SAID}.pdf", PDF)}
            form = {"client_id": "f1"}
            answers.append(await http.post(path, data=form, files=file, headers=who))
        for act, words in ACTS:
            path = f"/api/v1/tickets/{number}/{act}"
            answers.append(await http.post(path, json=words, headers=token))
        for path in (
            f"/{SAID}", f"/api/v1/tickets/{SAID}", f"/console/tickets/{SAID}?q={SAID}",
            f"/static/{SAID}", f"/static/%2e%2e/{SAID}", f"/static/{SAID}%00",
        ):  # fmt: skip
            assert (await http.get(path, headers=token)).status_code < 500
        await http.post("/console/sign-in", data={"email": SAID, "password": SAID})
        await http.get("/api/v1/tickets", headers={"Authorization": f"Bearer {SAID}"})
        refused = [one.text for one in answers if not one.is_success]
        assert not refused
        logging.getLogger("desk").debug("the log was open")
    logged = log_file.read_text(encoding="utf-8")
    assert "the log was open" in logged
    for canary in (SSN, SSN.replace("-", ""), WORDS, "%20words%20of", made["token"],
                   token["Authorization"].removeprefix("Bearer ")):  # fmt: skip
        assert canary not in logged, canary
    kept = b"".join(one.read_bytes() for one in sorted(home.rglob("*")) if one.is_file())
    assert WORDS.encode() in kept
    for canary in (SSN.encode(), SSN.replace("-", "").encode(), made["token"].encode()):
        assert canary not in kept, canary
