"""/api/v1/ of duty: templates, shifts, places on them and keys, by the same verbs as at the desk and on the phone."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.errors import DomainError, NotFound
from portal.core.idempotency import Answer
from portal.core.models import User
from portal.core.rest.rows import plan_of, shown
from portal.core.rest.views import ScopedReadOnlyViewSet, Unseen
from volunteers import attendance, borrowing, keys, names, places, planning, recurrence, swaps, turns
from volunteers.duty_filters import AssignmentFilter, DutyTemplateFilter, KeyHolderFilter, ShiftFilter
from volunteers.guards import DUTY, OWN, refuse_unless_runs_duty
from volunteers.joining import shift_and_entry
from volunteers.models import Assignment, DutyShift, DutyTemplate, KeyHolder, Volunteer
from volunteers.open_shifts import is_offered, open_to
from volunteers.planning import Changes
from volunteers.serializers.duty import (
    AssignInput,
    AssignmentRow,
    AttendanceInput,
    CallOffInput,
    ChangesRow,
    ExchangeInput,
    KeyHolderInput,
    KeyHolderRow,
    MoveInput,
    NoShowInput,
    PinInput,
    ShiftEdit,
    ShiftInput,
    ShiftRow,
    SignUpInput,
    TemplateEdit,
    TemplateInput,
    TemplateRow,
    without_skills,
)
from volunteers.serializers.replacements import NearbyRow, SwappedPlaceRow
from volunteers.serializers.volunteers import OptionalReasonInput

READ = "duty:read"
# Staff see the duty of their stations; a volunteer sees, and answers for, what is theirs.
READ_OR_OWN = (READ, OWN)
WRITE_OR_OWN = (DUTY, OWN)


class DutyViewSet(ScopedReadOnlyViewSet):
    """What the viewsets of duty share: verbs on the row of the address, run once for an `Idempotency-Key`."""

    capability: ClassVar[Any] = READ

    def read(self, input_class: type[serializers.Serializer], **kwargs: Any) -> dict[str, Any]:
        """The body by a serializer; what it refuses is answered in the one shape."""
        serializer = input_class(data=self.request.data, context=self.get_serializer_context(), **kwargs)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def done(self, verb: Callable[..., Any], *, status: int = 200, **asked: Any) -> Response:
        """Run a verb on the row of the address and show the row as it is then."""
        row = self.get_object()

        def do() -> Answer:
            verb(row, by=self.request.user, **asked)
            return status, self.shown(row.pk)

        return self.once(self.request, do)

    def shown(self, pk: int) -> dict[str, Any]:
        return self.serializer_class(self.written(pk), context=self.get_serializer_context()).data

    @cached_property
    def own_entry(self) -> Volunteer:
        """The caller's own entry on the register."""
        rows = Volunteer.objects.current().select_related("person", "home_region").defer("search")
        found = rows.filter(person=self.request.user.person_id).first()
        if found is None or not self.request.user.scope.can(OWN):
            raise nobody_named()
        return found


def nobody_named() -> DomainError:
    message = _("Please name the volunteer.")
    return DomainError("invalid", message, fields={"volunteer": [message]})


class FastDutyViewSet(DutyViewSet):
    """Rows that name no person: lists and details come straight from their columns."""

    fast_lists = True

    def retrieve(self, request: Request, pk: int) -> Response:
        return Response(self.shown(pk))

    def shown(self, pk: int) -> dict[str, Any]:
        found = plan_of(self.serializer_class, self.queryset.model).rows(self.get_queryset().filter(pk=pk))
        if not found:
            raise Unseen(pk)
        return found[0]


class NamedRowsMixin:
    """Rows of volunteers, whose names are in full for those who work with them; one query a page."""

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        if args and args[0] is not None:
            rows = args[0] if kwargs.get("many") else [args[0]]
            names.show_names([row.volunteer for row in rows], self.request.user.scope)
        return super().get_serializer(*args, **kwargs)

    def shown(self, pk: int) -> dict[str, Any]:
        return self.get_serializer(self.written(pk)).data


class DutyTemplateViewSet(FastDutyViewSet):
    """Duty that comes again at the stations that you look after. One that is over is changed to be not active."""

    queryset = DutyTemplate.objects.all()
    serializer_class = TemplateRow
    filterset_class = DutyTemplateFilter
    capabilities: ClassVar = dict.fromkeys(("create", "partial_update", "preview_new", "preview", "apply"), DUTY)
    orderings: ClassVar = {"title": "title", "first_day": "first_day", "id": "pk"}
    default_ordering = "-id"

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset()
        # What verbs work on is read whole; what is shown alone by its columns.
        return rows if self.action in ("list", "retrieve") else rows.select_related("station__region")

    @extend_schema(request=TemplateInput, responses={201: TemplateRow})
    def create(self, request: Request) -> Response:
        """Save a new template and make its shifts for the weeks ahead."""
        template, mark, beside = self.asked(TemplateInput)

        def do() -> Answer:
            save(template, by=request.user, mark=mark, **beside)
            return 201, self.shown(template.pk)

        return self.once(request, do)

    @extend_schema(request=TemplateEdit, responses=TemplateRow)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change a template, and its shifts that have not begun.

        Where shifts would change it wants the mark of `duty-templates/{id}/preview/` with the same body: without one it
        answers 400 `preview_needed`, with one of other changes 409 `preview_outdated`; both with the `changes`.
        """
        template, mark, beside = self.asked(TemplateEdit, self.get_object())

        def do() -> Answer:
            save(template, by=request.user, mark=mark, **beside)
            return 200, self.shown(template.pk)

        return self.once(request, do)

    @extend_schema(request=TemplateInput, responses=ChangesRow, operation_id="duty_templates_preview_new_create")
    @action(detail=False, methods=["post"], url_path="preview", url_name="preview-new")
    def preview_new(self, request: Request) -> Response:
        """Which shifts a new template would make. Nothing is saved."""
        template, _mark, beside = self.asked(TemplateInput)
        return Response(changes_row(planning.preview(template, **beside)))

    @extend_schema(request=TemplateEdit, responses=ChangesRow)
    @action(detail=True, methods=["post"])
    def preview(self, request: Request, pk: int) -> Response:
        """What these changes of a template would do to its shifts. Nothing is saved."""
        template, _mark, beside = self.asked(TemplateEdit, self.get_object())
        return Response(changes_row(planning.preview(template, **beside)))

    @extend_schema(request=None, responses=ChangesRow)
    @action(detail=True, methods=["post"])
    def apply(self, request: Request, pk: int) -> Response:
        """Bring the shifts of the weeks ahead in step with the template; the clock does so every night."""
        template = self.get_object()
        return self.once(request, lambda: (200, changes_row(planning.apply(template, by=request.user))))

    def asked(
        self, input_class: type[TemplateEdit], template: DutyTemplate | None = None
    ) -> tuple[DutyTemplate, str, dict[str, Any]]:
        """The template as it is asked for, the mark of the preview that was agreed to, and what the verbs take beside
        the row: skills, and the units that take turns."""
        given = {"instance": template, "partial": True} if template else {}
        values, skills = without_skills(self.read(input_class, **given))
        mark, units = values.pop("mark", ""), values.pop("units", None)
        template = template or DutyTemplate()
        for name, value in values.items():
            setattr(template, name, value)
        refuse_unless_runs_duty(template.station, by=self.request.user)
        template.rule = recurrence.clean_rule(template.rule)
        if skills is None:
            skills = list(template.skills.all()) if template.pk else []
        known = turns.known_to(template)
        units = known if units is None else units
        turns.refuse_impossible(units, known=known)
        return template, mark, {"skills": skills, "units": units}


def save(template: DutyTemplate, *, by: User, mark: str, **beside: Any) -> None:
    """Save it by the verb; a refusal carries the changes that nobody agreed to."""
    try:
        planning.save_template(template, by=by, mark=mark, **beside)
    except planning.NotAgreed as refusal:
        refusal.extra = {"changes": changes_row(refusal.changes)}
        raise


def changes_row(changes: Changes) -> dict[str, Any]:
    return ChangesRow(
        {
            "added": changes.added,
            "changed": [
                {
                    "shift": shift.pk,
                    "starts_at": occurrence.starts_at,
                    "ends_at": occurrence.ends_at,
                    "unit_on_turn": occurrence.unit_on_turn,
                    "unit_before": shift.unit_on_turn,
                }
                for shift, occurrence in changes.changed
            ],  # fmt: skip
            "removed": [shift.pk for shift in changes.removed],
            "left_alone": [shift.pk for shift in changes.left_alone],
            "warnings": changes.warnings,
            "people_concerned": changes.people_concerned,
            "mark": changes.mark,
        }
    ).data


class ShiftViewSet(FastDutyViewSet):
    """Shifts of the stations that you look after; for a volunteer, those that are open for sign-up and the own ones."""

    queryset = DutyShift.objects.all()
    serializer_class = ShiftRow
    filterset_class = ShiftFilter
    capability: ClassVar[Any] = READ_OR_OWN
    capabilities: ClassVar = {
        **dict.fromkeys(("create", "partial_update", "call_off", "exchange_turn", "nearby"), DUTY),
        "sign_up": WRITE_OR_OWN,
    }  # fmt: skip
    orderings: ClassVar = {"starts_at": "starts_at", "id": "pk"}
    default_ordering = "-starts_at"

    def get_queryset(self) -> models.QuerySet:
        rows, user = super().get_queryset(), self.request.user
        if user.scope.can(OWN):
            own = Assignment.objects.filter(volunteer__person=user.person_id).values("shift")
            offered = open_to(self.own_entry, at=timezone.now()).values("pk")
            mine = models.Q(pk__in=rows.values("pk")) | models.Q(pk__in=offered) | models.Q(pk__in=own)
            rows = self.queryset.filter(mine)
        return rows if self.action in ("list", "retrieve") else rows.select_related("station__region")

    @extend_schema(request=ShiftInput, responses={201: ShiftRow})
    def create(self, request: Request) -> Response:
        """Add a shift that stands by itself, without a template."""
        values, skills = without_skills(self.read(ShiftInput))

        def do() -> Answer:
            return 201, self.shown(planning.add_shift(DutyShift(**values), by=request.user, skills=skills or ()).pk)

        return self.once(request, do)

    @extend_schema(request=ShiftEdit, responses=ShiftRow)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change one shift by hand; whoever is on it moves along. Its template leaves it alone from then on."""
        values, skills = without_skills(self.read(ShiftEdit, instance=self.get_object(), partial=True))
        return self.done(planning.change_shift, skills=skills, **values)

    @extend_schema(request=CallOffInput, responses=ShiftRow)
    @action(detail=True, methods=["post"], url_path="call-off", url_name="call-off")
    def call_off(self, request: Request, pk: int) -> Response:
        """The shift does not take place; all its places are given up."""
        return self.done(places.call_off, **self.read(CallOffInput))

    @extend_schema(request=ExchangeInput, responses=ShiftRow)
    @action(detail=True, methods=["post"], url_path="exchange-turn", url_name="exchange-turn")
    def exchange_turn(self, request: Request, pk: int) -> Response:
        """Another unit takes the turn for this one shift; both are told. The order of the others stays."""
        asked = self.read(ExchangeInput, instance=self.get_object())
        return self.done(planning.exchange_turn, to=asked["unit"])

    @extend_schema(responses=NearbyRow)
    @action(detail=True)
    def nearby(self, request: Request, pk: int) -> Response:
        """Who of the stations nearby could help out, the likeliest first. Ask them through `call-outs/`."""
        shift = self.get_object()
        refuse_unless_runs_duty(shift.station, by=request.user)
        return Response(NearbyRow(borrowing.nearby(shift, by=request.user)).data)

    @extend_schema(request=SignUpInput, responses={201: AssignmentRow})
    @action(detail=True, methods=["post"], url_path="sign-up", url_name="sign-up")
    def sign_up(self, request: Request, pk: int) -> Response:
        """Take a place, or one on the waiting list when the shift is full."""
        shift, volunteer = self.wanted(pk, self.read(SignUpInput).get("volunteer"))

        def do() -> Answer:
            made = places.sign_up(shift, volunteer=volunteer, by=request.user)
            names.show_names([made.volunteer], request.user.scope)
            return 201, shown(AssignmentRow, made)

        return self.once(request, do)

    def wanted(self, pk: int, named: Volunteer | None) -> tuple[DutyShift, Volunteer]:
        """The shift that somebody signs up for, and for whom: a volunteer's is mostly on offer to them."""
        user = self.request.user
        shift, entry = shift_and_entry(pk, user.person_id) if user.scope.can(OWN) else (None, None)
        if shift is None or entry is None or not is_offered(shift, entry, at=timezone.now()):
            shift = self.get_object()
        volunteer = named or entry
        if volunteer is None:
            raise nobody_named()
        return shift, volunteer


class AssignmentViewSet(NamedRowsMixin, DutyViewSet):
    """Places on the shifts of the stations that you look after; for a volunteer, the own ones."""

    queryset = Assignment.objects.all()
    serializer_class = AssignmentRow
    filterset_class = AssignmentFilter
    capability: ClassVar[Any] = READ_OR_OWN
    capabilities: ClassVar = {
        **dict.fromkeys(("create", "check_in", "check_out", "no_show", "pin", "move"), DUTY),
        **dict.fromkeys(("accept", "decline", "withdraw"), WRITE_OR_OWN),
        "partners": OWN,
    }
    orderings: ClassVar = {"starts_at": "shift__starts_at", "made_at": "made_at", "id": "pk"}
    default_ordering = "-id"

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("shift__station__region", "volunteer__person")

    @extend_schema(request=AssignInput, responses={201: AssignmentRow})
    def create(self, request: Request) -> Response:
        """Put somebody on a shift; with `answer_by` the person is asked first, and holds the place meanwhile."""
        asked = self.read(AssignInput)

        def do() -> Answer:
            return 201, self.shown(places.assign(asked.pop("shift"), by=request.user, **asked).pk)

        return self.once(request, do)

    @extend_schema(request=None, responses=AssignmentRow)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: int) -> Response:
        """Say yes to a place that was proposed."""
        return self.done(places.accept)

    @extend_schema(request=OptionalReasonInput, responses=AssignmentRow)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: int) -> Response:
        """Say no to a place that was proposed; it goes to the first on the waiting list."""
        return self.done(places.decline, **self.read(OptionalReasonInput))

    @extend_schema(request=OptionalReasonInput, responses=AssignmentRow)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: int) -> Response:
        """Give a place back before the shift begins."""
        return self.done(places.withdraw, **self.read(OptionalReasonInput))

    @extend_schema(responses=SwappedPlaceRow(many=True), filters=False, parameters=[])
    @action(detail=True, pagination_class=None)
    def partners(self, request: Request, pk: int) -> Response:
        """Places of others that this one of yours can be swapped for, the soonest first; names masked."""
        place = self.own_entry.assignments.select_related("shift").filter(pk=pk).first()
        if place is None:
            raise NotFound()
        return Response(SwappedPlaceRow(swaps.choice(place).possible, many=True).data)

    @extend_schema(request=PinInput, responses=AssignmentRow)
    @action(detail=True, methods=["post"])
    def pin(self, request: Request, pk: int) -> Response:
        """Keep the place from a new roster, or leave it to the roster again."""
        return self.done(places.pin, **self.read(PinInput))

    @extend_schema(request=MoveInput, responses={201: AssignmentRow})
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: int) -> Response:
        """Put the person on another shift instead: the old place is given back and the new one answered, or neither."""
        place, shift = self.get_object(), self.read(MoveInput)["shift"]

        def do() -> Answer:
            return 201, self.shown(places.move(place, to=shift, by=request.user).pk)

        return self.once(request, do)

    @extend_schema(request=AttendanceInput, responses=AssignmentRow)
    @action(detail=True, methods=["post"], url_path="check-in", url_name="check-in")
    def check_in(self, request: Request, pk: int) -> Response:
        """The person came. A second check-in changes nothing."""
        return self.done(attendance.check_in, **self.read(AttendanceInput))

    @extend_schema(request=AttendanceInput, responses=AssignmentRow)
    @action(detail=True, methods=["post"], url_path="check-out", url_name="check-out")
    def check_out(self, request: Request, pk: int) -> Response:
        """The person left; what was served goes into the ledger of hours, once."""
        return self.done(attendance.check_out, **self.read(AttendanceInput))

    @extend_schema(request=NoShowInput, responses=AssignmentRow)
    @action(detail=True, methods=["post"], url_path="no-show", url_name="no-show")
    def no_show(self, request: Request, pk: int) -> Response:
        """The person did not come."""
        return self.done(attendance.no_show, **self.read(NoShowInput))


class KeyHolderViewSet(NamedRowsMixin, DutyViewSet):
    """Who holds a key of the stations that you look after."""

    queryset = KeyHolder.objects.all()
    serializer_class = KeyHolderRow
    filterset_class = KeyHolderFilter
    capabilities: ClassVar = {"create": DUTY, "destroy": DUTY}

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("station__region", "volunteer__person")

    @extend_schema(request=KeyHolderInput, responses={201: KeyHolderRow})
    def create(self, request: Request) -> Response:
        """Somebody gets a key."""
        asked = self.read(KeyHolderInput)

        def do() -> Answer:
            return 201, self.shown(keys.hand_over(asked.pop("station"), by=request.user, **asked).pk)

        return self.once(request, do)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """The key has come back."""
        keys.take_back(self.get_object(), by=request.user)
        return Response(status=204)
