"""The clock of duty."""

from datetime import timedelta
from importlib import import_module

from django_tasks import task

from portal.core.schedule import periodic
from volunteers import attendance, call_outs, places, planning, reminders, rewards
from volunteers.roster import district


@periodic(every=timedelta(days=1), offset=timedelta(hours=2, minutes=30))
@task
def make_shifts_ahead() -> int:
    """Make the shifts that have come into reach of their templates; returns how many."""
    return planning.extend_all()


@periodic(every=timedelta(minutes=10))
@task
def free_unanswered_places() -> int:
    """Free the places of those who did not answer in time; returns how many."""
    return places.expire_proposals()


@periodic(every=timedelta(minutes=15))
@task
def close_forgotten_check_outs() -> int:
    """Check out those who forgot to, at the planned end; returns how many."""
    return attendance.close_forgotten()


@periodic(every=timedelta(minutes=30))
@task
def return_unfetched_rewards() -> int:
    """Give back points and stock of rewards that nobody fetched in time; returns how many."""
    return rewards.expire()


@periodic(every=timedelta(minutes=5))
@task
def ask_the_next_wave() -> int:
    """Go on with the calls for somebody who stands in; returns how many waves were sent."""
    return call_outs.go_on()


@periodic(every=timedelta(minutes=10))
@task
def remind_of_duty() -> int:
    """Remind those whose duty is near; returns how many."""
    return reminders.remind()


@task
def solve_roster(roster_id: int) -> str:
    """Solve a roster that somebody asked for; returns its status. It says on its row how far it is."""
    # Web workers enqueue this: the solver (80 MB in memory, half a second to load) is loaded where it runs.
    job = import_module("volunteers.roster.job")
    try:
        return job.run(roster_id).status
    except Exception:
        job.fail(roster_id)
        raise


@task
def draft_district(draft_id: int) -> int:
    """Draft the rosters of all stations of a region; returns how many."""
    try:
        return district.run(draft_id)
    except Exception:
        district.fail(draft_id)
        raise
