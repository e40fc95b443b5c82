"""Compiles the message catalogue with Babel, so that a machine that runs the portal needs no gettext."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_catalogue(root: Path) -> list[Path]:
    """Compile every catalogue below `root` whose compiled file is missing or older; returns those compiled.

    Fuzzy entries are left out: a guess of msgmerge is worse than the English sentence.
    """
    compiled = []
    for source in sorted(root.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name)
        draft = target.with_suffix(".mo.new")
        with draft.open("wb") as file:
            write_mo(file, catalogue)
        draft.replace(target)
        compiled.append(target)
    return compiled
