"""What the content policy would refuse, or a closed network could not load, stands in no template and no script."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted(
    path
    for pattern in ("templates/**/*", "portal/*/templates/**/*", "stations/templates/**/*", "requests/templates/**/*")
    for path in ROOT.glob(pattern)
    if path.suffix in (".html", ".svg", ".txt", ".xml")
)
OWN_SCRIPTS = sorted(path for path in ROOT.glob("static/**/*.js") if "vendor" not in path.parts)
COMMENT = re.compile(r"\{%\s*comment.*?endcomment\s*%\}|\{#.*?#\}|<!--.*?-->", re.DOTALL)

REFUSED = {
    "an inline style": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an inline handler": re.compile(r"<[^>]*\s(?:on[a-z]+|hx-on[\w:.-]*)\s*=", re.IGNORECASE),
    "a script with a body": re.compile(
        r"<script\b(?![^>]*\bsrc=)(?![^>]*type=[\"']application/json[\"'])", re.IGNORECASE
    ),
    "an address of a script": re.compile(r"[\"']\s*javascript:", re.IGNORECASE),
    "something from another host": re.compile(
        r"(?:src|srcset|action|poster|data|hx-get|hx-post|url\()\s*=?\s*[\"']?\s*(?:https?:)?//", re.IGNORECASE
    ),
    "a style sheet from another host": re.compile(r"<link\b[^>]*href=[\"'](?:https?:)?//", re.IGNORECASE),
}


def test_there_are_templates():
    assert len(TEMPLATES) > 50
    assert OWN_SCRIPTS


@pytest.mark.parametrize("what", REFUSED)
def test_no_template_holds(what):
    found = []
    for path in TEMPLATES:
        text = COMMENT.sub("", path.read_text())
        found += [f"{path.relative_to(ROOT)}: {match[0][:80]}" for match in REFUSED[what].finditer(text)]
    assert found == []


@pytest.mark.parametrize("path", OWN_SCRIPTS, ids=[path.name for path in OWN_SCRIPTS])
def test_our_scripts_need_no_relaxed_policy_and_no_other_host(path):
    text = re.sub(r"/\*.*?\*/|^\s*//.*$", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
    assert not re.search(r"\beval\(|new Function\(|setTimeout\(\s*[\"']", text)
    assert not re.search(r"[\"'`](?:https?:)?//(?!www\.w3\.org)", text)
