"""What the portal stands on: pinned, freely licensed, and without the two packages that would break it."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, distributions
from pathlib import Path

import pytest
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(settings.BASE_DIR)
# GPL and AGPL by any spelling, but not the LGPL of what is only called (psycopg2).
COPYLEFT = re.compile(r"(?<!L)(?:A?GPL)|(?<!LESSER )(?:AFFERO )?GENERAL PUBLIC LICENSE", re.IGNORECASE)


def listed(name: str) -> list[Requirement]:
    lines = (line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def closure(requirements: list[Requirement]) -> Iterator[str]:
    """The names of the requirements, and of what they require here, each once."""
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [(requirement.name, frozenset(requirement.extras)) for requirement in requirements]
    while waiting:
        name, extras = waiting.pop()
        key = (canonicalize_name(name), extras)
        if key in seen:
            continue
        seen.add(key)
        for line in distribution(name).requires or []:
            needed = Requirement(line)
            if any(needed.marker is None or needed.marker.evaluate({"extra": extra}) for extra in extras | {""}):
                waiting.append((needed.name, frozenset(needed.extras)))
    yield from sorted({name for name, _extras in seen})


def licence(name: str) -> str:
    """What the package says of its licence. Some put the whole text into the field: its first line names it."""
    meta = distribution(name).metadata
    said = [meta.get("License-Expression") or "", (meta.get("License") or "").strip().partition("\n")[0]]
    said += [value for value in meta.get_all("Classifier") or [] if value.startswith("License ::")]
    return " | ".join(filter(None, said))


RUN_TIME = list(closure(listed("requirements.txt") + listed("requirements-s3.txt")))


@pytest.mark.parametrize("name", ["requests", "psycopg", "psycopg-binary", "psycopg-c"])
def test_a_package_that_would_break_the_portal_is_not_installed(name):
    """PyPI's `requests` has the import name of our app; psycopg 3 would take over from psycopg2 without a word."""
    # Not by import: our own app answers to the name.
    with pytest.raises(PackageNotFoundError):
        distribution(name)


def test_every_requirement_is_pinned_and_installed_as_pinned():
    for requirement in listed("requirements.txt") + listed("requirements-s3.txt") + listed("requirements-dev.txt"):
        assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)), requirement
        assert requirement.specifier.contains(distribution(requirement.name).version), requirement


def test_each_requirement_is_accounted_for_in_the_documents():
    text = (ROOT / "docs" / "dependencies.md").read_text().lower()
    run_time = listed("requirements.txt") + listed("requirements-s3.txt")
    missing = [each.name for each in run_time if each.name.lower() not in text]
    assert missing == []


@pytest.mark.parametrize("name", RUN_TIME)
def test_a_run_time_dependency_is_free_to_use_in_any_portal(name):
    assert not COPYLEFT.search(licence(name).upper().replace("GNU LESSER GENERAL PUBLIC LICENSE", "LGPL"))


def test_no_distribution_is_installed_twice():
    names = [canonicalize_name(each.metadata["Name"]) for each in distributions()]
    assert len(names) == len(set(names))
