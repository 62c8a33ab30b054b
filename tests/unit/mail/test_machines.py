"""Machines and people who use nearly the same words."""

import pytest

from desk.mail.classify import classify
from desk.mail.parse import parse
from tests.unit.mail.mails import mail, raw

DSN = (
    "--b\nContent-Type: text/plain\n\n{text}\n--b\nContent-Type: message/delivery-status\n\n"
    "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; x@y.example\nStatus: 5.1.1\n--b--\n"
)


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Undelivered Mail Returned to Sender", "x"),
        ("Returned mail: see transcript for details", "x"),
        ("Returned mail", "550 5.1.1 <x@y.example>... User unknown"),
        ("Delivery report", "Hello, this is the mail server on mx.example. Status: 5.0.0 (x)"),
        ("Delivery delayed: order", "Your message has not been delivered yet"),
        ("Message delayed", "Your e-mail to x@y.example is delayed. 4.4.7"),
        ("Delivery has failed", "The recipient's address was not found: unknown user"),
        ("Relayed: order", "Delivery to these recipients is complete, but no notification"
         " was sent by the destination server: x@y.example; mail server mx"),
        ("No se puede entregar: pedido", "No se encontró a x@y.example"),
        ("Error de entrega", "Su mensaje no llegó a x@y.example"),
        ("Nicht zustellbar", "550 5.1.1 x@y.example"),
        ("complaint about message from 192.0.2.1", "x"),
        ("DELIVERY FAILURE: User x (x@y.example) not listed in Domino Directory", "x"),
        ("hello", "Sorry, we were unable to deliver your message to the following address."),
        ("hello", "This message was created automatically by mail delivery software."),
        ("hello", "** Address not found **\n\nYour message wasn't delivered to x@y.example"),
        ("hello", "The following recipient(s) could not be reached:\n x@y.example"),
        ("hello", "Your message\n\n  To: x@y\n  Subject: z\n\ndid not reach x@y"),
        ("hello", "** Message blocked **\n\nYour message to x@y has been blocked."),
        ("hello", "Ihre Nachricht an x@y konnte leider nicht zugestellt werden."),
        ("Rejected: hello", "550 5.7.1 refused"),
        ("hello", "Unknown user: x@y.example\n\nRETURNED MAIL FOLLOWS"),
    ],
)  # fmt: skip
def test_mail_that_came_back(subject, body):
    assert classify(mail(body, subject)).kind == "bounce"


@pytest.mark.parametrize(
    "headers",
    [
        {"Return_Path": "<<>>"},
        {"Return_Path": "<#@[]>"},
        {"Return_Path": "<MAILER-DAEMON@mx.example>"},
        {"Auto_Submitted": "auto-replied (vacation)"},
        {"From": "do.not.reply@x.example"},
        {"From": "autoresponder@x.example"},
        {"From": "notification+abc@x.example"},
        {"From": "naoresponda@x.example"},
        {"X_Jira_Fingerprint": "abc"},
        {"subject": "Out of office", "body": "I will be out of the office until Monday."},
        {"subject": "Away", "body": "I am on vacation. I will read it when I return."},
        {"subject": "Ausencia", "body": "Me encuentro fuera de la oficina."},
        {"subject": "Automated response", "body": "This is an automated response."},
        {"subject": "[Desk] Request received: x", "body": "Your ticket number is 12."},
        {"subject": "Your case has been created", "body": "Please do not reply to this mail."},
        {"body": "Thank you for your mail. I am out of the office and will read it when I return."},
        {"body": "I will be away from my desk. For urgent matters please call Bob."},
        {"body": "Gracias por su correo. Me encuentro de vacaciones. Si es urgente, llame a Eva."},
        {"body": "Thank you for contacting Acme. Your request (#12) has been received."},
        {"body": "This mailbox is not monitored."},
        {"subject": "Re: [AutoReply] hello"},
        {"subject": "Declined: Call", "body": ""},
    ],
)
def test_what_answers_by_itself(headers):
    assert classify(mail(**headers)).kind == "auto_reply"


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Undelivered: container MSKU1234567", "The carrier left it at the port. Who do I call?"),
        ("Delivery failure at the port", "The truck was turned away. Which form do I file?"),
        ("Delivery delayed by customs", "Our goods are on hold since Monday."),
        ("Delivery report for entry 123", "Where in ACE do I find it?"),
        ("Delivered: entry summary", "What does this status mean?"),
        ("Returned mail from CBP", "Our statement came back by post. How do I change the address?"),
        ("No se pudo entregar la carga", "El camión volvió. ¿A quién llamo?"),
        ("Error de entrega de mercancía", "La carga llegó a otro puerto."),
        ("Automatic response codes in ACE", "What does AX stand for?"),
        ("Auto response not received", "We sent the manifest an hour ago and nothing came."),
        ("Accepted: entry 123, but the duty is wrong", "How do I correct it?"),
        ("Away from the port: exam", "Which warehouse?"),
        ("Request received but no answer", "I wrote two weeks ago. Can you help?"),
        ("Ausencia de firma en el formulario", "¿Puedo corregirlo?"),
        ("Return receipt", "Where do I find the receipt for the drawback?"),
        ("Re: Automatic reply: my entry", "Thank you, but who covers for you?"),
        ("Fwd: Undeliverable: my question", "I got this when I wrote to you. What do I do?"),
        ("RE: Out of Office", "Good, then I wait. One question:"),
        ("Question", "My request has been received, and now?\n> This is an automated message"),
        (
            "Question",
            "I will be out of the office next week. Please add my colleague Bob as a user.",
        ),
        ("Question", "Estaré fuera la semana próxima. Por favor den acceso a Eva."),
        ("Question", "Thank you for contacting CBP for us. What is the next step?"),
        ("Question", "The message could not be opened. It says 550. What is that?"),
        ("Question", "I am out of the office from Monday. Can my colleague sign in for me?"),
    ],
)
def test_people_who_use_the_words_of_machines(subject, body):
    assert classify(mail(body, subject)).kind == "human"


def test_who_passes_a_bounce_on_is_a_person():
    body = DSN.format(text="What is this?")
    kind = "multipart/mixed; boundary=b"
    assert classify(parse(raw(body, "Fwd: failure notice", Content_Type=kind))).kind == "human"
    assert classify(parse(raw(body, "hello", Content_Type=kind))).kind == "bounce"


@pytest.mark.parametrize(
    "headers",
    [
        {"X_MS_Exchange_Organization_SCL": "-1", "X_Auto_Response_Suppress": "DR, OOF"},
        {"X_MS_Has_Attach": "", "X_MS_TNEF_Correlator": "<x>", "Thread_Index": "Ac"},
        {"X_Mimecast_Spam_Score": "0", "X_Proofpoint_Spam_Details": "rule=notspam score=0"},
        {"X_Spam_Flag": "NO", "X_Barracuda_Connect": "mx.example", "X_ASG_Debug_ID": "1"},
        {"X_MimeTrack": "Itemize by SMTP Server", "X_Priority": "3", "Importance": "high"},
        {"Disposition_Notification_To": "ana@importer.example"},
        {"Return_Receipt_To": "ana@importer.example", "Errors_To": "ana@importer.example"},
        {"Received": "from mx (mailer-daemon@x) by postmaster.example; Mon, 23 Nov 2026"},
    ],
)
def test_what_relays_add_makes_nobody_a_machine(headers):
    assert classify(mail(**headers)).kind == "human"


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Loop": "trade@lists.example", "List_Id": "<trade>", "Precedence": "list"},
        {"Precedence": "bulk", "X_Mailing_List": "<trade@lists.example>"},
    ],
)
def test_who_writes_through_a_list_is_the_list(headers):
    assert classify(mail(**headers)).kind == "list"
