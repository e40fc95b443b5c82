"""A subject of the registry: its model, where its pages are, and what one must be able to do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.urls import reverse

# The page of one row of a model, by the name of its address, for links from elsewhere. Subjects add theirs.
PAGES: dict[type[models.Model], str] = {}


def page_of(row: models.Model) -> str:
    """The address of a row's page, or nothing where it has none."""
    name = PAGES.get(row._meta.model)
    return reverse(name, args=[row.pk]) if name else ""


@dataclass(frozen=True)
class Ending:
    """What is done with a row that has had its time, instead of deleting it: in words, and the field that says so."""

    words: Any
    label: Any
    field: str


@dataclass(frozen=True)
class Subject:
    """`prefix` begins the names of the addresses: of "registry:organization" there are `_list`, `_detail`, `_edit` …"""

    model: type[models.Model]
    prefix: str
    read: str
    write: str
    # Who may add rows, where that takes more than changing them.
    create: str = ""
    icon: str = "list"
    # The sheet that its list can be exported as (`portal.desk.imports`).
    sheet: str = ""
    # Whether a row made by mistake may be deleted; regions and accounts end by verbs of their own.
    deletable: bool = True
    ending: Ending | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        PAGES.setdefault(self.model, f"{self.prefix}_detail")

    @property
    def capability_to_create(self) -> str:
        return self.create or self.write

    def url(self, page: str, *args: Any) -> str:
        return reverse(f"{self.prefix}_{page}", args=args)

    def detail(self, row: models.Model) -> str:
        return self.url("detail", row.pk)


# Subjects whose rows lie in a region, for the counts on its page. Higher floors add theirs.
IN_REGIONS: list[Subject] = []


def lies_in_regions(subject: Subject) -> Subject:
    IN_REGIONS.append(subject)
    return subject


@dataclass(frozen=True)
class Section:
    """Links on somebody else's page: the address, what it leads to, and a few words beside it."""

    title: Any
    links: list[tuple[str, Any, Any]]


# What higher floors show on an organisation's page, to those who may read it.
ON_ORGANIZATIONS: list[Callable[[Any, Any], Section | None]] = []


def shows_on_organizations(section: Callable[[Any, Any], Section | None]) -> Callable[[Any, Any], Section | None]:
    """Have an organisation's page show a section: called with the organisation and whoever reads."""
    ON_ORGANIZATIONS.append(section)
    return section
