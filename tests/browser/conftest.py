"""A real browser against a real server on PostgreSQL: `live_server` of pytest-django, one Chromium a module."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from portal.core.models import User
from tests.browser import DESKTOP, PHONE, chromium, overflows, violations

# A machine that runs other tests beside this one may take long for a page.
PATIENCE = 60_000  # ms


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def open_page(browser, live_server, settings, tmp_path):
    """`open_page("/ask/", size=PHONE)`: a page of the running portal in a browser of its own (its own cookies).

    What the browser complains about (scripts that fail) is in `page.complaints`. What the content policy refuses on
    any page fails the test at its end, whether the test looks for it or not.
    """
    settings.MEDIA_ROOT = tmp_path
    contexts, refused = [], []

    def open_(path: str, *, size: dict = PHONE, **options) -> Page:
        context = browser.new_context(viewport=size, locale="zh-CN", base_url=live_server.url, **options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda said: page.complaints.append(said.text) if _is_complaint(said) else None)
        page.on("console", lambda said: refused.append(f"{page.url}: {said.text}") if _is_refusal(said) else None)
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert refused == []


def _is_refusal(said: ConsoleMessage) -> bool:
    return "Content Security Policy" in said.text


def _is_complaint(said: ConsoleMessage) -> bool:
    # A form that is refused answers 4xx, which the browser notes; that is no fault of the page.
    return said.type == "error" and not re.search(r"status of 4(09|22|29) ", said.text)


@pytest.fixture
def sign_in(open_page):
    """`sign_in(north)`: the desk of somebody, by way of the sign-in page."""

    def sign_in_(user: User, *, size: dict = DESKTOP) -> Page:
        page = open_page("/accounts/login/?next=/desk/", size=size)
        page.locator("#id_login").fill(user.username)
        page.locator("#id_password").fill("a good password")
        page.get_by_role("button", name="登录").click()
        page.wait_for_url("**/desk/")
        return page

    return sign_in_


@pytest.fixture
def assert_accessible():
    """`assert_accessible(page)`: nothing serious or critical for axe-core, nothing to be moved sideways."""

    def check(page: Page) -> None:
        page.wait_for_load_state("networkidle")
        assert violations(page) == []
        assert not overflows(page)
        assert page.complaints == []

    return check
