"""Every address of the portal is scoped, or it is named here as public.

A view for staff says what it needs: `capability` on a page (`portal.core.pages.StaffPage`), `capability` or
`capabilities` on a view of the API (`portal.core.rest.views`). A view that says nothing, and is not listed, fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter, SlugConverter, StringConverter
from rest_framework.views import APIView

from portal.core.pages import StaffPage
from portal.core.permissions import CAPABILITIES
from portal.core.rest.permissions import HasCapability
from portal.core.rest.views import Base, ScopedViewSet

# Whole parts that need no account: residents' pages, and signing in (allauth guards what lies behind it).
PUBLIC_PREFIXES = ("accounts/",)
PUBLIC_NAMESPACES = ("public",)
PUBLIC_NAMES = {
    "healthz",
    "readyz",
    # For whoever has the token of PORTAL_METRICS_TOKEN, and 404 for everybody else; it holds counts alone.
    "metrics",
    # What anybody may choose for their own browser.
    "set_language",
    # Only ever chooses among the memberships of whoever is signed in.
    "switch_membership",
    "api-docs",
    "api-open311",
    "api-schema",
}
# Guarded by the administration's own sign-in.
ADMIN_NAMESPACE = "admin"
# Lists of rows that belong to nobody in particular: catalogues and the tree of categories.
CATALOGUES = {"Category", "Amenity", "ServiceItem", "StationFunction", "Skill"}


@dataclass(frozen=True)
class Address:
    route: str
    name: str
    namespaces: tuple[str, ...]
    callback: Any
    converters: tuple[tuple[str, Any], ...]

    @property
    def view(self) -> Any:
        """The class behind the callback, or the function itself."""
        return getattr(self.callback, "cls", None) or getattr(self.callback, "view_class", None) or self.callback

    @property
    def is_listed_public(self) -> bool:
        return (
            self.name in PUBLIC_NAMES
            or bool({*self.namespaces} & {*PUBLIC_NAMESPACES, ADMIN_NAMESPACE})
            or self.route.startswith((*PUBLIC_PREFIXES, settings.STATIC_URL.lstrip("/")))
        )

    @property
    def is_public(self) -> bool:
        return self.is_listed_public or getattr(self.view, "public", False) is True

    def example(self, value: int = 1) -> str:
        """An address that the route matches."""
        path = self.route
        for name, converter in self.converters:
            made = str(value) if isinstance(converter, IntConverter | StringConverter | SlugConverter) else "x"
            for written in (f"<{name}>", *(f"<{kind}:{name}>" for kind in ("int", "str", "slug", "path", "uuid"))):
                path = path.replace(written, made)
        return "/" + path


def walk(patterns: Any = None, route: str = "", namespaces: tuple[str, ...] = ()) -> Iterator[Address]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            below = namespaces + ((pattern.namespace,) if pattern.namespace else ())
            yield from walk(pattern.url_patterns, here, below)
        elif isinstance(pattern, URLPattern):
            converters = tuple(getattr(pattern.pattern, "converters", {}).items())
            yield Address(here, pattern.name or "", namespaces, pattern.callback, converters)


ADDRESSES = list(walk())
CLOSED = [address for address in ADDRESSES if not address.is_public]


def ids(addresses: list[Address]) -> list[str]:
    return [address.route for address in addresses]


def test_there_are_addresses():
    assert len(ADDRESSES) > 20
    assert CLOSED


@pytest.mark.parametrize("address", CLOSED, ids=ids(CLOSED))
def test_a_closed_view_says_what_it_needs(address):
    view = address.view
    assert isinstance(view, type), f"{address.route}: a function is neither scoped nor listed public"
    if issubclass(view, APIView):
        assert issubclass(view, Base), f"{view}: build on portal.core.rest.views"
        assert view.permission_classes == [HasCapability]
        needed = {getattr(view, "capability", None), *getattr(view, "capabilities", {}).values()}
        assert hasattr(view, "capability") or "list" in view.capabilities, f"{view}: name the capability"
    else:
        assert issubclass(view, StaffPage), f"{view}: build on portal.core.pages.StaffPage"
        needed = {view.capability}
    alternatives = {each for one in needed - {None} for each in ((one,) if isinstance(one, str) else one)}
    assert alternatives <= set(CAPABILITIES)


VIEWSETS = sorted({address.view for address in CLOSED if issubclass(address.view, ScopedViewSet)}, key=str)


@pytest.mark.parametrize("viewset", VIEWSETS, ids=[viewset.__name__ for viewset in VIEWSETS])
def test_a_list_of_the_api_starts_from_the_callers_scope(viewset):
    assert viewset.get_queryset is ScopedViewSet.get_queryset or "super().get_queryset()" in _source(viewset)
    model = viewset.queryset.model
    assert hasattr(viewset.queryset, "for_user") or model.__name__ in CATALOGUES
    assert not viewset.filter_backends


def _source(viewset: type) -> str:
    import inspect  # noqa: PLC0415

    return inspect.getsource(viewset.get_queryset)


@pytest.mark.django_db
@pytest.mark.parametrize("address", CLOSED, ids=ids(CLOSED))
def test_a_stranger_is_turned_away(address, client):
    for call in (client.get, client.post):
        response = call(address.example())
        doors = ("/accounts/login/", "/volunteer/sign-in/")
        is_sign_in = response.status_code == 302 and response.url.startswith(doors)
        assert is_sign_in or response.status_code in (401, 403, 405), f"{address.route}: {response.status_code}"


# The row in the address of a case, by the names that parts give it.
@pytest.mark.parametrize(
    "address", [each for each in CLOSED if "requests/<int:" in each.route],
    ids=ids([each for each in CLOSED if "requests/<int:" in each.route]),
)  # fmt: skip
def test_somebody_elses_case_is_not_there(address, client, south, case):
    client.force_login(south)
    for call in (client.get, client.post):
        theirs = call(address.example(case.pk), {}, content_type="application/json").status_code
        nobodys = call(address.example(10**9), {}, content_type="application/json").status_code
        # What south may do with no case at all is refused before it is looked for, and so tells nothing.
        assert theirs == nobodys, address.route
        assert theirs in (403, 404, 405), address.route
