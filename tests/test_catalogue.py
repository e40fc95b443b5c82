"""The Chinese catalogue is complete, agrees with the code and loses no placeholder."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django.conf import settings

from portal.catalogue import compile_catalogue

ROOT = Path(settings.BASE_DIR)
CATALOGUE = Path("locale/zh_Hans/LC_MESSAGES/django.po")
# What messages are extracted from; tests and documents hold none.
SOURCES = ("portal", "stations", "requests", "volunteers", "templates", "locale", "manage.py")
# Two words for a filter of templates ("yes,no"), not a sentence.
ALTERNATIVES = re.compile(r"[\w ]+(,[\w ]+)+")
HALF_WIDTH = re.compile(r"[㐀-鿿](?:[,;:?!](?!\S*[/@])|\.(?=\s|$))")
PLACEHOLDER = re.compile(r"%\((\w+)\)[#0\- +]?[\d.]*[diouxXeEfFgGcrs]|%[sdf]|\{(\w*)\}")


def read(path: Path) -> dict[tuple[str | None, str], Message]:
    with path.open("rb") as file:
        catalogue = read_po(file, locale="zh_Hans")
    return {(message.context, _id(message)): message for message in catalogue if message.id}


def _id(message: Message) -> str:
    return message.id[0] if isinstance(message.id, tuple | list) else message.id


def _strings(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple | list) else [message.string]


@pytest.fixture(scope="module")
def catalogue():
    return read(ROOT / CATALOGUE)


def test_every_message_is_translated_and_none_is_a_guess(catalogue):
    assert [key for key, message in catalogue.items() if not all(_strings(message))] == []
    assert [key for key, message in catalogue.items() if message.fuzzy] == []


def test_translations_keep_the_placeholders(catalogue):
    wrong = []
    for key, message in catalogue.items():
        ids = list(message.id) if isinstance(message.id, tuple | list) else [message.id]
        # A plural names the number that its singular may leave out; Chinese has one form for both.
        allowed = {each[0] for text in ids for each in PLACEHOLDER.finditer(text)}
        needed = {each[0] for each in PLACEHOLDER.finditer(ids[-1])}
        for text in _strings(message):
            used = {each[0] for each in PLACEHOLDER.finditer(text)}
            if not needed <= used <= allowed and not (len(ids) > 1 and used <= allowed):
                wrong.append((key, text))
    assert wrong == []


def test_translations_are_chinese_with_full_width_punctuation(catalogue):
    wrong = [
        (key, text)
        for key, message in catalogue.items()
        for text in _strings(message)
        if HALF_WIDTH.search(text) and not ALTERNATIVES.fullmatch(_id(message))
    ]
    assert wrong == []


def test_no_message_of_the_code_is_missing(catalogue, tmp_path):
    if shutil.which("msgmerge") is None:
        message = "No gettext on this machine (Debian: apt-get install gettext)."
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    for name in SOURCES:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.mo", "data")
            shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, tmp_path / name)
    subprocess.run(
        [sys.executable, "manage.py", "makemessages"],
        cwd=tmp_path,
        env={**os.environ, "PORTAL_VAR_DIR": str(tmp_path / "var"), "DJANGO_SETTINGS_MODULE": "portal.settings"},
        check=True,
        capture_output=True,
    )
    missing = read(tmp_path / CATALOGUE).keys() - catalogue.keys()
    assert sorted(missing, key=str) == [], "run script/messages, then translate"


def test_a_compiled_catalogue_is_newer_than_its_source():
    assert compile_catalogue(ROOT / "locale") == []


def test_gettext_goes_by_a_name_that_the_extraction_knows():
    """`gettext as _t` translates nothing: makemessages passes its messages over."""
    known = re.compile(r"gettext(?:_lazy|_noop)? as (?!_$|_,)\w+", re.MULTILINE)
    found = [
        str(path.relative_to(ROOT))
        for source in SOURCES
        for path in (ROOT / source).rglob("*.py")
        if known.search(path.read_text())
    ]
    assert found == []
