import base64
import copy
import json
import pickle

import pytest
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection, models
from django.template import Context, Engine
from hypothesis import given
from hypothesis import strategies as st

from portal.core import crypto
from portal.core.fields import EncryptedTextField, SealedText
from portal.core.models import Person


def key(letter: str) -> str:
    return base64.urlsafe_b64encode(letter.encode() * 32).decode()


@pytest.fixture(autouse=True)
def keys(settings):
    settings.PERSONAL_DATA_KEYS = f"k1:{key('a')};hash={key('h')}"


def test_it_works():
    token = crypto.encrypt("19900000001")
    assert token.startswith("k1:")
    assert "19900000001" not in token
    assert crypto.decrypt(token) == "19900000001"


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_every_text_comes_back(text):
    assert crypto.decrypt(crypto.encrypt(text)) == text


def test_the_empty_text_stays_empty():
    assert crypto.encrypt("") == crypto.decrypt("") == crypto.rotate("") == ""


def test_equal_texts_have_different_tokens_and_equal_hashes():
    assert crypto.encrypt("a") != crypto.encrypt("a")
    assert crypto.keyed_hash("a", purpose="phone") == crypto.keyed_hash("a", purpose="phone")


def test_a_hash_is_of_its_purpose():
    assert crypto.keyed_hash("a", purpose="phone") != crypto.keyed_hash("a", purpose="token")


def test_rotation_moves_to_the_current_key_and_hashes_stay(settings):
    old, hashed = crypto.encrypt("张三"), crypto.keyed_hash("a", purpose="phone")
    settings.PERSONAL_DATA_KEYS = f"k2:{key('b')},k1:{key('a')};hash={key('h')}"
    assert crypto.current_key_id() == "k2"
    new = crypto.rotate(old)
    assert new.startswith("k2:")
    assert crypto.decrypt(new) == crypto.decrypt(old) == "张三"
    assert crypto.rotate(new) == new
    assert crypto.keyed_hash("a", purpose="phone") == hashed


@pytest.mark.parametrize("damage", ["k9:AAAA", "k1:", "k1:AAAA", "k1:!!!", "no token", "k1:é"])
def test_a_damaged_token_is_a_domain_error(damage):
    with pytest.raises(crypto.Unreadable) as caught:
        crypto.decrypt(damage)
    assert caught.value.code == "personal_data_unreadable"


def test_a_token_cannot_be_moved_to_another_key_id(settings):
    token = crypto.encrypt("a")
    settings.PERSONAL_DATA_KEYS = f"k1:{key('a')},k2:{key('a')};hash={key('h')}"
    with pytest.raises(crypto.Unreadable):
        crypto.decrypt(token.replace("k1:", "k2:"))


def test_keys_come_from_the_file_too(settings, tmp_path):
    token = crypto.encrypt("a")
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"current": "k1", "keys": {"k1": key("a")}, "hash_key": key("h")}))
    settings.PERSONAL_DATA_KEYS = ""
    settings.PERSONAL_DATA_KEY_FILE = path
    assert crypto.decrypt(token) == "a"


@pytest.mark.parametrize(
    "keys",
    [
        "k1:short;hash=short",
        f"k1:{key('a')}",
        f":{key('a')};hash={key('h')}",
        f"k1:{key('a')};hash=",
        "nonsense",
    ],
)
def test_bad_keys_are_told_without_being_printed(settings, keys):
    settings.PERSONAL_DATA_KEYS = keys
    with pytest.raises(ImproperlyConfigured) as caught:
        crypto.encrypt("a")
    assert key("a") not in str(caught.value)


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"current": "k1", "keys": [], "hash_key": ""}'])
def test_a_damaged_file_is_told(settings, tmp_path, content):
    path = tmp_path / "keys.json"
    path.write_text(content)
    settings.PERSONAL_DATA_KEYS = ""
    settings.PERSONAL_DATA_KEY_FILE = path
    with pytest.raises(ImproperlyConfigured):
        crypto.encrypt("a")


def test_a_missing_file_is_told(settings, tmp_path):
    settings.PERSONAL_DATA_KEYS = ""
    settings.PERSONAL_DATA_KEY_FILE = tmp_path / "none.json"
    with pytest.raises(ImproperlyConfigured):
        crypto.current_key_id()


class Holder(models.Model):
    phone = EncryptedTextField(default="", blank=True)

    class Meta:
        app_label = "tests"
        managed = False

    def __str__(self):
        return str(self.phone)


def test_an_assigned_text_is_sealed_at_once():
    holder = Holder(phone="19900000001")
    assert isinstance(holder.phone, SealedText)
    assert holder.phone.reveal() == "19900000001"
    assert "19900000001" not in repr(vars(holder))


def test_sealed_text_shows_nothing_by_accident():
    sealed = SealedText.of("19900000001")
    page = Engine().from_string("{{ phone }}{% if phone %}!{% endif %}").render(Context({"phone": sealed}))
    assert page == "***!"
    assert (str(sealed), f"{sealed}", repr(sealed)) == ("***", "***", "<SealedText>")
    with pytest.raises(TypeError):
        json.dumps(sealed)
    assert not SealedText.of("")
    assert str(SealedText.of("")) == ""


def test_sealed_text_travels_sealed():
    sealed = SealedText.of("a")
    assert pickle.loads(pickle.dumps(sealed)) == copy.deepcopy(sealed) == sealed
    assert sealed != SealedText.of("a")


def test_the_column_reads_and_writes_tokens():
    field = Holder._meta.get_field("phone")
    token = field.get_prep_value("a")
    assert crypto.decrypt(token) == "a"
    assert field.from_db_value(token, None, None).reveal() == "a"
    assert field.get_prep_value(SealedText(token)) == token
    assert field.from_db_value(None, None, None) is None
    assert field.get_prep_value(None) is None
    assert field.value_to_string(Holder(phone="a")) == "***"
    assert field.formfield() is None or not field.editable


def test_sql_can_only_ask_whether_it_is_empty():
    assert "WHERE" in str(Holder.objects.filter(phone="").query)
    assert "IS NULL" in str(Holder.objects.filter(phone__isnull=True).query)
    for question in ({"phone": "19900000001"}, {"phone__contains": "1"}, {"phone__in": ["1"]}):
        with pytest.raises(FieldError):
            str(Holder.objects.filter(**question).query)


def test_the_migration_names_the_field_without_its_fixed_option():
    _name, path, _args, kwargs = Holder._meta.get_field("phone").deconstruct()
    assert path == "portal.core.fields.EncryptedTextField"
    assert "editable" not in kwargs


@pytest.mark.django_db
def test_the_database_holds_a_token_and_lists_decrypt_nothing():
    person = Person.objects.create(name="North", phone="19900000001")
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM core_person WHERE id = %s", [person.pk])
        [stored] = cursor.fetchone()
    assert stored.startswith("k1:")
    assert crypto.decrypt(stored) == "19900000001"
    assert [str(phone) for phone in Person.objects.values_list("phone", flat=True)] == ["***"]
    assert Person.objects.get().phone.reveal() == "19900000001"
    Person.objects.update(phone="19900000002")
    person.refresh_from_db()
    assert person.phone.reveal() == "19900000002"
    person.phone = ""
    person.save()
    assert Person.objects.filter(phone="").count() == 1
