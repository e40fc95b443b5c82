"""The verbs that change the tree of regions: create, rename, move, abolish, merge.

Each is one transaction with its history. What lies in a region that is merged goes along (`portal.core.merging`); what
keeps a copy of its ancestors (cases) is brought up to date by the hooks that higher floors register with `on_move`:
core knows nothing of them.
"""

from collections.abc import Callable
from datetime import date

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Substr
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core import merging
from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.history import acting_as
from portal.core.models import Level, Region, User
from portal.core.region_names import initials, short_name

# Our own codes of functional districts begin with a letter, which no official code does.
FUNCTIONAL_PREFIX = "F"

Hook = Callable[[Region], None]
MergeHook = Callable[[Region, Region], None]
Remains = Callable[[Region], str]
_on_move: list[Hook] = []
_on_merge: list[MergeHook] = []
_remains: list[Remains] = []


def on_move(hook: Hook) -> Hook:
    """Have `hook(region)` run, in the same transaction, after `region` and its subtree got new ancestors."""
    _on_move.append(hook)
    return hook


def on_merge(hook: MergeHook) -> MergeHook:
    """Have `hook(region, into)` run, in the same transaction, after `region` was merged into another one."""
    _on_merge.append(hook)
    return hook


def remains(words: Remains) -> Remains:
    """Have `words(region)` say what of its kind still lies in a region ("2 stations"; nothing: none).

    A region in which something lies is not abolished: nobody would look after it any more.
    """
    _remains.append(words)
    return words


def create_region(
    *,
    code: str,
    name: str,
    level: str,
    parent: Region | None,
    by: User | None,
    is_functional: bool = False,
    on: date | None = None,
) -> Region:
    """Add one region. A functional district has a code of our own (F and digits), all others an official one."""
    _may_write(by, parent)
    _fits(level, parent)
    if is_functional != code.startswith(FUNCTIONAL_PREFIX) or (is_functional and level != Level.DISTRICT):
        message = _("A functional district, and nothing else, has a code that begins with F.")
        raise DomainError("invalid", message, fields={"code": [message]})
    with transaction.atomic(), acting_as(by.pk if by else None):
        if Region.objects.filter(code=code).exists():
            message = _("The code %(code)s is taken.") % {"code": code}
            raise Conflict(message, code="code_taken", fields={"code": [message]})
        shown = short_name(name)
        return Region.objects.create(
            code=code, name=name, short_name=shown, pinyin=initials(shown), level=level, parent=parent,
            is_functional=is_functional, valid_from=on,
        )  # fmt: skip


def rename_region(region: Region, *, name: str, by: User | None, short: str = "") -> Region:
    """Give a region a new official name; the short one follows unless it is given."""
    name = name.strip()
    if not name:
        message = _("A region needs a name.")
        raise DomainError("invalid", message, fields={"name": [message]})
    with _locked(region, by) as locked:
        locked.name, locked.short_name = name, short.strip() or short_name(name)
        locked.pinyin = initials(locked.short_name)
        locked.save(update_fields=["name", "short_name", "pinyin"])
    return _refreshed(region)


def move_region(region: Region, *, to: Region, by: User | None) -> Region:
    """Put a region with everything under it beneath another parent: what a functional district takes over."""
    with _locked(region, by) as locked:
        _may_write(by, to)
        _is_current(locked)
        _fits(locked.level, to)
        _is_current(to)
        if to.path.startswith(locked.path):
            raise DomainError("invalid", _("A region cannot be moved into itself."))
        if locked.parent_id != to.pk:
            old, new = locked.path, f"{to.path}{locked.code}/"
            subtree = Region.objects.filter(path__startswith=old)
            deeper = to.depth + 1 - locked.depth
            subtree.update(path=Concat(Value(new), Substr("path", len(old) + 1)), depth=F("depth") + deeper)
            Region.objects.filter(pk=locked.pk).update(parent=to)
            locked.refresh_from_db()
            for hook in _on_move:
                hook(locked)
    return _refreshed(region)


def abolish_region(
    region: Region, *, by: User | None, on: date | None = None, merged_into: Region | None = None
) -> Region:
    """End a region under which no other one lies. Its code and its past stay; what lies in it goes to `merged_into`."""
    on = on or timezone.localdate()
    with _locked(region, by) as locked:
        _is_current(locked)
        if Region.objects.filter(parent=locked).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on)).exists():
            raise Conflict(_("Move or abolish what lies in “%(name)s” first.") % {"name": locked}, code="not_empty")
        if merged_into is None:
            _is_empty(locked)
        else:
            # Locked too: it must not be abolished, nor moved, while it takes another one in.
            merged_into = Region.objects.select_for_update(of=("self",)).get(pk=merged_into.pk)
            _may_write(by, merged_into)
            _is_current(merged_into)
            if merged_into.pk == locked.pk or merged_into.level != locked.level:
                raise DomainError("invalid", _("A region is merged into another one of its own level."))
            merging.refuse_conflicts(locked, merged_into)
        locked.valid_to, locked.merged_into = on, merged_into
        locked.save(update_fields=["valid_to", "merged_into"])
        if merged_into is not None:
            merging.move_rows(locked, merged_into)
            for hook in _on_merge:
                hook(locked, merged_into)
    return _refreshed(region)


def merge_regions(regions: list[Region], *, into: Region, by: User | None, on: date | None = None) -> Region:
    """Merge regions into one of their level: what lay in them moves there, then they are abolished."""
    with transaction.atomic():
        for region in regions:
            _may_write(by, region)
            for child in Region.objects.filter(parent=region).current():
                move_region(child, to=into, by=by)
            abolish_region(region, by=by, on=on, merged_into=into)
    return _refreshed(into)


class _locked:
    """Lock a region's row within a transaction in which `by` acts, after checking that `by` looks after it."""

    def __init__(self, region: Region, by: User | None) -> None:
        self.region, self.by = region, by
        self.contexts = [transaction.atomic(), acting_as(by.pk if by else None)]

    def __enter__(self) -> Region:
        _may_write(self.by, self.region)
        for context in self.contexts:
            context.__enter__()
        return Region.objects.select_for_update(of=("self",)).select_related("parent").get(pk=self.region.pk)

    def __exit__(self, *exception: object) -> None:
        for context in reversed(self.contexts):
            context.__exit__(*exception)


def _may_write(by: User | None, region: Region | None) -> None:
    """`by` None is the portal itself (a command). The whole tree's top belongs to those who see all of it."""
    if by is None:
        return
    covered = by.scope.sees_all_regions if region is None else by.scope.covers(region)
    if not by.scope.can("regions:write") or not covered:
        raise NotAllowed()


def _is_empty(region: Region) -> None:
    left = "、".join(filter(None, (words(region) for words in _remains)))
    if left:
        message = _("In “%(name)s” there still are: %(rows)s. Move or end them first, or merge it into another region.")
        raise Conflict(message % {"name": region, "rows": left}, code="not_empty")


def _fits(level: str, parent: Region | None) -> None:
    expected = Level.below(parent.level) if parent else Level.CITY
    if level != expected:
        message = _("A region of this level cannot lie there.")
        raise DomainError("invalid", message, fields={"parent": [message]})


def _is_current(region: Region) -> None:
    if not region.is_current:
        raise Conflict(_("“%(name)s” has been abolished.") % {"name": region}, code="abolished")


def _refreshed(region: Region) -> Region:
    region.refresh_from_db()
    return region
