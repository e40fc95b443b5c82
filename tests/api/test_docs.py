"""/api/docs/: what an engineer of a district reads of each call."""

import re

import pytest
from django.utils import translation
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator

from portal.api.summaries import STANDARD, SUMMARIES

CHINESE = re.compile("[㐀-鿿]")


@pytest.fixture(scope="module")
def schema():
    with translation.override("zh-hans"):
        return SchemaGenerator().get_schema(request=None, public=True)


@pytest.fixture(scope="module")
def calls(schema):
    return [(f"{method} {path}", call) for path, methods in schema["paths"].items() for method, call in methods.items()]


def test_the_schema_is_made_without_a_warning(schema):
    assert not GENERATOR_STATS


def test_every_call_has_a_line_and_a_part_in_chinese(calls):
    assert [name for name, call in calls if not CHINESE.search(call.get("summary", ""))] == []
    assert [name for name, call in calls if not all(CHINESE.search(tag) for tag in call["tags"])] == []


def test_every_call_says_what_it_needs_and_how_it_refuses(calls):
    for name, call in calls:
        assert "权限" in call["description"] or "令牌" in call["description"], name
        assert call["responses"]["429"] == {"$ref": "#/components/responses/TooMany"}, name
    by_name = dict(calls)
    take = by_name["post /api/v1/service-requests/{id}/take/"]
    assert "`requests:act`" in take["description"]
    assert {"400", "401", "403", "404", "409", "429"} <= take["responses"].keys()
    assert "401" not in by_name["post /api/v1/public/requests/"]["responses"]


def test_what_comes_with_an_error_is_typed(schema):
    error = schema["components"]["schemas"]["ErrorBody"]["properties"]
    assert {"code", "message", "fields", "version", "state", "since", "allowed", "permission"} <= error.keys()
    assert error["version"]["type"] == "integer"
    assert error["since"]["type"] == "array"
    assert error["allowed"]["items"] == {"type": "string"}


def test_no_summary_is_left_of_a_call_that_is_gone():
    generator = SchemaGenerator()
    generator._initialise_endpoints()
    named = {
        f"{type(view).__name__}.{getattr(view, 'action', None) or method.lower()}"
        for _path, _regex, method, view in generator._get_paths_and_endpoints()
    }
    assert set(SUMMARIES) - named == set()
    assert not {name for name in SUMMARIES if name.partition(".")[2] in STANDARD}


def test_the_page_is_in_the_language_of_the_portal(client, db):
    page = client.get("/api/docs/").content.decode()
    assert '<html lang="zh-hans">' in page
