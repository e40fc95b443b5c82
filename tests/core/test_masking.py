import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.errors import DomainError
from portal.core.masking import mask_address, mask_name, mask_phone, mask_titled_names, normalize_phone, scrub


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13800000001", "13800000001"),
        (" 138-0000 0001 ", "13800000001"),
        ("１３８００００００01", "13800000001"),
        ("+86 138 0000 0001", "13800000001"),
        ("0086-13800000001", "13800000001"),
        ("+8675500000000".replace("0000000", "2000000"), "075520000000"),
        ("（0755）2000-0000", "075520000000"),
        ("010-20000000", "01020000000"),
        ("0551-2000000", "05512000000"),
        ("20000000", "20000000"),
        ("400-000-0000", "4000000000"),
        ("+852 2000 0000", "+85220000000"),
        ("00852 2000 0000", "+85220000000"),
    ],
)
def test_a_number_has_one_spelling(text, number):
    assert normalize_phone(text) == number
    assert normalize_phone(number) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "1380000000",
        "138000000011",
        "13800000001x",
        "12800000001",
        "110",
        "12345",
        "95588",
        "０",
        "😀",
        "٣" * 11,
        "1" * 9999,
    ],
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(DomainError) as caught:
        normalize_phone(text)
    assert caught.value.code == "bad_phone"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("13800008000", "138****8000"),
        ("+86 138 0000 8000", "138****8000"),
        ("0755-20005678", "0755-****5678"),
        ("010 20005678", "010-****5678"),
        ("20005678", "****5678"),
        ("12345", "****45"),
        ("110", "****"),
        ("+85220005678", "+85****5678"),
        ("", ""),
    ],
)
def test_a_phone_is_masked(text, masked):
    assert mask_phone(text) == masked


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("张三丰", "张**"),
        ("欧阳修", "欧阳*"),
        ("欧阳", "欧*"),
        ("欧阳明日", "欧阳**"),
        ("阿卜杜拉·买买提", "阿**"),
        ("张", "*"),
        ("Zhang San", "Z**"),
        ("", ""),
    ],
)
def test_a_name_is_masked(name, masked):
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("丽景路春风花园3栋1502", "丽景路春风花园****"),
        ("春风花园三栋二单元", "春风花园****"),
        ("春风花园A座801", "春风花园****"),
        ("春风花园", "春风****"),
        ("", ""),
    ],
)
def test_an_address_keeps_the_estate(address, masked):
    assert mask_address(address) == masked


@pytest.mark.parametrize(
    "detail",
    [
        "13800000001",
        "138-0000-0001",
        "+86 138 0000 0001",
        "１３８００００００01",
        "一三八零零零零零零零一",
        "幺三八〇〇〇〇〇〇〇幺",
        "0755-20000000",
        "0755-20000000转802",
        "11010519491231002X",
        "110105194912310020",
        "110105491231002",
        "6222 0000 0000 0000 000",
        "粤B12345",
        "粤B·D12345",
        "resident@example.com",
        "微信号：north_2026",
        "QQ 100200300",
        "3栋2单元1502室",
        "三栋1502",
        "E12345678",
    ],
)
def test_a_detail_is_scrubbed_from_free_text(detail):
    assert scrub(f"路灯坏了，请联系{detail}，谢谢") == "路灯坏了，请联系****，谢谢"


@pytest.mark.parametrize(
    "text",
    [
        "2026年11月22日路灯坏了3天，金额1200元，共12盏",
        "拨打12345没人接，电梯停了三四天",
        "3栋电梯坏了",
        "工单 20261122000123 已转办",
        "😀",
        "",
    ],
)
def test_ordinary_words_stay(text):
    assert scrub(text) == text


def test_known_values_are_scrubbed_too():
    assert scrub("我是王小明，王小明的家", known=["王小明", "王", ""]) == "我是****，****的家"


@given(text=st.text())
def test_no_text_breaks_the_masks(text):
    for mask in (mask_phone, mask_name, mask_address, scrub, mask_titled_names):
        mask(text)


def test_a_long_text_is_scrubbed_soon():
    for text in (
        "1" * 10_000,
        "a" * 10_000,
        "一" * 10_000,
        "1 " * 5_000,
        "京A" * 5_000,
        "3栋" * 5_000,
        "0755" * 2_500,
    ):
        scrub(text)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("张三先生来过", "****先生来过"),
        ("李阿姨也说路灯坏了", "****阿姨也说路灯坏了"),
        ("欧阳明老师", "****老师"),
        ("联系人：王大明。", "联系人：****。"),
        ("我叫李四，住在楼上", "我叫****，住在楼上"),
        ("业主张小北反映", "业主****反映"),
        ("居民反映路灯不亮", "居民反映路灯不亮"),
        ("物业经理说会修", "物业经理说会修"),
        ("", ""),
    ],
)
def test_names_beside_a_title_are_masked(text, masked):
    assert mask_titled_names(text) == masked


@given(text=st.text(st.sampled_from("张李王三先生阿姨我叫是联系人：，。1栋室 a"), max_size=40))
def test_a_proposed_text_needs_no_second_mask(text):
    once = scrub(mask_titled_names(text))
    assert scrub(once) == once
