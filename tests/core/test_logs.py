"""Nothing in a log opens a case or reaches a person."""

import logging

import pytest

from portal.core.codes import format_code, new_code
from portal.core.logs import DiscreetFormatter, discreet


@pytest.fixture
def logged(caplog):
    """What the console would show of everything logged so far."""
    formatter = DiscreetFormatter("%(levelname)s %(name)s %(message)s")
    return lambda: "\n".join(formatter.format(record) for record in caplog.records)


def test_it_works(logged):
    code = format_code(new_code())
    logging.getLogger("portal.worker").warning("case %s of %s waits", code, "13800001234")
    assert logged() == "WARNING portal.worker case **** of **** waits"


@pytest.mark.parametrize("name", ["django.server", ""])
def test_the_console_is_discreet(name):
    formatters = [handler.formatter for handler in logging.getLogger(name).handlers]
    assert any(isinstance(formatter, DiscreetFormatter) for formatter in formatters)


def test_a_code_that_was_asked_for_is_not_logged(client, db, logged):
    for code in (new_code(), format_code(new_code()), "not-a-code"):
        client.get(f"/api/v1/public/requests/{code}/")
        client.get(f"/somewhere/{code}/")
    told = logged()
    assert "/api/v1/public/requests/****/" in told
    assert told.count("/somewhere/****/") == 2


def test_a_traceback_is_cleaned_as_well(logged):
    try:
        raise ValueError("Key (phone)=(13800001234) is not an id number like 440306199001011234")
    except ValueError:
        logging.getLogger("django.request").exception("Internal Server Error: %s", "/ask/")
    told = logged()
    assert "Traceback" in told and "/ask/" in told
    assert "138" not in told and "4403" not in told


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02 09:00:00,123 INFO portal.worker expired 12 offers in 1834 ms",
        "Not Found: /case/XZ000000123/",
        "region 440306001001 of 440306",
        "at 1772413200123",
        "Application restarted",
    ],
)
def test_what_names_nobody_stays(text):
    assert discreet(text) == text


@pytest.mark.parametrize("written", ["13800001234", "138 0000 1234", "+86 138-0000-1234", "8613800001234"])
def test_a_phone_number_goes_however_it_is_written(written):
    assert discreet(f"sent to {written}.") == "sent to ****."
