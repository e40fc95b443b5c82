"""What the worker does with a spreadsheet: the check and the loading, each in one transaction, each done once.

Three things hold it together. A lock of the database is held as long as somebody works on an import, so a worker that
was killed is known by the lock that is free. The state goes on in the same transaction as the rows, by an update that
names the state before: a second run finds nothing to do, and a file that was taken back is rolled back. How far a run
has come is written over a connection of its own, since nobody sees into a transaction.

While the file store does not answer, an import waits for it: the job comes again, later each time.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import IO, Any, Self

from django.core.files.base import File
from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_tasks import task

from portal.core import files
from portal.core.database_down import is_outage
from portal.core.errors import DomainError, NotAllowed
from portal.core.history import acting_as
from portal.core.imports.outcome import run
from portal.core.imports.resources import CAPABILITY
from portal.core.models import User
from portal.core.stores import StoreDown
from portal.desk.import_kinds import resource_for
from portal.desk.models import SheetImport

KEPT_FOR = timedelta(days=1)
MAX_TRIES = 2
# Between the claim of an import and the lock that its work holds lies a moment in which it seems abandoned.
JUST_STARTED = timedelta(seconds=30)
# How long an import waits for the file store, each time that it does not answer.
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=30))
SECONDS_BETWEEN_WORDS = 1.0
# The first of two numbers of an advisory lock; the second is the import's.
LOCK = 7_381_205

State = SheetImport.State


class Stopped(Exception):  # noqa: N818 - not an error
    """The import was taken back, or another run has finished it: what this one did must leave no trace."""


# A long file must not go before the clock of the cases.
@task(priority=-10)
def work_on_import(pk: int, waits: int = 0) -> None:
    """Check or load a spreadsheet."""
    work(pk, waits)


def work(pk: int, waits: int = 0) -> None:
    """Check or load one import, whichever it waits for. Nothing is half done, whenever this is cut off.

    `waits` says how often it has waited for the file store already.
    """
    kept = _claim(pk)
    if kept is None:
        return
    with translation.override(kept.language), acting_as(kept.user_id):
        try:
            with Progress(kept) as tell, transaction.atomic():
                if _is_free(pk):
                    _run(kept, tell)
        except Stopped:
            return
        except StoreDown:
            _wait_for_store(kept, waits)
        except DomainError as error:
            _give_up(kept, str(error))
        except Exception as error:
            # After an outage it is tried again, as after a crash.
            if not is_outage(error):
                _give_up(kept, _("This file cannot be read to its end. Nothing has been changed."))
            raise


def resume_abandoned() -> int:
    """Work again on imports whose worker has died; returns how many."""
    started = SheetImport.objects.running().filter(started_at__lt=timezone.now() - JUST_STARTED)
    abandoned = [pk for pk in started.values_list("pk", flat=True) if _is_free(pk)]
    for pk in abandoned:
        work(pk)
    return len(abandoned)


def forget_old() -> int:
    """Delete what was sent more than a day ago, loaded or not."""
    old = list(SheetImport.objects.filter(created_at__lt=timezone.now() - KEPT_FOR))
    for kept in old:
        forget(kept)
    return len(old)


@transaction.atomic
def forget(kept: SheetImport) -> None:
    """Delete the row and its files."""
    files.remove_later(kept.upload, kept.failed)
    kept.delete()


def _is_free(pk: int) -> bool:
    """Take the lock of an import until the transaction ends, unless somebody else works on it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, pk % 2**31])
        return cursor.fetchone()[0]


@transaction.atomic
def _claim(pk: int) -> SheetImport | None:
    kept = SheetImport.objects.running().select_for_update(of=("self",)).filter(pk=pk).first()
    if kept is None or not _is_free(pk):
        return None
    if kept.tries == MAX_TRIES:
        with translation.override(kept.language):
            message = _("The work on this file was interrupted twice. Nothing has been changed; please send it again.")
        _give_up(kept, message)
        return None
    kept.tries, kept.started_at, kept.done_count = kept.tries + 1, timezone.now(), 0
    kept.save(update_fields=["tries", "started_at", "done_count"])
    return kept


def _give_up(kept: SheetImport, sentence: str) -> None:
    SheetImport.objects.running().filter(pk=kept.pk).update(state=State.FAILED, refusal=sentence)


@transaction.atomic
def _wait_for_store(kept: SheetImport, waits: int) -> None:
    """Have the job come again, or after the last time say why not. A try that found no file counts for none."""
    if waits == len(WAITS):
        _give_up(
            kept, _("The file could not be read for an hour. Nothing has been changed; please send it again later.")
        )
        return
    # Without a time of its start it is not abandoned: it has its place in the queue.
    mine = SheetImport.objects.running().filter(pk=kept.pk)
    if mine.update(tries=kept.tries - 1, started_at=None):
        work_on_import.using(run_after=timezone.now() + WAITS[waits]).enqueue(kept.pk, waits + 1)


def _run(kept: SheetImport, tell: Callable[[int, int], None]) -> None:
    is_loading = kept.state == State.LOADING
    resource = resource_for(kept.kind, _sender(kept))
    resource.tell = tell
    with kept.upload.open("rb") as upload:
        outcome, failed = run(resource, upload, dry_run=not is_loading)
    # From here on nobody takes it back: the row is locked until the end.
    ended = State.LOADED if is_loading else State.CHECKED
    if not SheetImport.objects.filter(pk=kept.pk, state=kept.state).update(state=ended):
        raise Stopped
    files.remove_later(kept.failed, kept.upload if is_loading else None)
    kept.state, kept.outcome, kept.failed = ended, outcome.as_json(), ""
    if is_loading:
        kept.upload, kept.loaded_at = "", timezone.now()
    _keep_failed(kept, failed)
    kept.save(update_fields=["outcome", "failed", "upload", "loaded_at"])


def _sender(kept: SheetImport) -> User:
    """Whoever sent the file, in the role in which they sent it, if they may still do so."""
    user = kept.user
    user.active_membership_id = kept.acts_as
    has_role = kept.acts_as is None or kept.acts_as in {grant.id for grant in user.scope.grants}
    if not (user.is_active and has_role and user.scope.can(CAPABILITY)):
        raise NotAllowed(_("You no longer have the role in which you sent this file. Nothing has been changed."))
    return user


def _keep_failed(kept: SheetImport, failed: IO[bytes] | None) -> None:
    if failed is not None:
        with failed:
            kept.failed.save("failed", File(failed), save=False)


class Progress:
    """Called with each row: says now and then how far it is, and stops the run of an import that was taken back."""

    def __init__(self, kept: SheetImport) -> None:
        self.kept = kept
        self.other: Any = None
        self.due = time.monotonic() + SECONDS_BETWEEN_WORDS

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.other is not None:
            self.other.close()

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() < self.due:
            return
        self.due = time.monotonic() + SECONDS_BETWEEN_WORDS
        if not SheetImport.objects.filter(pk=self.kept.pk, state=self.kept.state).exists():
            raise Stopped
        # Short files never come here, and open no second connection.
        self.other = self.other or connection.copy()
        with self.other.cursor() as cursor:
            sql = "UPDATE desk_sheetimport SET done_count = %s, row_count = %s WHERE id = %s"
            cursor.execute(sql, [done, total, self.kept.pk])
