"""Who: `User` is an account, `Person` a human being. A person may have no account; an account has one person."""

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from portal.core.fields import EncryptedTextField
from portal.core.history import HistoryTrigger
from portal.core.models.organizations import Organization
from portal.core.models.regions import Region
from portal.core.scope import Grant, Scope, ScopedQuerySet


class PersonQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "PersonQuerySet":
        """People who hold an account or a post in my regions or in my organisation, and myself."""
        region, organization = scope.region_filter, Q(pk=scope.person_id)
        in_posts = Post.objects.filter(region("region__path") | Q(organization__in=scope.organization_ids))
        in_accounts = User.objects.filter(
            region("memberships__region__path")
            | region("memberships__station__region__path")
            | region("memberships__organization__region__path")
            | Q(memberships__organization__in=scope.organization_ids)
        )
        return self.filter(organization | Q(pk__in=in_posts.values("person")) | Q(pk__in=in_accounts.values("person")))


class Person(models.Model):
    """Staff, post holders and (later) volunteers. Residents who only submit a request are `Requester` rows."""

    name = models.CharField(_("name"), max_length=60)
    phone = EncryptedTextField(_("mobile phone"), blank=True, default="")
    phone_hash = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    phone_masked = models.CharField(max_length=30, blank=True, editable=False)
    is_party_member = models.BooleanField(_("party member"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["name", "pk"]
        triggers = [HistoryTrigger(hidden=["name", "phone", "phone_hash", "phone_masked"])]

    def __str__(self) -> str:
        return self.name


class UserQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "UserQuerySet":
        """Accounts that have, or had, a role in my regions, and my own."""
        if scope.sees_all_regions:
            return self.all()
        region = scope.region_filter
        found = User.objects.filter(
            region("memberships__region__path")
            | region("memberships__station__region__path")
            | region("memberships__organization__region__path")
        )
        return self.filter(Q(pk=scope.user_id) | Q(pk__in=found.values("pk")))


class UserManager(DjangoUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def _create_user_object(self, username: str, email: str | None, password: str | None, **fields: object) -> "User":
        if "person" not in fields and "person_id" not in fields:
            fields["person"] = Person.objects.create(name=username)
        return super()._create_user_object(username, email, password, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """An account. What it may do and see follows from its memberships alone (`portal.core.scope`)."""

    username = models.CharField(
        _("user name"),
        max_length=60,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("This user name is taken.")},
    )
    person = models.OneToOneField(Person, models.PROTECT, related_name="user", verbose_name=_("person"))
    email = models.EmailField(_("e-mail"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    # The password was given by somebody else, on paper; the account may do nothing but choose its own.
    must_change_password = models.BooleanField(_("has a start password"), default=False)
    is_staff = models.BooleanField(_("may open the administration"), default=False)
    # When somebody last lifted the lock that failed sign-ins bring; by it the history tells.
    unlocked_at = models.DateTimeField(_("lock lifted"), null=True, editable=False)
    date_joined = models.DateTimeField(_("created"), default=timezone.now)

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["username"]
        triggers = [HistoryTrigger(hidden=["password", "email"], ignored=["last_login"])]

    def __str__(self) -> str:
        return self.username

    def get_full_name(self) -> str:
        return self.person.name

    def get_short_name(self) -> str:
        return self.person.name

    # Set by the middleware when a person with several memberships works in one of them.
    active_membership_id: int | None = None
    # Where they came with the account (`portal.core.backends`).
    known_grants: tuple[Grant, ...] | None = None

    @cached_property
    def scope(self) -> Scope:
        """What this account may do and which rows it may see; loaded once per request with one query."""
        return Scope.load(self, membership_id=self.active_membership_id)


class PostQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "PostQuerySet":
        return self.filter(scope.region_filter("region__path") | Q(organization__in=scope.organization_ids))

    def current(self) -> "PostQuerySet":
        today = timezone.localdate()
        return self.filter(starts_on__lte=today).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today))


class Post(models.Model):
    """A post that a person holds for a term: 网格员, 小巷管家, 党建指导员, ..."""

    class Kind(models.TextChoices):
        COMMUNITY_WORKER = "community_worker", _("Community worker")  # 社区工作者
        GRID_WORKER = "grid_worker", _("Grid worker")  # 网格员
        PART_TIME_GRID_WORKER = "part_time_grid_worker", _("Part-time grid worker")  # 兼职网格员
        LANE_STEWARD = "lane_steward", _("Lane steward")  # 小巷管家
        PARTY_HOUSEHOLD = "party_household", _("Party member's household")  # 党员中心户
        PARTY_INSTRUCTOR = "party_instructor", _("Party-building instructor")  # 党建指导员
        MODEL_POST = "model_post", _("Model post")  # 示范岗
        PART_TIME_COMMITTEE = "part_time_committee", _("Part-time committee member")  # 兼职委员
        DELEGATE = "delegate", _("People's congress delegate")  # 人大代表
        SECRETARY = "secretary", _("Party secretary")  # 书记

    person = models.ForeignKey(Person, models.PROTECT, related_name="posts", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=30, choices=Kind.choices)
    region = models.ForeignKey(Region, models.PROTECT, related_name="posts", verbose_name=_("region or grid"))
    organization = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="posts",
        verbose_name=_("organisation"),
    )
    title = models.CharField(_("position"), max_length=60, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
                name="post_ends_after_it_starts",
                violation_error_message=_("The term ends before it starts."),
            )
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return f"{self.person} {self.title or self.get_kind_display()}"
