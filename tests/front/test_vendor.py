"""What we ship of other people's work is what the checksums say, and its licence is beside it."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from portal.core import humanize
from portal.demo.catalogue import AMENITIES
from portal.desk.actions import LOOKS
from requests.timeline import ICONS as TIMELINE_ICONS

FOLDERS = [settings.BASE_DIR / each for each in ("static/vendor", "tests/vendor", "portal/core/fonts")]
PACKAGES = [package for folder in FOLDERS for package in sorted(folder.iterdir()) if package.is_dir()]
ICONS = set(re.findall(r'<symbol id="([^"]+)"', (settings.BASE_DIR / "static" / "icons.svg").read_text()))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_every_file_is_listed_with_its_checksum(folder: Path):
    listed = dict(reversed(line.split("  ", 1)) for line in (folder / "CHECKSUMS.txt").read_text().splitlines())
    present = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "CHECKSUMS.txt"
    }
    assert present == listed


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_package_names_its_version_and_holds_its_licence(package: Path):
    assert re.search(r"-\d+\.\d+\.\d+$", package.name)
    assert re.search(r"licen[cs]e|copyright", (package / "LICENSE").read_text(), re.IGNORECASE)


def test_every_icon_that_code_names_is_in_the_sprite():
    looks = [*humanize.STATE_LOOKS.values(), *humanize.DUE_LOOKS.values(), humanize.DEFAULT_LOOK]
    assert {look.icon for look in looks} <= ICONS


def test_every_icon_of_an_amenity_a_step_or_a_timeline_is_in_the_sprite():
    assert {icon for _, _, icon in AMENITIES} <= ICONS
    assert {look.icon for look in LOOKS.values()} <= ICONS
    assert set(TIMELINE_ICONS.values()) <= ICONS


def test_every_icon_that_a_template_names_is_in_the_sprite():
    named = set()
    for template in (settings.BASE_DIR / "templates").rglob("*.html"):
        text = template.read_text()
        named |= set(re.findall(r'{% icon "([^"]+)"', text))
        named |= set(re.findall(r'{% nav_link "[^"]+" "([^"]+)"', text))
        named |= set(re.findall(r'icon_name="([^"]+)"', text))
    assert named <= ICONS


def test_no_template_or_script_asks_another_host():
    ours = [*(settings.BASE_DIR / "templates").rglob("*.html")]
    ours += [
        *(settings.BASE_DIR / "static" / "js").rglob("*.js"),
        *(settings.BASE_DIR / "static" / "css").rglob("*.css"),
    ]
    for path in ours:
        assert not re.search(r"""(src|href|url|import)\s*[=(]?\s*["']?(https?:)?//""", path.read_text()), path


def test_no_template_has_inline_script_or_style():
    """The content security policy would refuse it, silently, in front of a user."""
    for path in (settings.BASE_DIR / "templates").rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"\sstyle=|\son[a-z]+=\"|<style|<script(?![^>]*\bsrc=)|javascript:", text), path


def test_our_static_files_can_be_served_by_hashed_names(settings, tmp_path):
    """Every file that a style sheet or a source map comment names is there: else no release could be built."""
    settings.STATIC_ROOT = tmp_path
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    names = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    assert names["css/desk.css"] != "css/desk.css"
    assert "vendor/leaflet-1.9.4/images/layers.png" in names
