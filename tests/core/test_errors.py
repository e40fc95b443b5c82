import pytest
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from portal.core.errors import Conflict, DomainError, NotAllowed, NotFound, from_validation_error


def test_it_works():
    error = DomainError("bad_code", "No.", fields={"code": ["No."]}, extra={"allowed": ["take"]})
    assert error.as_body() == {
        "error": {"code": "bad_code", "message": "No.", "fields": {"code": ["No."]}, "allowed": ["take"]}
    }
    assert error.status == 400
    assert str(error) == "No."


def test_extra_cannot_replace_the_shape():
    assert DomainError("a", "b", extra={"code": "c"}).as_body()["error"]["code"] == "a"


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [(NotAllowed, 403, "not_allowed"), (NotFound, 404, "not_found"), (Conflict, 409, "conflict")],
)
def test_each_kind_has_its_status_and_a_sentence(kind, status, code):
    error = kind()
    assert (error.status, error.code) == (status, code)
    assert str(error)
    assert kind("Own words.", code="own").as_body()["error"] == {
        "code": "own",
        "message": "Own words.",
        "fields": {},
    }


def test_the_message_is_translated_when_it_is_shown():
    error = DomainError("x", _("Monday"))
    with translation.override("zh-hans"):
        assert str(error) == error.as_body()["error"]["message"] == "星期一"
    with translation.override("en"):
        assert str(error) == "Monday"


def test_a_validation_error_keeps_its_fields():
    error = from_validation_error(ValidationError({"phone": ["Bad."], NON_FIELD_ERRORS: ["Both."]}))
    assert error.fields == {"phone": ["Bad."], "non_field_errors": ["Both."]}
    assert str(error) == "Both."
    assert error.code == "invalid"


def test_a_validation_error_without_fields_is_for_the_whole():
    assert from_validation_error(ValidationError("Bad.")).fields == {"non_field_errors": ["Bad."]}
    assert str(from_validation_error(ValidationError([])))


@pytest.mark.django_db
def test_an_unknown_address_of_the_api_answers_in_its_shape(client):
    answer = client.get("/api/v1/nothing/")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert client.get("/nothing/")["Content-Type"].startswith("text/html")


@pytest.mark.django_db
def test_an_unknown_format_is_told_as_such(client):
    answer = client.get("/api/v1/public/stations/?format=pdf")
    assert (answer.status_code, answer.json()["error"]["code"]) == (406, "not_acceptable")
