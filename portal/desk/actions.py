"""How the steps of a case are offered on its page: what each will do, who will see it, and which is likeliest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.core.models import User
from portal.desk.handlers import Handler, handlers_for, with_receiver
from requests import workflow
from requests.forms import STEP_FORMS, StepForm, new_form
from requests.models import ReplyTemplate, ServiceRequest
from requests.replies import number_of, templates_for
from requests.routing import RuleProposal, proposed_for
from requests.types import State, Verb, verb_label
from requests.workflow import Staff
from requests.workflow.holding import reviewed_verbs


@dataclass(frozen=True)
class Look:
    """`key` is the letter or sign that opens the action, none of those that work the list beside the case;
    `consequence` says what happens and who sees it."""

    key: str
    icon: str
    consequence: Promise
    label: Promise | None = None


LOOKS: dict[str, Look] = {
    Verb.ACCEPT: Look(
        "a",
        "circle-check",
        _("The matter becomes ours and its time limit starts. The resident sees that it is accepted."),
    ),
    Verb.REJECT: Look(
        "r", "ban", _("The case ends here. The resident sees the ground and your explanation, and may appeal.")
    ),
    Verb.DISPATCH: Look(
        "d", "send", _("The unit finds the case in its queue and has to take it in time. The resident sees its name.")
    ),
    Verb.TAKE: Look(
        "t", "user-check", _("You become its handler. The resident sees that the work begins; contact them next.")
    ),
    Verb.SEND_BACK: Look(
        "b", "arrow-back-up", _("The case goes back to the dispatcher with your ground. Residents do not see this.")
    ),
    Verb.RECALL: Look(
        "u", "arrow-back-up", _("The case comes back to you to be dispatched again. Residents do not see this.")
    ),
    Verb.CONTACT: Look(
        "c", "phone", _("Goes on the timeline. Only reaching somebody counts as a response; then the resident sees it.")
    ),
    Verb.NOTE: Look("n", "note", _("Goes on the timeline. Colleagues read it; the resident only if you say so.")),
    Verb.ASK: Look(
        "q",
        "message",
        _("The resident sees the question. The clock stops until the answer, for five days at the most."),
    ),
    Verb.REPLY: Look(
        "y",
        "message",
        _("Write down what the resident answered by voice. The clock goes on; the resident sees it."),
        _("Record the answer"),
    ),
    Verb.TRANSFER: Look(
        "f", "arrow-right", _("Another unit gets the case and has to take it. The resident sees the new name.")
    ),
    Verb.RESOLVE: Look("e", "check", _("The resident reads the result and is asked to rate it.")),
    Verb.CALL_BACK: Look(
        "l", "phone-call", _("Record the call to the resident. What they say counts; the case is closed or redone.")
    ),
    Verb.REDO: Look(
        "o", "refresh", _("The case goes back to whoever handled it, with a new time limit. The resident sees it.")
    ),
    Verb.RESTORE: Look("s", "refresh", _("The case goes on where it stood. The resident sees it.")),
    Verb.DECIDE_APPEAL: Look(
        "g",
        "heart-handshake",
        _("Decides the resident's appeal against the rejection. The resident reads your decision."),
    ),
    Verb.AMEND: Look(
        "m", "edit", _("Corrects category, time limit or place. A new place may hand the case to another community.")
    ),
    Verb.MERGE: Look(
        "=",
        "copy",
        _("This case ends here; everybody who asked follows the other one from now on and is told. Can be undone."),
    ),
    Verb.SPLIT: Look(
        "t",
        "sitemap",
        _("Each matter becomes an accepted case of its own, which the resident follows. This one ends. Can be undone."),
    ),
    Verb.CLAIM: Look(
        "z", "bookmark", _("The amount is held for this case, and others cannot have it. Residents do not see this.")
    ),
    Verb.ADOPT: Look(
        "u",
        "tool",
        _("The project does it; the clocks stand still. The resident sees the project, and by when it is planned."),
    ),
    Verb.FINISH: Look("e", "check", _("The resident reads what the project did for them and is asked to rate it.")),
    Verb.LEAVE_PROJECT: Look(
        "b", "arrow-back-up", _("The case waits to be dispatched, and its clocks go on. The resident reads why.")
    ),
    Verb.TABLE: Look(
        "o",
        "users-group",
        _("It waits to be talked over. The clock stands still, for thirty days at the most; the resident sees it."),
    ),
    Verb.CONCLUDE: Look(
        "e",
        "square-check",
        _("The resident reads what was agreed. The clock goes on, or the case ends, or a project does it."),
    ),
    Verb.REFER: Look(
        "w", "arrow-right", _("Somebody outside deals with it. The clock goes on; the resident sees to whom it went.")
    ),
    Verb.OUTCOME: Look("e", "check", _("The resident reads what they did and is asked to rate it.")),
    Verb.RETURNED: Look("b", "arrow-back-up", _("The case waits to be dispatched. Residents do not see this.")),
    Verb.REQUEST_EXTENSION: Look(
        "i",
        "hourglass",
        _("A leader decides; until then the present time limit holds. Residents do not see that you ask."),
    ),
    Verb.DECIDE_EXTENSION: Look(
        "g", "hourglass", _("If you grant it, the new time limit holds at once, and the resident reads why.")
    ),
    Verb.REMIND: Look(
        "8", "bell", _("Whoever has the case gets a message. It stays on the timeline; residents do not see it.")
    ),
    Verb.EXCLUDE: Look(
        "0", "chart-bar", _("A leader of the level above decides. Reports show each rate with and without such cases.")
    ),
    Verb.DECIDE_EXCLUSION: Look(
        "9", "chart-bar", _("If you grant it, net rates leave the case out at once; gross rates always count it.")
    ),
    Verb.REVIEW_REPLY: Look(
        "s", "check", _("If you send it, the resident reads the reply now. If not, whoever wrote it reads your words.")
    ),
    Verb.TAKE_OVER: Look(
        "l", "user-check", _("The deputy has the case from now on, as it stands: no time limit begins anew.")
    ),
    Verb.WHISTLE: Look(
        "1",
        "volume",
        _("A leader decides. Then the departments above get the case; it comes back to you from them."),
    ),
    Verb.DECIDE_WHISTLE: Look(
        "2",
        "volume",
        _("If you grant it, the lead unit gets the case at once and the assisting ones their part. All are told."),
    ),
    Verb.ADD_ASSIST: Look(
        "3", "users", _("The unit is told, and sees the case. The case is resolved when every part is finished.")
    ),
    Verb.TAKE_ASSIST: Look("4", "user-check", _("Whoever holds the case sees that you come. Residents do not.")),
    Verb.FINISH_ASSIST: Look("5", "check", _("Your part is over. Whoever holds the case is told and reads it.")),
    Verb.DECLINE_ASSIST: Look("6", "arrow-back-up", _("Whoever holds the case is told, with your ground.")),
    Verb.CALL_OFF_ASSIST: Look("7", "ban", _("The unit is told that it need not do its part any more.")),
    Verb.RATE_DEPARTMENTS: Look(
        "t", "star", _("The departments read it, and it counts in the figures. It cannot be changed.")
    ),
    Verb.RELEASE: Look(
        "p",
        "eye",
        _("Everybody reads this text in the public list, with the street and the state. The resident sees it."),
    ),
    Verb.HIDE: Look("h", "eye-off", _("The case leaves the public list at once. The resident sees it.")),
}

RECALL_QUESTION = Look(
    "u",
    "arrow-back-up",
    _("The resident need not answer any more. The case goes on where the question was asked."),
)

# Whoever is asked for a part of the work has nothing else to do here.
OF_ASSISTANTS = (Verb.TAKE_ASSIST, Verb.FINISH_ASSIST, Verb.DECLINE_ASSIST)
RECALL_TOPIC = Look("u", "arrow-back-up", _("It is not talked over after all. The case goes on where it was tabled."))
RECALLS = {State.WAITING: RECALL_QUESTION, State.DELIBERATING: RECALL_TOPIC}

# What is mostly done next comes first and stands open.
LIKELIEST: dict[str, list[str]] = {
    State.SUBMITTED: [Verb.REVIEW_REPLY, Verb.ACCEPT, Verb.ASK, Verb.REJECT, Verb.AMEND],
    State.ACCEPTED: [
        Verb.REVIEW_REPLY,
        Verb.DECIDE_WHISTLE,
        Verb.DISPATCH,
        Verb.RESOLVE,
        Verb.ASK,
        Verb.REJECT,
        Verb.AMEND,
    ],
    State.DISPATCHED: [Verb.TAKE, *OF_ASSISTANTS, Verb.SEND_BACK, Verb.RECALL],
    State.IN_PROGRESS: [
        Verb.REVIEW_REPLY,
        Verb.DECIDE_EXTENSION,
        Verb.DECIDE_WHISTLE,
        *OF_ASSISTANTS,
        Verb.CONTACT,
        Verb.RESOLVE,
        Verb.ASK,
        Verb.TRANSFER,
        Verb.SEND_BACK,
    ],
    State.WAITING: [Verb.DECIDE_EXTENSION, *OF_ASSISTANTS, Verb.REPLY, Verb.RECALL],
    State.RESOLVED: [Verb.CALL_BACK, Verb.RATE_DEPARTMENTS, Verb.REDO],
    State.CLOSED: [Verb.RATE_DEPARTMENTS, Verb.REDO],
    State.REJECTED: [Verb.DECIDE_APPEAL],
    State.WITHDRAWN: [Verb.RESTORE],
    State.MERGED: [Verb.RESTORE],
    State.SPLIT: [Verb.RESTORE],
    State.REFERRED: [Verb.REVIEW_REPLY, Verb.OUTCOME, Verb.RETURNED],
    State.IN_PROJECT: [Verb.FINISH, Verb.LEAVE_PROJECT],
    State.DELIBERATING: [Verb.CONCLUDE, Verb.RECALL],
}


HELD_BACK = _("Somebody else reads it first, as your region asks; then the resident does. Your time limit is kept.")


@dataclass(frozen=True)
class Action:
    """One step that this person may take on this case now."""

    verb: Verb
    look: Look
    form: StepForm
    is_first: bool
    is_open: bool
    handlers: Sequence[Handler] = ()
    # To whom a rule proposes to give it: preselected.
    proposal: RuleProposal | None = None
    # Words to begin with, for the text that the resident reads.
    templates: Sequence[ReplyTemplate] = ()

    # Whether somebody else reads the words before the resident does.
    is_reviewed: bool = False

    @property
    def consequence(self) -> Promise:
        return HELD_BACK if self.is_reviewed else self.look.consequence

    @property
    def chosen_template(self) -> int | None:
        return number_of(self.form["template"].value() or "")

    @property
    def has_help(self) -> bool:
        """Whether the step may ask other units for a part of the work, folded away: mostly nobody is needed."""
        return "asked" in self.form.fields

    @property
    def may_be_assisted(self) -> bool:
        """Whether there is a unit to ask."""
        return self.has_help and bool(self.form.fields["assisting"].choices)

    @property
    def is_assisted(self) -> bool:
        """Whether something has been said about it, so that it has to be in sight."""
        return self.form.is_bound and bool(self.form["assisting"].value() or self.form["asked"].value())

    @property
    def label(self) -> Promise | str:
        return self.look.label or verb_label(self.verb, self.form.case.state)


# What a proposal on the page fills in, by the name under which the address says it: the first of the steps allowed.
FILLED = {"into": (Verb.MERGE,), "project": (Verb.ADOPT,), "category": (Verb.ACCEPT, Verb.AMEND)}


def actions_for(
    case: ServiceRequest, user: User, *, bound: StepForm | None = None, chosen: Mapping[str, str] | None = None
) -> list[Action]:
    """The steps allowed now, likeliest first. A `bound` form (refused just now) stands open with what was typed, as
    does one with something `chosen` from the proposals of the page."""
    allowed = [verb for verb in workflow.allowed_verbs(case, by=Staff(user)) if verb in STEP_FORMS]
    likeliest = LIKELIEST[case.state]
    if case.contacted_at is not None and case.state == State.IN_PROGRESS:
        later = [verb for verb in likeliest if verb not in (Verb.CONTACT, Verb.RESOLVE)]
        place = likeliest.index(Verb.CONTACT)
        likeliest = [*later[:place], Verb.RESOLVE, Verb.CONTACT, *later[place:]]
    if case.state == State.RESOLVED and case.call_back_due_at is None:
        # Nobody is dissatisfied: calling is possible, waiting for the rating is what is mostly done.
        likeliest = [Verb.RATE_DEPARTMENTS]
    allowed.sort(key=lambda verb: likeliest.index(verb) if verb in likeliest else len(likeliest))
    choices = handlers_for(case, user) if {Verb.DISPATCH, Verb.TRANSFER, Verb.ADD_ASSIST} & set(allowed) else []
    begun = _begun(allowed, chosen or {})
    opened = {bound.verb} if bound is not None else set(begun) or set(allowed[:1]) & set(likeliest)
    proposal = proposed_for(case, user) if Verb.DISPATCH in allowed else None
    if proposal is not None:
        begun[Verb.DISPATCH] = {"to": proposal.value}
        choices = with_receiver(choices, proposal)
    units = [each for each in choices if each.is_unit]
    templates, reviewed = templates_for(case, allowed), reviewed_verbs(case, allowed)
    actions = [
        Action(
            verb=Verb(verb),
            look=RECALLS.get(State(case.state), LOOKS[verb]) if verb == Verb.RECALL else LOOKS[verb],
            form=bound
            if bound is not None and bound.verb == verb
            else new_form(verb, case, user, begun=begun.get(verb)),
            is_first=index == 0 and verb in likeliest,
            is_open=verb in opened,
            handlers=units if verb == Verb.ADD_ASSIST else choices,
            proposal=proposal if verb == Verb.DISPATCH else None,
            templates=templates.get(verb, ()),
            is_reviewed=verb in reviewed,
        )
        for index, verb in enumerate(allowed)
    ]
    for action in actions:
        if action.verb in (Verb.DISPATCH, Verb.TRANSFER):
            action.form.fields["assisting"].choices = [(each.value, each.name) for each in units]
    return actions


def _begun(allowed: Sequence[str], chosen: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What the forms of which steps begin with."""
    begun: dict[str, dict[str, str]] = {}
    for name in FILLED.keys() & chosen.keys():
        verb = next((verb for verb in FILLED[name] if verb in allowed), None)
        if verb is not None:
            begun.setdefault(verb, {})[name] = chosen[name]
    return begun
