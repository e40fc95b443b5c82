"""An outage of the database, wherever it is met, is a 503 in plain words."""

import json

import psycopg2
import pytest
from django.core.exceptions import PermissionDenied
from django.db import DataError, InterfaceError, OperationalError, connections
from django.test import Client, RequestFactory
from django.urls import path

from portal.core import views
from portal.core.database_down import DatabaseDownMiddleware, is_outage


def lose_database(request):
    raise OperationalError("server closed the connection unexpectedly")


def break_a_rule(request):
    raise ValueError("a fault of ours")


urlpatterns = [
    path("lost", lose_database),
    path("api/v1/lost", lose_database),
    path("broken", break_a_rule),
    path("api/v1/broken", break_a_rule),
]
handler500 = views.server_error


def raised_by_postgres(error: type[Exception], code: str) -> Exception:
    """Django's error as it wraps the driver's, which carries PostgreSQL's code."""

    class Answer(psycopg2.OperationalError):
        pgcode = code

    wrapped = error("refused")
    wrapped.__cause__ = Answer()
    return wrapped


@pytest.fixture
def browser():
    return Client(raise_request_exception=False)


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_it_works(browser):
    answer = browser.get("/lost")

    assert answer.status_code == 503
    assert "请几分钟后再试" in answer.content.decode()
    assert answer["Retry-After"]
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_who_sends_a_form_is_told_that_what_they_typed_is_still_there(browser):
    assert "返回键" in browser.post("/lost").content.decode()
    assert "返回键" not in browser.get("/lost").content.decode()


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_the_api_answers_in_its_error_shape(browser):
    answer = browser.get("/api/v1/lost")

    assert answer.status_code == 503
    error = json.loads(answer.content)["error"]
    assert error["code"] == "database_unavailable"
    assert error["fields"] == {}


@pytest.mark.urls(__name__)
@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/broken", "/api/v1/broken"])
def test_a_fault_of_ours_shows_no_traceback(browser, address):
    answer = browser.get(address)

    assert answer.status_code == 500
    assert "a fault of ours" not in answer.content.decode()
    assert "系统的问题" in answer.content.decode()


def test_an_outage_outside_of_views_is_an_outage_too(rf: RequestFactory):
    try:
        raise OperationalError("no connection")
    except OperationalError:
        answer = views.server_error(rf.get("/desk/"))

    assert answer.status_code == 503


@pytest.mark.parametrize("code", ["08006", "57P01", "53300", "58030", "40P01", "40001", "55P03"])
def test_what_passes_by_itself_is_an_outage(code):
    assert is_outage(raised_by_postgres(OperationalError, code))


@pytest.mark.parametrize(
    "error",
    [
        None,
        PermissionDenied(),
        DataError("value too long"),
        raised_by_postgres(OperationalError, "54000"),  # a row too large for its index is a fault of ours
    ],
)
def test_other_errors_are_not(error, rf: RequestFactory):
    assert not is_outage(error)
    assert DatabaseDownMiddleware(lambda request: None).process_exception(rf.get("/"), error) is None


def test_a_connection_closed_under_us_is_an_outage():
    assert is_outage(InterfaceError("connection already closed"))


@pytest.mark.django_db
def test_ready_means_that_the_tables_are_there(client):
    assert client.get("/readyz").status_code == 200

    with connections["default"].cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'core'")
    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"status": "migrations pending"}


def test_healthy_means_that_the_process_answers(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_a_form_without_its_token_is_told_what_to_do():
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/")

    assert answer.status_code == 403
    assert "刷新后重新提交" in answer.content.decode()
