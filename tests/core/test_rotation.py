"""A new key takes over without anything becoming unreadable."""

import json

import pytest
from django.core.management import CommandError, call_command

from portal.core import crypto
from portal.core.models import HistoryEntry, Person
from requests.models import Requester


@pytest.fixture
def key_file(settings, tmp_path):
    path = tmp_path / "data_keys.json"
    path.write_text(json.dumps({"current": "k1", "keys": {"k1": "A" * 43 + "="}, "hash_key": "B" * 42 + "A="}))
    settings.PERSONAL_DATA_KEYS = ""
    settings.PERSONAL_DATA_KEY_FILE = path
    return path


def test_it_works(key_file, submitted, capsys):
    person = Person.objects.create(name="王某", phone="13800001111")
    call_command("rotate_keys")
    person.refresh_from_db()
    requester = Requester.objects.get()
    assert person.phone.token.startswith("k2:")
    assert requester.code.token.startswith("k2:")
    assert (person.phone.reveal(), requester.phone.reveal()) == ("13800001111", "13800001234")
    assert requester.code_hash == crypto.keyed_hash(submitted.tracking_code, purpose="tracking-code")
    assert json.loads(key_file.read_text())["current"] == "k2"
    assert key_file.stat().st_mode & 0o077 == 0
    assert "core_person: 1" in capsys.readouterr().out


def test_a_second_run_changes_no_row(key_file, submitted):
    call_command("rotate_keys")
    token = Requester.objects.get().code.token
    call_command("rotate_keys", only_data=True)
    assert Requester.objects.get().code.token == token


def test_it_leaves_one_entry_a_batch_and_no_values(key_file, submitted):
    before = HistoryEntry.objects.count()
    call_command("rotate_keys")
    entries = HistoryEntry.objects.order_by("id")[before:]
    assert {entry.operation for entry in entries} == {"LOAD"}
    assert "13800001234" not in str([entry.changes for entry in entries])


def test_keys_of_the_environment_are_not_touched(key_file, settings):
    settings.PERSONAL_DATA_KEYS = f"k1:{'A' * 43}=;hash={'B' * 42}A="
    with pytest.raises(CommandError, match="PORTAL_DATA_KEYS"):
        call_command("rotate_keys")


def test_a_worker_that_read_the_old_file_reads_what_the_new_key_wrote(key_file):
    old = key_file.read_text()
    call_command("rotate_keys", only_key=True)
    token = crypto.encrypt("13800001111")
    new = key_file.read_text()
    key_file.write_text(old)
    crypto.reset()
    assert crypto.current_key_id() == "k1"
    key_file.write_text(new)
    assert crypto.decrypt(token) == "13800001111"
