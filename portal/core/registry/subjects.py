"""A subject of the registry: its model, where its pages are, and what one must be able to do."""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.urls import reverse


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
