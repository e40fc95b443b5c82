import unicodedata

import pytest
from django import forms
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers

from portal.core.errors import DomainError
from portal.core.serializer_fields import CleanCharField as ApiField
from portal.core.text import CleanCharField, clean_text


def test_it_works():
    assert clean_text("  路灯\u3000 不亮\r\n了 ", max_length=20) == "路灯 不亮 了"
    assert clean_text("路灯  不亮 \r\n\r\n\r\n\r\n请修\r", max_length=20, multiline=True) == "路灯 不亮\n\n请修"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\u200bb\u200cc\ufeffd", "abcd"),
        ("a\x00b\x07c\x7f\x9f", "abc"),
        ("\u202eabc\u202c\u2066d\u2069\u200f", "abcd"),
        ("a\udcffb", "ab"),
        ("a\u00adb\uffff", "ab"),
        ("e\u0301", "\u00e9"),
        ("a\u200db", "ab"),
        ("路\u200d灯", "路灯"),
        ("\u3164\u115f", ""),
        ("a\u2028b\u0085c", "a b c"),
        ("tab\there", "tab here"),
        ("\U000e0041\U000e0042a", "a"),
    ],
)
def test_what_nobody_sees_is_taken_out(text, clean):
    assert clean_text(text, max_length=100) == clean


@pytest.mark.parametrize("emoji", ["😀", "👨‍👩‍👧", "👍🏽", "❤️", "1️⃣", "🇨🇳", "🏳️‍🌈", "👩🏽‍🔧", "❤️‍🔥"])
def test_emoji_are_kept(emoji):
    assert clean_text(emoji, max_length=20) == unicodedata.normalize("NFC", emoji)


def test_a_long_text_is_refused_and_not_cut():
    assert len(clean_text("灯" * 10_000, max_length=10_000)) == 10_000
    with pytest.raises(DomainError) as caught:
        clean_text("灯" * 10_001, max_length=10_000)
    assert caught.value.code == "text_too_long"
    assert "10001" in str(caught.value)
    assert "10000" in str(caught.value)


@given(text=st.text(), multiline=st.booleans())
def test_a_clean_text_stays_as_it_is(text, multiline):
    clean = clean_text(text, max_length=10_000, multiline=multiline)
    assert clean_text(clean, max_length=10_000, multiline=multiline) == clean
    assert multiline or "\n" not in clean
    clean.encode()


class Form(forms.Form):
    title = CleanCharField(max_length=5)
    body = CleanCharField(max_length=10, multiline=True, required=False)


def test_a_form_cleans():
    form = Form({"title": " 路\u200b灯 \x00", "body": "a\r\nb"})
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {"title": "路灯", "body": "a\nb"}
    assert "textarea" in str(form["body"])


def test_a_form_refuses_what_is_too_long_or_only_invisible():
    form = Form({"title": "\u200b\u200e", "body": "a" * 11})
    assert form.errors.as_data()["title"][0].code == "required"
    assert form.errors.as_data()["body"][0].code == "text_too_long"


class Serializer(serializers.Serializer):
    title = ApiField(max_length=5)
    body = ApiField(max_length=10, multiline=True, required=False, allow_blank=True)


def test_the_api_cleans_and_refuses_alike():
    good = Serializer(data={"title": " 路\u200b灯 \x00\ud800", "body": "a\r\nb"})
    assert good.is_valid(), good.errors
    assert good.validated_data == {"title": "路灯", "body": "a\nb"}
    bad = Serializer(data={"title": "\u200b", "body": "a" * 11})
    assert not bad.is_valid()
    assert bad.errors["title"][0].code == "blank"
    assert bad.errors["body"][0].code == "text_too_long"
