import mimetypes
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Browser, Page, Route

from tests.browser import PHONE, chromium

ORIGIN = "http://localhost"


@pytest.fixture
def sample_pages(settings):
    """Pages of this folder on the project's base templates."""
    settings.ROOT_URLCONF = "tests.front.urls"
    templates = [dict(django_settings.TEMPLATES[0])]
    templates[0]["DIRS"] = [*templates[0]["DIRS"], Path(__file__).parent / "templates"]
    settings.TEMPLATES = templates
    settings.STORAGES = {
        **django_settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def visit(browser, client: Client, sample_pages):
    """Open a sample page: `visit("/sample/home/")`. The test client answers, with all headers: no port, no thread."""
    contexts = []

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if path.startswith("/static/"):
            found = finders.find(path.removeprefix("/static/"))
            kind = mimetypes.guess_type(path)[0] or "text/plain"
            route.fulfill(body=Path(found).read_bytes(), content_type=kind) if found else route.fulfill(status=404)
            return
        response = client.get(path)
        route.fulfill(status=response.status_code, headers=dict(response.items()), body=response.content)

    def open_page(path: str, *, size: dict = PHONE, **options) -> Page:
        context = browser.new_context(viewport=size, locale="zh-CN", **options)
        contexts.append(context)
        context.route(f"{ORIGIN}/**", answer)
        page = context.new_page()
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        page.goto(f"{ORIGIN}{path}", wait_until="networkidle")
        return page

    yield open_page
    for context in contexts:
        context.close()
