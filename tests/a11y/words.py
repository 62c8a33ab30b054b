"""What is said in the scenes, in both languages."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

NUMBER = "ASD-000123"
SOURCES = {
    "en": [
        ("ACE Portal: user access", "https://www.cbp.gov/trade/automated/ace-portal-users"),
        ("ACE account management", "https://www.cbp.gov/trade/automated/ace-accounts"),
    ],
    "es": [
        ("ACE Portal: user access (en inglés)", "https://www.cbp.gov/trade/ace-portal-users"),
        ("ACE account management (en inglés)", "https://www.cbp.gov/trade/ace-accounts"),
    ],
}
REVIEWED = "2026-11-03"


def bot(text: str, **more: Any) -> dict[str, Any]:
    return {"actor": "bot", "text": text} | more


def system(text: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"actor": "system", "text": text, "custom": {"kind": kind, **more}}


def ticket(state: str = "new") -> dict[str, Any]:
    due = (datetime.now(UTC) + timedelta(hours=4)).isoformat()
    return {"number": NUMBER, "state": state, "due": due, "language": "en"}


@dataclass(frozen=True, kw_only=True)
class Words:
    """One language's sentences."""

    language: str
    question: str
    body: str
    person: str
    which: str
    handed_on: str
    options: tuple[str, ...]
    joined: str
    left: str
    hello: str
    timeout: str
    ended: str
    ask_rating: str
    file_type: str

    @property
    def choices(self) -> list[dict[str, str]]:
        return [{"title": title, "payload": f"/{title}"} for title in self.options]

    @property
    def answer(self) -> dict[str, Any]:
        sources = [
            {"title": title, "url": url, "reviewed": REVIEWED}
            for title, url in SOURCES[self.language]
        ]
        lines = "\n".join(f"- [{source['title']}]({source['url']})" for source in sources)
        review = "Reviewed" if self.language == "en" else "Revisado:"
        return bot(
            f"{self.body}\n\n{lines}\n\n{review} {REVIEWED}",
            buttons=[{"title": self.person, "payload": "/person_wanted"}],
            custom={"kind": "answer", "sources": sources},
        )

    @property
    def waiting(self) -> dict[str, Any]:
        queue = {"place": 2, "wait_s": 600, "wait_low_s": 320, "wait_high_s": 880}
        return {"state": "waiting", "queue": queue, "ticket": ticket()}


@cache
def words(language: str) -> Words:
    if language == "es":
        return Words(
            language="es",
            question="¿Cómo agrego un usuario nuevo?",
            body="**Agregar usuarios**\n\nEn **Accounts**, elija **Users**:\n\n"
            "1. Abra la cuenta.\n2. Pulse **Add User**.\n3. Escriba el correo de la persona.",
            person="Hablar con una persona",
            which="¿Cuál de estas opciones se acerca más a su pregunta?",
            handed_on=f"Abrí el caso {NUMBER}. Un analista le atenderá aquí mismo.",
            options=("Agregar usuarios", "Programar un informe con el mismo filtro cada semana"),
            joined="Ana se unió a la conversación.",
            left="Ana salió de la conversación.",
            hello="Buenas tardes, soy Ana. Ya veo su caso.",
            timeout="La conversación se cerrará en 5 minutos si no escribe nada.",
            ended="La conversación terminó.",
            ask_rating="¿Nos cuenta cómo le fue?",
            file_type="Este tipo de archivo no se acepta. Envíe PDF, imagen, Word, Excel o texto.",
        )
    return Words(
        language="en",
        question="How do I add a new user?",
        body="**Adding users**\n\nUnder **Accounts**, choose **Users**:\n\n"
        "1. Open the account.\n2. Press **Add User**.\n3. Type the person's e-mail address.",
        person="Talk to a person",
        which="Which of these comes closest to your question?",
        handed_on=f"I opened ticket {NUMBER}. An analyst will help you right here.",
        options=("Adding users", "Scheduling a report with the same filter every week"),
        joined="Ana has joined the conversation.",
        left="Ana has left the conversation.",
        hello="Good afternoon, this is Ana. I have your ticket here.",
        timeout="The conversation will close in 5 minutes unless you write something.",
        ended="The conversation has ended.",
        ask_rating="Would you tell us how it went?",
        file_type="This kind of file is not taken. Send PDF, pictures, Word, Excel or text.",
    )
