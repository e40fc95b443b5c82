"""What volunteers and those who run a station's duty are told, in the transaction of what happened.

An SMS names day, time, duty and station: nothing that a stranger who reads it over a shoulder could use.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.core import humanize
from portal.core.models import Membership, Person
from portal.core.notifications.kinds import Channel, Group, Kind, Text, register, register_group
from portal.core.notifications.outbox import notify
from portal.core.notifications.recipients import read_to_tell
from portal.core.notifications.webhooks import announce
from portal.core.permissions import Role
from stations.models import Station
from volunteers.models import Assignment, CallOutAsk, Certificate, DutyShift, HourClaim, Swap, Volunteer
from volunteers.types import CertificateStatus, VolunteerStatus

DUTY = register_group(Group("duty", gettext_lazy("My duties as a volunteer"), roles=frozenset({Role.VOLUNTEER})))
# Whom `keepers_of` finds.
STATIONS = register_group(
    Group(
        "stations", gettext_lazy("Duty at the stations that I look after"),
        roles=frozenset({Role.STATION_KEEPER, Role.COMMUNITY}),
    )
)  # fmt: skip
# Whom `applied` finds.
REGISTER = register_group(
    Group("register", gettext_lazy("The volunteers that I look after"), roles=frozenset({Role.COMMUNITY, Role.STREET}))
)  # fmt: skip
SMS = frozenset({Channel.SMS})
# What webhooks are told of a shift, and the capability that a subscriber needs.
EVENT = frozenset({"shift", "station", "title", "starts_at", "ends_at", "taken", "needed"})
READ = "duty:read"
SHIFT = "12月2日 19:00–21:00 晚间一小时（春风社区党群服务站）"


def kind_of(
    name: str, label: str, subject: str, text: str, sample: dict[str, str], *, group: Group | None = None,
    is_urgent: bool = False, by_sms: bool = True,
) -> Kind:  # fmt: skip
    """A kind with one wording everywhere, for volunteers unless `group` says otherwise; by SMS, as most of them look at
    their phone and not at the portal."""
    return register(
        Kind(
            name=name, label=label, group=(group or DUTY).name, sample=sample, is_urgent=is_urgent,
            by_default=SMS if by_sms else frozenset(),
            texts={
                Channel.DESK: Text(subject=subject, body=text),
                Channel.EMAIL: Text(subject=subject, body=text),
                Channel.SMS: Text(text),
            },
        )
    )  # fmt: skip


APPLICATION = kind_of(
    "application_decided", gettext_lazy("My sign-up as a volunteer is decided"), gettext_lazy("Your sign-up"),
    gettext_lazy("Your sign-up as a volunteer: {decision}"),
    {"decision": "已通过，编号 100000016。"},
)  # fmt: skip
ASKED = kind_of(
    "duty_asked", gettext_lazy("I am asked for a duty"), gettext_lazy("Can you come?"),
    gettext_lazy("You are asked for: {what}. Please answer by {due} under My shifts."),
    {"what": SHIFT, "due": "12月1日 18:00"},
)  # fmt: skip
PLACED = kind_of(
    "duty_placed", gettext_lazy("I am on a shift"), gettext_lazy("You are on a shift"),
    gettext_lazy("You are on this shift: {what}. If you cannot come, please give the place back in time."),
    {"what": SHIFT},
)  # fmt: skip
CANCELLED = kind_of(
    "duty_cancelled", gettext_lazy("A duty of mine is called off, or given to somebody else"),
    gettext_lazy("You need not come"), gettext_lazy("You need not come: {what}. {reason}"),
    {"what": SHIFT, "reason": "台风预警，暂停值班"}, is_urgent=True,
)  # fmt: skip
MOVED = kind_of(
    "duty_moved", gettext_lazy("A duty of mine is at another time"), gettext_lazy("Your duty has been moved"),
    gettext_lazy("Your duty is at another time now: {what}. If you cannot come then, please give the place back."),
    {"what": SHIFT}, is_urgent=True,
)  # fmt: skip
REMINDED = kind_of(
    "duty_reminder", gettext_lazy("A duty of mine is near"), gettext_lazy("Your duty is near"),
    gettext_lazy("Do not forget: {what}. On the day, call {phone}."),
    {"what": SHIFT, "phone": "0755-20000001"},
)  # fmt: skip
SWAP_ASKED = kind_of(
    "swap_asked", gettext_lazy("Somebody would like to swap"), gettext_lazy("Would you swap?"),
    gettext_lazy("{who} asks whether you take over: {what}. {instead} Please answer under My shifts."),
    {"who": "王*", "what": SHIFT, "instead": "作为交换，由对方替您：12月3日 19:00–21:00 晚间一小时。"},
)  # fmt: skip
SWAP_ANSWERED = kind_of(
    "swap_answered", gettext_lazy("My swap is answered"), gettext_lazy("Your swap"),
    gettext_lazy("{answer} {what}"), {"answer": "对方同意换班，您不用来了：", "what": SHIFT},
)  # fmt: skip
CALLED = kind_of(
    "duty_call_out", gettext_lazy("Somebody is needed at short notice"), gettext_lazy("Can you help out?"),
    gettext_lazy("Somebody is needed: {what}. Can you come? Whoever says yes first under My shifts is on it."),
    {"what": SHIFT}, is_urgent=True,
)  # fmt: skip
CLAIM_DECIDED = kind_of(
    "hours_decided", gettext_lazy("Hours that I asked for are decided"), gettext_lazy("Your hours"),
    gettext_lazy("{hours} of {day}: {decision}"),
    {"hours": "2 小时", "day": "12月2日", "decision": "已同意"},
)  # fmt: skip
CERTIFICATE = kind_of(
    "certificate_decided", gettext_lazy("A certificate of mine is issued, refused or revoked"),
    gettext_lazy("Your certificate"), gettext_lazy("Your certificate of service ({what}): {decision}"),
    {"what": "ZM2026000123", "decision": "公示至 12月6日，期满无异议后可下载。"},
)  # fmt: skip
APPLIED = register(
    Kind(
        name="volunteer_applied", label=gettext_lazy("Somebody has signed up as a volunteer"), group=REGISTER.name,
        texts=dict.fromkeys(
            (Channel.DESK, Channel.EMAIL),
            Text(
                subject=gettext_lazy("A new volunteer"),
                body=gettext_lazy("{who} ({number}) has signed up in {region} and waits for you to confirm it."),
            ),
        ),
        sample={"who": "王*", "number": "100000016", "region": "春风社区"},
    )
)  # fmt: skip
GAP = register(
    Kind(
        name="duty_gap", label=gettext_lazy("A shift is short of people"), group=STATIONS.name,
        texts={
            Channel.DESK: Text(
                subject=gettext_lazy("A place was given back"),
                body=gettext_lazy("{what}: {count} more needed. {more}"),
            ),
            Channel.EMAIL: Text(
                subject=gettext_lazy("A place was given back"),
                body=gettext_lazy("{what}: {count} more needed. {more}"),
            ),
        },
        sample={"what": SHIFT, "count": "1", "more": "系统正在联系合适的志愿者。"}, is_urgent=True,
        event=EVENT, event_label=gettext_lazy("A shift is short of people"), needs=READ,
    )
)  # fmt: skip
# Nobody in particular is told by it: those on the shift are by a kind of theirs.
CALLED_OFF = register(
    Kind(
        name="shift_called_off", label=gettext_lazy("A shift is called off"), group=STATIONS.name, texts={}, sample={},
        event=EVENT, event_label=gettext_lazy("A shift is called off"), needs=READ,
    )
)  # fmt: skip
GIVEN_BACK = register(
    Kind(
        name="duty_given_back", label=gettext_lazy("Somebody cannot come to a shift"), group=STATIONS.name,
        texts=dict.fromkeys(
            (Channel.DESK, Channel.EMAIL),
            Text(
                subject=gettext_lazy("Somebody cannot come"),
                body=gettext_lazy(
                    "{what}: a place was declined or given back. {taken} are on it, {needed} are needed."
                ),
            ),
        ),
        sample={"what": SHIFT, "taken": "2", "needed": "3"},
    )
)  # fmt: skip


def what(shift: DutyShift) -> str:
    """A shift in one line: when, what, where."""
    when = humanize.time_span(shift.starts_at, shift.ends_at)
    return _("%(when)s %(title)s (%(station)s)") % {"when": when, "title": shift.title, "station": shift.station}


def _tell(kind: Kind, person_id: int, words: dict[str, object], *, key: str, about: str = "", link: str = "") -> None:
    notify(
        kind=kind.name, to=read_to_tell(Person.objects.filter(pk=person_id)), context=words, dedupe_key=key,
        about=about, link=link or reverse("own:shifts"),
    )  # fmt: skip


def _of(place: Assignment) -> dict[str, str]:
    return {"about": f"{Assignment._meta.db_table}/{place.pk}", "link": reverse("own:shift", args=[place.pk])}


def applied(volunteer: Volunteer) -> None:
    """Tell those who are to confirm it: the page promises an answer within days."""
    posts = Membership.objects.filter(is_active=True, user__is_active=True, region=volunteer.home_region_id)
    found = posts.filter(role__in=(Role.COMMUNITY, Role.STREET))
    notify(
        kind=APPLIED.name, to=read_to_tell(Person.objects.filter(user__memberships__in=found).distinct()),
        context={"who": volunteer.shown_name, "number": volunteer.number, "region": str(volunteer.home_region)},
        dedupe_key=f"volunteer:{volunteer.pk}:applied", about=f"{Volunteer._meta.db_table}/{volunteer.pk}",
        link=reverse("volunteers:volunteer_detail", args=[volunteer.pk]),
    )  # fmt: skip


def application_decided(volunteer: Volunteer) -> None:
    """Without the reason of a refusal: that is said by a person, and not on a screen that others may read."""
    if volunteer.status == VolunteerStatus.ACTIVE:
        decision = _(
            "confirmed, your number is %(number)s. Under “Become a volunteer” sign in with this phone and find a shift."
        ) % {"number": volunteer.number}
    else:
        decision = _("not admitted. Please ask your community why.")
    _tell(
        APPLICATION, volunteer.person_id, {"decision": decision}, key=f"volunteer:{volunteer.pk}:{volunteer.status}",
        link=reverse("own:open"),
    )  # fmt: skip


def asked(places: Iterable[Assignment]) -> None:
    """Ask for places that wait for an answer: one message a person, also for a month's roster."""
    by_person: dict[Volunteer, list[Assignment]] = defaultdict(list)
    for place in places:
        by_person[place.volunteer].append(place)
    for volunteer, asked_for in by_person.items():
        first = min(asked_for, key=lambda each: each.shift.starts_at)
        words = what(first.shift)
        if (more := len(asked_for) - 1) > 0:
            words += ngettext(" and %(count)d more duty", " and %(count)d more duties", more) % {"count": more}
        due = humanize.deadline(min(each.answer_by for each in asked_for if each.answer_by is not None))
        _tell(
            ASKED, volunteer.person_id, {"what": words, "due": due}, key=f"duty:{first.pk}:asked",
            **(_of(first) if not more else {}),
        )  # fmt: skip


def placed(place: Assignment) -> None:
    _tell(PLACED, place.volunteer.person_id, {"what": what(place.shift)}, key=f"duty:{place.pk}:placed", **_of(place))


def cancelled(place: Assignment, *, reason: str) -> None:
    words = {"what": what(place.shift), "reason": reason}
    _tell(CANCELLED, place.volunteer.person_id, words, key=f"duty:{place.pk}:cancelled", **_of(place))


def moved(place: Assignment) -> None:
    key = f"duty:{place.pk}:moved:{place.shift.starts_at:%Y%m%d%H%M}-{place.shift.ends_at:%H%M}"
    _tell(MOVED, place.volunteer.person_id, {"what": what(place.shift)}, key=key, **_of(place))


def reminder_key(when: str, place_id: object, starts_at: datetime) -> str:
    """A duty that is moved is reminded of anew."""
    return f"duty:{place_id}:{when}:{starts_at:%Y%m%d%H%M}"


def reminded(place: Assignment, *, when: str) -> None:
    """`when`: "day" or "hours" before."""
    phone = place.shift.station.phone or _("the station")
    _tell(
        REMINDED, place.volunteer.person_id, {"what": what(place.shift), "phone": phone},
        key=reminder_key(when, place.pk, place.shift.starts_at), **_of(place),
    )  # fmt: skip


def swap_asked(swap: Swap) -> None:
    instead = ""
    if swap.wanted is not None:
        instead = _("In return they take over: %(what)s.") % {"what": what(swap.wanted.shift)}
    words = {"who": swap.assignment.volunteer.shown_name, "what": what(swap.assignment.shift), "instead": instead}
    _tell(SWAP_ASKED, swap.to.person_id, words, key=f"swap:{swap.pk}:asked")


def swap_answered(swap: Swap) -> None:
    is_done = swap.status == Swap.Status.DONE
    answer = _("Swapped; you need not come:") if is_done else _("They cannot swap; please still come:")
    words = {"answer": answer, "what": what(swap.assignment.shift)}
    _tell(SWAP_ANSWERED, swap.assignment.volunteer.person_id, words, key=f"swap:{swap.pk}:answered")


def called(ask: CallOutAsk) -> None:
    link = reverse("own:call_out", args=[ask.pk])
    words = {"what": what(ask.call_out.shift)}
    _tell(CALLED, ask.volunteer.person_id, words, key=f"call-out:{ask.pk}", link=link)


def claim_decided(claim: HourClaim) -> None:
    decision = claim.get_status_display() + (f"，{claim.decision}" if claim.decision else "")
    day = _("%(month)d-%(day)d") % {"month": claim.on.month, "day": claim.on.day}
    words = {"hours": humanize.hours(abs(claim.minutes)), "day": day, "decision": decision}
    _tell(CLAIM_DECIDED, claim.volunteer.person_id, words, key=f"claim:{claim.pk}", link=reverse("own:hours"))


def certificate_decided(certificate: Certificate) -> None:
    if certificate.status == CertificateStatus.ISSUED:
        until = date_format(certificate.publicity_until, "MONTH_DAY_FORMAT")
        decision = _("in publicity until %(day)s; you can download it afterwards.") % {"day": until}
    else:
        why = certificate.revocation or certificate.refusal
        decision = _("%(state)s. %(reason)s") % {"state": certificate.get_status_display(), "reason": why}
    _tell(
        CERTIFICATE, certificate.volunteer.person_id, {"what": str(certificate), "decision": decision},
        key=f"certificate:{certificate.pk}:{certificate.status}", link=reverse("own:certificates"),
        about=f"{Certificate._meta.db_table}/{certificate.pk}",
    )  # fmt: skip


def gap(shift: DutyShift, *, key: str, is_calling: bool) -> None:
    """Tell those who run the station's duty that a shift has fewer people than it needs."""
    missing = shift.min_people - shift.taken
    more = _("People who fit are being asked.") if is_calling else _("Nobody has been asked yet.")
    notify(
        kind=GAP.name, to=keepers_of(shift.station), context={"what": what(shift), "count": missing, "more": more},
        dedupe_key=f"shift:{shift.pk}:gap:{key}", about=f"{DutyShift._meta.db_table}/{shift.pk}",
        link=_gap_of(shift),
    )  # fmt: skip
    _announce(GAP, shift, key=f"shift:{shift.pk}:gap:{key}")


def called_off(shift: DutyShift) -> None:
    """Tell other systems; those who hold a place are told one by one (`cancelled`)."""
    _announce(CALLED_OFF, shift, key=f"shift:{shift.pk}:called-off")


def _announce(kind: Kind, shift: DutyShift, *, key: str) -> None:
    data = {
        "shift": shift.pk, "station": shift.station_id, "title": shift.title, "starts_at": shift.starts_at.isoformat(),
        "ends_at": shift.ends_at.isoformat(), "taken": shift.taken, "needed": shift.min_people,
    }  # fmt: skip
    announce(kind=kind.name, region=shift.station.region, data=data, dedupe_key=key)


def given_back(place: Assignment, shift: DutyShift) -> None:
    """Tell those who run the station's duty that somebody will not come, in time to look around."""
    notify(
        kind=GIVEN_BACK.name, to=keepers_of(shift.station), dedupe_key=f"duty:{place.pk}:given-back",
        context={"what": what(shift), "taken": shift.taken, "needed": shift.min_people},
        about=f"{DutyShift._meta.db_table}/{shift.pk}", link=_gap_of(shift),
    )  # fmt: skip


def _gap_of(shift: DutyShift) -> str:
    """Where the shift's page says what is missing, with the buttons to call and to borrow somebody."""
    return reverse("volunteers:shift_detail", args=[shift.pk]) + ("#short" if shift.taken < shift.min_people else "")


def keepers_of(station: Station) -> Iterable[Person]:
    """The station's keepers; where it has none, the staff of its community."""
    posts = Membership.objects.filter(is_active=True, user__is_active=True)
    keepers = posts.filter(station=station, role=Role.STATION_KEEPER)
    found = keepers if keepers.exists() else posts.filter(region=station.region_id, role=Role.COMMUNITY)
    return read_to_tell(Person.objects.filter(user__memberships__in=found).distinct())
