"""What of a person may be shown: masked forms for lists, and free text with personal details taken out."""

import re
import unicodedata
from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError

STARS = "****"

_SURNAMES = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶"
    "太叔申屠公孙慕容仲孙钟离长孙宇文司徒鲜于司空令狐轩辕百里呼延西门东郭第五"
)
COMPOUND_SURNAMES = frozenset(_SURNAMES[at : at + 2] for at in range(0, len(_SURNAMES), 2))

_MOBILE = re.compile(r"1[3-9]\d{9}")
# Area codes of three digits are 010 and 02x; all others have four.
_AREA = r"(?:010|02\d|0[3-9]\d{2})"
_LANDLINE = re.compile(rf"{_AREA}[2-9]\d{{6,7}}")
_LOCAL = re.compile(r"[2-9]\d{6,7}")
# Not 110 or 12345: nobody can be called back there.
_SERVICE = re.compile(r"[48]00\d{7}")
_ABROAD = re.compile(r"\+[1-9]\d{6,14}")
_SHAPES = (_MOBILE, _LANDLINE, _LOCAL, _SERVICE, _ABROAD)
# For a page that judges a number where there is no network.
PHONE_SHAPES = "|".join(shape.pattern for shape in _SHAPES)
BAD_PHONE = _("This is not a phone number. Enter a mobile number, or a landline with its area code.")


def normalize_phone(text: str) -> str:
    """One spelling for each number, so that its hash finds it: digits, without +86, others with their "+".

    Full-width digits, spaces, dashes and brackets are forgiven. Anything else is `bad_phone`.
    """
    number = re.sub(r"[\s().·‐-―−-]", "", unicodedata.normalize("NFKC", text))
    if match := re.fullmatch(r"(?:\+|00)86(0?\d{5,12})", number):
        number = match[1]
        # +86 755 ... is written without the 0 of the area code.
        if not _MOBILE.fullmatch(number) and _LANDLINE.fullmatch("0" + number):
            number = "0" + number
    elif number.startswith("00"):
        number = "+" + number[2:]
    if not number.isascii() or not any(shape.fullmatch(number) for shape in _SHAPES):
        raise DomainError("bad_phone", BAD_PHONE)
    return number


def mask_phone(text: str) -> str:
    """`13812348000` -> `138****8000`; works on any spelling, and on what is not a number at all."""
    try:
        number = normalize_phone(text)
    except DomainError:
        number = re.sub(r"\s", "", text)
    if _MOBILE.fullmatch(number):
        return f"{number[:3]}{STARS}{number[-4:]}"
    if _LANDLINE.fullmatch(number):
        area = re.match(_AREA, number)
        return f"{area[0] if area else ''}-{STARS}{number[-4:]}"
    if number.startswith("+"):
        return f"{number[:3]}{STARS}{number[-4:]}"
    # Of a short number two digits stay, or nothing: four would be most of it.
    kept = 4 if len(number) >= 8 else 2 if len(number) >= 5 else 0
    return STARS + number[len(number) - kept :] if number else ""


def mask_name(name: str) -> str:
    """`张三` -> `张*`, `张三丰` -> `张**`, `欧阳修` -> `欧阳*`; at most two stars."""
    name = name.strip()
    if len(name) <= 1:
        return "*" if name else ""
    if name.isascii():
        return f"{name[0]}**"
    surname = 2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else 1
    return name[:surname] + "*" * min(2, len(name) - surname)


# Where an address begins to point at one door: 3栋, 12号, 5-1502, 二单元, A座.
_DOOR = re.compile(r"[0-90-9]|[零〇一二三四五六七八九十百]+(?=[栋幢座号单室楼层弄])|[A-Za-z]+(?=[栋幢座区])")


def mask_address(address: str) -> str:
    """Keep the road or the estate, hide the door: `丽景路春风花园3栋1502` -> `丽景路春风花园****`."""
    address = address.strip()
    if not address:
        return ""
    door = _DOOR.search(address)
    return address[: door.start() if door else min(6, len(address) // 2)] + STARS


# Digits as people hide them: full width, circled, Chinese.
_DIGIT = r"[\d①-⑨⓪零〇○一幺二两三四五六七八九壹贰叁肆伍陆柒捌玖]"
_GAP = r"[\s\-－—_.·,，]{0,2}"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
# (?<!\d) and (?!\d) keep a part of a longer number (a case number, an amount) from being taken for
# something else.
_PERSONAL = [
    # E-mail before the rest: its local part may look like a phone number.
    re.compile(r"(?<![A-Za-z\d._+-])[A-Za-z\d._+-]+@[A-Za-z\d-]+(?:\.[A-Za-z\d-]+)+"),
    # Id numbers of 18 and 15 digits, also with gaps, then bank cards.
    re.compile(rf"(?<!\d)[1-9](?:{_GAP}\d){{16}}{_GAP}[\dXxXx](?![\dA-Za-z])"),
    re.compile(r"(?<!\d)[1-9]\d{5}\d{2}(?:0\d|1[0-2])(?:[0-2]\d|3[01])\d{3}(?!\d)"),
    re.compile(rf"(?<!\d)[3-6](?:{_GAP}\d){{14,18}}(?!\d)"),
    # Mobile numbers, with or without +86, in any of the digits above.
    re.compile(rf"(?<!\d)(?:[+＋]?86{_GAP})?[1１①一幺壹](?:{_GAP}{_DIGIT}){{10}}(?!\d)"),
    # Landlines, with an extension; service numbers such as 12345 are not personal.
    re.compile(
        rf"(?<!\d)[（(]?{_AREA}[)）]?{_GAP}[2-9]\d{{2,3}}{_GAP}\d{{4}}"
        rf"(?:{_GAP}(?:转|分机|ext\.?){_GAP}\d{{1,6}})?(?!\d)"
    ),
    re.compile(r"(?<=电话)[\s是为:：]{0,3}[2-9]\d{6,7}(?!\d)"),
    # Car plates, also those of new-energy cars, of police, schools and trailers.
    re.compile(
        rf"[{_PROVINCES}]{_GAP}[A-HJ-NP-Za-hj-np-z]{_GAP}[A-HJ-NP-Za-hj-np-z\d]{{4,6}}"
        rf"[挂学警港澳]?(?![A-Za-z\d])"
    ),
    # Passports and permits.
    re.compile(r"(?<![A-Za-z\d])[EGDSPHMCegdsphmc][A-Za-z]?\d{7,9}(?!\d)"),
    re.compile(r"(?i:微信号?|weixin|wechat|vx|qq)[\s是为:：号]{0,3}[A-Za-z\d][A-Za-z\d_-]{4,19}"),
    # The door within a building: 3栋2单元1502室.
    re.compile(
        r"(?:[\dA-Za-z一二三四五六七八九十]{1,4}[栋幢座号楼]){1,2}[\s-]*"
        r"(?:[\d一二三四五六七八九十]{1,3}单元)?[\s-]*\d{2,4}[室房号]?(?!\d)"
    ),
    re.compile(r"\d{1,3}单元[\s-]*\d{2,4}[室房号]?(?!\d)"),
]


def scrub(text: str, *, known: Iterable[str] = ()) -> str:
    """Free text without phone, id and card numbers, plates, chat names and doors; each becomes ****.

    `known` are values of the case's own people (a name, an address) that no pattern could find. Patterns miss
    what people write in words of their own, so somebody still reads a text before it is published.
    """
    for value in sorted({value.strip() for value in known if len(value.strip()) > 1}, key=len, reverse=True):
        text = text.replace(value, STARS)
    for pattern in _PERSONAL:
        text = pattern.sub(STARS, text)
    return text


# The hundred most common, which nine of ten people have, and those of two characters.
_SURNAME = (
    "(?:"
    + "|".join(sorted(COMPOUND_SURNAMES))
    + "|[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶"
    "蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武戚莫孔向汤])"
)
_GIVEN = r"[\u4e00-\u9fff]{1,2}"
_ADDRESSES = "先生|女士|小姐|太太|阿姨|大爷|大妈|奶奶|爷爷|叔叔|大叔|大姐|大哥|师傅|老师|医生|经理|同志|书记|主任"
_TITLED = [
    # 张三先生, 李阿姨, 老王师傅.
    re.compile(rf"{_SURNAME}[\u4e00-\u9fff]{{0,2}}?(?=(?:{_ADDRESSES}))"),
    # 联系人：张三, 我叫李四, 业主王五. A full stop, a comma or the end tells a name from what somebody does.
    re.compile(
        rf"(?P<before>(?:联系人|负责人|我是|我叫|名叫|姓名|业主|居民|租户|户主|住户|房东|邻居)[\s:：是叫]{{0,2}}){_SURNAME}{_GIVEN}"
        r"(?=$|[\s,，。.、;；:：!！?？（）()的在说反])"
    ),
]


def mask_titled_names(text: str) -> str:
    """`张三先生` -> `****先生`, `联系人：李四` -> `联系人：****`: names beside a title or a word for a person."""
    for pattern in _TITLED:
        text = pattern.sub(lambda match: (match.groupdict().get("before") or "") + STARS, text)
    return text
