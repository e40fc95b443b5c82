"""What a file does, or would do, to the registry: counts, changes, and errors by row and column."""

from dataclasses import asdict, dataclass, field
from typing import IO, Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from import_export.results import RowResult

from portal.core.imports.resources import SheetResource

KINDS = {
    RowResult.IMPORT_TYPE_NEW: "new",
    RowResult.IMPORT_TYPE_UPDATE: "changed",
    RowResult.IMPORT_TYPE_SKIP: "unchanged",
    RowResult.IMPORT_TYPE_INVALID: "wrong",
}


# How many rows of a kind are kept for the page: the file of failed rows has all of those.
SHOWN = 200


@dataclass
class Outcome:
    """Fit to be kept as JSON."""

    total: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    wrong: int = 0
    # The first wrong rows and the first right ones but the unchanged: number, kind, name, changes (header, before,
    # after), errors (header, sentence).
    rows: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def run(resource: SheetResource, upload: IO[bytes], *, dry_run: bool) -> tuple[Outcome, IO[bytes] | None]:
    """Load a file, or see what it would do; with the file of the rows that failed, if there are any."""
    sheet = resource.read(upload)
    results = resource.load(sheet, dry_run=dry_run)
    outcome, failed = Outcome(total=len(results)), {}
    for row, result in zip(sheet.rows, results, strict=True):
        kind = KINDS[result.import_type]
        setattr(outcome, kind, getattr(outcome, kind) + 1)
        if kind == "unchanged":
            continue
        errors = _errors(resource, result.validation_error) if kind == "wrong" else []
        if errors:
            failed[row.number] = " ".join(f"{header}：{text}" if header else text for header, text in errors)
        if (outcome.wrong if errors else outcome.new + outcome.changed) > SHOWN:
            continue
        changes = [[change.header, change.before, change.after] for change in result.diff or ()]
        name = str(row.values.get("name") or result.object_repr or row.values.get(resource.key) or "")
        outcome.rows.append(
            {
                "number": row.number,
                "kind": kind,
                "name": name[:100],
                "errors": errors,
                "changes": changes if kind == "changed" else [],
            }
        )
    return outcome, resource.write_failed(sheet, failed) if failed else None


def _errors(resource: SheetResource, error: ValidationError) -> list[list[str]]:
    """(header, sentence); what belongs to no column has an empty header."""
    by_field = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    return [
        ["" if name == NON_FIELD_ERRORS else resource.name_of(name), str(line)]
        for name, lines in by_field.items()
        for line in lines
    ]
