"""Which reads go to the replica. Here it is a second connection to the same database, so rows are really committed."""

import pytest
from django.db import connections, router
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from portal import replica
from portal.core.models import Membership, Region
from portal.replica import COOKIE, REPLICA, VIEWS, reading_replica
from requests.models import ServiceRequest

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture(scope="module", autouse=True)
def _second_connection(django_db_setup):
    mirror = {**connections["default"].settings_dict["TEST"], "MIRROR": "default"}
    connections.databases[REPLICA] = {**connections["default"].settings_dict, "TEST": mirror}
    yield
    del connections[REPLICA]
    del connections.databases[REPLICA]


@pytest.fixture(autouse=True)
def _with_replica(settings):
    settings.DATABASE_ROUTERS = ["portal.replica.ReplicaRouter"]
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "portal.replica.ReplicaMiddleware"]
    yield
    connections[REPLICA].close()


@pytest.fixture
def asked():
    """The statements that an address makes the replica run."""

    def asked(client: Client, address: str, data: dict[str, str] | None = None) -> list[str]:
        with CaptureQueriesContext(connections[REPLICA]) as captured:
            answer = client.post(address, data) if data is not None else client.get(address)
            if answer.streaming:
                b"".join(answer.streaming_content)
            assert answer.status_code in (200, 302), answer.status_code
        return [query["sql"] for query in captured]

    return asked


def test_it_works(asked, client, case, north):
    client.force_login(north)
    assert any("requests_servicerequest" in sql for sql in asked(client, "/desk/reports/"))
    assert any("stations_station" in sql for sql in asked(Client(), "/stations/"))


@pytest.mark.parametrize(
    "address", ["/desk/", "/desk/requests/", "/desk/regions/", "/track/", "/api/v1/service-requests/"]
)
def test_where_people_work_the_primary_answers(asked, client, case, north, address):
    client.force_login(north)
    assert asked(client, address) == []


def test_whoever_has_just_written_reads_their_own_writing(asked, client, case, north):
    client.force_login(north)
    assert asked(client, "/desk/search/?q=路灯")
    client.post(f"/desk/requests/{case.pk}/do/note/", {"version": case.version, "text": "已电话联系"})
    assert client.cookies[COOKIE]["max-age"] == replica.SECONDS
    assert asked(client, "/desk/search/?q=路灯") == []
    assert asked(Client(), "/stations/")  # others may read a moment behind


def test_a_search_is_no_writing(asked, client, case, north):
    client.force_login(north)
    client.post("/desk/search/", {"q": "路灯"})
    assert COOKIE not in client.cookies


def last_statement_of(connection) -> str:
    pid = connection.connection.info.backend_pid
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid])
        return cursor.fetchone()[0]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_is_read_there_to_its_end(asked, client, case, north, kind):
    client.force_login(north)
    statements = asked(client, "/desk/requests/export/", {"format": kind})
    if kind == "csv":  # COPY passes by Django's log of statements
        statements = [last_statement_of(connections[REPLICA])]
    assert any("requests_servicerequest" in sql for sql in statements)
    assert COOKIE not in client.cookies


def test_who_somebody_is_is_asked_of_the_primary(asked, client, case, north):
    client.force_login(north)
    statements = asked(client, "/desk/reports/")
    for table in ("core_user", "core_membership", "django_session"):
        assert not any(f'FROM "{table}"' in sql for sql in statements)
    with reading_replica():
        assert router.db_for_read(Membership) == "default"
        assert router.db_for_read(Region) == REPLICA


def test_writes_and_locks_go_to_the_primary_whatever_is_read(case):
    with reading_replica():
        assert router.db_for_write(ServiceRequest) == "default"
        assert ServiceRequest.objects.all().db == REPLICA
        assert ServiceRequest.objects.select_for_update().db == "default"
        found = ServiceRequest.objects.get(pk=case.pk)
        found.title = "换了标题"
        found.save(update_fields=["title"])
    assert ServiceRequest.objects.using("default").get(pk=case.pk).title == "换了标题"


def test_a_replica_far_behind_is_left_alone(asked, client, case, north, monkeypatch):
    monkeypatch.setattr(replica, "SQL_LAG", "SELECT 16.0::float")
    client.force_login(north)
    assert not any("requests_servicerequest" in sql for sql in asked(client, "/desk/reports/"))
    assert asked(client, "/desk/reports/") == []


def test_one_request_leaves_nothing_to_the_next(asked, client, case, north):
    client.force_login(north)
    asked(client, "/desk/reports/")
    assert ServiceRequest.objects.all().db == "default"
    assert asked(client, "/desk/") == []


def test_without_an_answer_from_the_replica_the_primary_serves(client, case, north, monkeypatch):
    monkeypatch.setitem(connections[REPLICA].settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connections[REPLICA].settings_dict, "PORT", "1")
    client.force_login(north)
    assert client.get("/desk/reports/").status_code == 200
    assert client.get("/desk/reports/").status_code == 200


def test_every_name_in_the_list_is_an_address():
    def names(resolver: URLResolver, namespaces: tuple[str, ...] = ()):
        for each in resolver.url_patterns:
            if isinstance(each, URLPattern):
                yield ":".join([*namespaces, each.name or ""])
            else:
                yield from names(each, (*namespaces, each.namespace) if each.namespace else namespaces)

    assert set(names(get_resolver())) >= VIEWS
