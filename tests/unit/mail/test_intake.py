"""The same mail has the same key, and no other mail has it."""

from hypothesis import given
from hypothesis import strategies as st

from desk.mail.intake import key_of
from tests.unit.mail.mails import raw


def test_a_mail_is_the_same_by_whichever_way_it_comes():
    assert key_of(raw()) == key_of(raw(Received="from a by b", Delivered_To="x@y"))
    assert key_of(raw()) == key_of(raw().replace(b"\n", b"\r\n"))
    assert key_of(raw(Message_ID="<1@importer.example>")) == key_of(
        raw(Message_ID="\n <1@importer.example>")
    )


def test_whoever_knows_an_id_can_not_keep_another_mail_away():
    assert key_of(raw()) != key_of(raw(From="eve@evil.example"))
    assert key_of(raw()) != key_of(raw(Message_ID="<2@importer.example>"))


def test_a_mail_without_an_id_is_known_by_what_it_says():
    bare = raw(Message_ID="")
    assert key_of(bare) == key_of(raw(Message_ID="", Received="from a by b"))
    assert key_of(bare) != key_of(raw("Another text", Message_ID=""))
    assert key_of(bare) != key_of(raw(subject="Another", Message_ID=""))


@given(st.binary(max_size=300))
def test_whatever_comes_has_a_key(content):
    assert len(key_of(content)) == 64
