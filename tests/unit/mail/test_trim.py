"""What a sender wrote is told from what is quoted and signed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.mail.trim import trim

SAID = "I still can not sign in.\nWhat do I do?"
QUOTES = {
    "gmail": "On Mon, Nov 23, 2026 at 9:00 AM Desk <d@x.example> wrote:\n\n> Try this.\n> Bye",
    "gmail broken": "On Mon, Nov 23, 2026 at 9:00 AM The Account Service Desk of ACE <\n"
    "desk@desk.example> wrote:\n\n> Try this.",
    "gmail es": "El lun, 23 nov 2026 a las 9:00, Mesa (<d@x.example>)\nescribió:\n\n> Pruebe esto.",
    "apple": "> On Nov 23, 2026, at 9:00, Desk <d@x.example> wrote:\n> \n> Try this.",
    "yahoo": "On Monday, November 23, 2026, 09:00:00 AM EST, Desk <d@x.example> wrote:\n\n"
    "Try this.\nBye",
    "outlook": "________________________________\nFrom: Desk <d@x.example>\nSent: Monday, 9:00\n"
    "To: Ana\nSubject: Re: x\n\nTry this.",
    "outlook es": "De: Mesa <d@x.example>\nEnviado el: lunes, 23 de noviembre de 2026 9:00\n"
    "Para: Ana\nAsunto: RE: x\n\nPruebe esto.",
    "outlook bold": "*From:* Desk <d@x.example>\n*Sent:* Monday\n*To:* Ana\n*Subject:* x\n\nBye",
    "classic": "-----Original Message-----\nFrom: Desk\nTry this.",
    "classic es": "-----Mensaje original-----\nDe: Mesa\nPruebe esto.",
    "forwarded": "---------- Forwarded message ---------\nFrom: Desk <d@x>\nTry this.",
    "date first": "2026-11-23 9:00 GMT-05:00 Desk <d@x.example>:\n\n> Try this.",
    "german": "Am 23.11.2026 um 09:00 schrieb Desk:\n> Try this.",
    "french": "Le lun. 23 nov. 2026 à 09:00, Desk <d@x.example> a écrit :\n\n> Try this.",
    "portuguese": "Em seg., 23 de nov. de 2026 às 09:00, Desk <d@x.example> escreveu:\n\n> Try.",
    "hotmail": "Date: Mon, 23 Nov 2026 09:00:00 -0500\nFrom: d@x.example\nTo: ana@y.example\n"
    "Subject: Re: x\n\nTry this.",
    "said": "Desk (d@x.example) said:\n> Try this.",
    "wrote at the end": "Desk wrote (Monday, 9:00):\n\n> Try this.",
    "bare": "> Try this.\n> Bye",
    "ticket system": "##- Please type your reply above this line -##\n\nTry this.",
}
SIGNATURES = {
    "dashes": "-- \nAna Ruiz\nImporter, Inc.\n+1 555 0100",
    "telephone": "Sent from my iPhone",
    "teléfono": "Enviado desde mi iPhone",
    "outlook": "Get Outlook for iOS",
    "outlook link": "Get Outlook for Android<https://aka.ms/x>",
    "outlook es": "Obtener Outlook para Android",
    "line": "__________\nAna Ruiz",
    "notice": "CONFIDENTIALITY NOTICE: This e-mail is for the recipient only.\nDelete it.",
    "notice 2": "This email and any attachments are confidential and intended solely for you.",
    "aviso": "AVISO DE CONFIDENCIALIDAD: este correo es para su destinatario.",
    "aviso 2": "Este mensaje y sus anexos son confidenciales y van dirigidos a su destinatario.",
}


@pytest.mark.parametrize("quote", QUOTES.values(), ids=QUOTES)
def test_an_answer_above_what_it_quotes(quote):
    assert trim(f"{SAID}\n\n{quote}").text == SAID


@pytest.mark.parametrize("signature", SIGNATURES.values(), ids=SIGNATURES)
@pytest.mark.parametrize("quote", ["", QUOTES["gmail"], QUOTES["outlook es"]])
def test_a_signature_between(signature, quote):
    assert trim(f"{SAID}\n\n{signature}\n\n{quote}").text == SAID


@pytest.mark.parametrize("quote", ["gmail", "gmail broken", "gmail es", "date first", "bare"])
def test_an_answer_below_what_it_quotes(quote):
    assert trim(f"{QUOTES[quote]}\n\n{SAID}\n-- \nAna").text == SAID


def test_an_answer_point_by_point_keeps_what_it_answers():
    body = f"Hello,\n\n{QUOTES['gmail']}\n\nI did.\n\n> Did it help?\n\nNo.\n\n> Bye"
    found = trim(body)
    assert found.text.startswith("Hello,")
    assert found.text.endswith("> Did it help?\n\nNo.")
    assert "Try this" not in found.own_words
    assert "I did." in found.own_words


@pytest.mark.parametrize("quote", ["forwarded", "outlook", "classic es", "bare"])
def test_a_forward_without_a_word_is_kept_whole(quote):
    assert trim(QUOTES[quote]).text == QUOTES[quote].strip()


@pytest.mark.parametrize(
    "body",
    [
        "My steps:\n1. sign in\n2. From: the list I choose Reports\n3. it fails",
        "On Monday my boss wrote:\nwe need access to all three accounts by Friday.",
        "He told me on the phone, and she wrote: call the desk.",
        "These entries fail:\n------\nABC-1234567-1\n" + "XYZ-7654321-2\n" * 16 + "please help",
        "The screen says\n\n  > next\n\nand nothing happens".replace("  > next", "Next >"),
        "El lunes escribí a la mesa.\n\nNadie contestó.",
        "The trip:\nFrom: Veracruz\nTo: Houston\nDate: Monday\nIs a manifest needed?",
        "The screen says:\nUser: ana\nStatus: locked",
        "We sent from Mexico three trucks.",
        "I chose\nAccounts> Users\nReports> Entries> Open\nand then it fails",
        "This is all that he wrote\n\n> 12 < 13\n\nand I do not know why.",
        "SQL> select 1\nSQL> exit\nprints nothing",
        "If you are not able to help, who is?",
        "Thanks,\nAna",
        "",
    ],
)
def test_what_only_looks_like_a_quotation_stays(body):
    assert trim(body).text == body.strip()


def test_what_is_quoted_by_name_is_no_word_of_the_sender():
    found = trim("Hello,\n\nTom> Which form?\n\nThe 7551.\n\nTom> By when?\n\nMonday.")
    assert found.own_words.split() == ["Hello,", "The", "7551.", "Monday."]
    assert "Tom> By when?" in found.text


@pytest.mark.parametrize(
    ("notice", "kept"),
    [
        ("CONFIDENTIALITY NOTICE: for Ana only. Not the intended recipient? Delete it.", False),
        ("CONFIDENTIALITY NOTICE: for Ana only. Where do I find the form?", True),
    ],
)
def test_what_a_notice_asks_is_not_what_the_sender_asks(notice, kept):
    assert (notice in trim(f"{SAID}\n\nAna\n\n{notice}").text) is kept


def test_a_telephone_signature_in_the_middle_of_a_thread_does_not_stop_it():
    body = f"{SAID}\n\nSent from my iPhone\n\n{QUOTES['apple']}"
    assert trim(body).text == SAID


@given(st.lists(st.sampled_from([*QUOTES.values(), *SIGNATURES.values(), SAID, "", "> x"])))
def test_something_is_left_of_something(pieces):
    body = "\n\n".join(pieces)
    assert bool(trim(body).text) == bool(body.strip())


@given(st.text(max_size=300))
def test_any_text_can_be_trimmed(body):
    found = trim(body)
    assert set(found.text) <= set(body) | {" "}
