"""The catalogue to download: whole, harmless in a spreadsheet, of the shape that its schema says."""

import csv
import gzip
import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest
from fastapi.testclient import TestClient

from bot.cards.keeping import CardKeeper
from bot.cards.open_data import SCHEMA_FILE, harmless
from bot.switches.board import Target
from connectors.public_pages.open_data import FILES
from tests.bot.cards.conftest import NOW
from tests.bot.cards.test_keeping import changed
from tests.bot.catalogue.small_files import FIRST, SECOND
from tests.connectors.public_pages.conftest import BASE, Switches

Keeper = Callable[..., CardKeeper]


def rows(client: TestClient, name: str) -> list[dict[str, str]]:
    """The lines of a CSV file."""
    answer = client.get(f"/du-lieu-mo/{name}")
    assert answer.status_code == 200
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


@pytest.fixture
def filled(keeper: Keeper, take_in: Callable[..., None]) -> None:
    take_in()
    keeper().run(NOW)


@pytest.mark.usefixtures("filled")
def test_the_json_file_is_of_its_schema_and_holds_every_procedure_with_its_version(client: TestClient) -> None:
    data = client.get("/du-lieu-mo/thu-tuc.json").json()
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(data)
    assert client.get("/du-lieu-mo/thu-tuc.schema.json").json() == schema
    by_code = {one["code"]: one for one in data["procedures"]}
    assert {FIRST, SECOND, "1.900001"} <= set(by_code)
    assert (by_code[FIRST]["origin"], by_code["1.900001"]["origin"]) == ("reviewed", "imported")
    assert by_code[FIRST]["fees"][0]["amount_vnd"] == 8000
    assert (by_code[FIRST]["version"], by_code[FIRST]["version_date"]) == (1, "2026-11-27")
    assert by_code[FIRST]["card_url"] == f"{BASE}/thu-tuc/{FIRST}"
    assert data["licence"] == "CC BY 4.0"


@pytest.mark.usefixtures("filled")
def test_the_tables_hold_one_row_per_procedure_fee_limit_and_paper(client: TestClient) -> None:
    listed = client.get("/du-lieu-mo/thu-tuc.json").json()["procedures"]
    assert [row["code"] for row in rows(client, "thu-tuc.csv")] == [one["code"] for one in listed]
    for name, key in (("phi-le-phi.csv", "fees"), ("thoi-han.csv", "times")):
        assert len(rows(client, name)) == sum(len(one[key]) for one in listed)
    papers = rows(client, "giay-to.csv")
    assert len(papers) == sum(len(group["items"]) for one in listed for group in one["papers"])
    lost = next(row for row in papers if row["paper"] == "Đơn báo mất" and row["code"] == FIRST)
    assert (lost["case"], lost["name"], lost["originals"]) == ("Cấp lại", "Đăng ký nuôi mèo", "")
    fee = next(row for row in rows(client, "phi-le-phi.csv") if row["code"] == FIRST)
    assert (fee["amount_vnd"], fee["kind"], fee["origin"]) == ("8000", "amount", "reviewed")


@pytest.mark.parametrize(
    "cell", ["=1+1", "+84", "-2", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=cmd|' /C calc'!A0", "\u00a0=1", "＝1", "－1"]
)
def test_no_cell_is_a_formula(cell: str) -> None:
    assert harmless(cell) == "'" + cell


def test_other_cells_stay_as_they_are() -> None:
    told = {"Đơn": "Đơn", None: "", 20000: "20000", -1: "-1", 2.0: "2", 0.5: "0.5", "a\x00b": "ab"}
    assert {value: harmless(value) for value in told} == told
    assert (harmless(True), harmless(False)) == ("true", "false")


def test_a_hostile_name_comes_out_harmless_and_in_its_own_cell(keeper: Keeper, client: TestClient) -> None:
    keeper(changed("name: Tờ khai   # mẫu số 1", 'name: "=HYPERLINK(\'x\'),\\"a\\"\\nb"')).run(NOW)
    paper = next(row["paper"] for row in rows(client, "giay-to.csv") if row["code"] == FIRST)
    assert paper == "'=HYPERLINK('x'),\"a\"\nb"


@pytest.mark.usefixtures("filled")
def test_what_is_switched_off_is_in_no_file_and_named_as_left_out(client: TestClient, switches: Switches) -> None:
    tag = client.get("/du-lieu-mo/thu-tuc.json").headers["ETag"]
    switches.off(Target("answer", FIRST, "fee"), Target("procedure", SECOND), Target("online_filing", "1.900001"))
    assert client.get("/du-lieu-mo/thu-tuc.json", headers={"If-None-Match": tag}).status_code == 200
    by_code = {row["code"]: row for row in rows(client, "thu-tuc.csv")}
    assert [by_code[code]["withheld"] for code in (FIRST, SECOND, "1.900001")] == ["fee", "procedure", "online_filing"]
    assert by_code[SECOND]["result"] == by_code[SECOND]["filing_link"] == by_code["1.900001"]["filing_link"] == ""
    assert by_code[FIRST]["result"] == "Giấy chứng nhận"
    assert {FIRST, SECOND}.isdisjoint(row["code"] for row in rows(client, "phi-le-phi.csv"))
    data = client.get("/du-lieu-mo/thu-tuc.json").json()
    jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))).validate(data)


def test_who_has_the_file_already_gets_it_again_only_after_a_change(keeper: Keeper, client: TestClient) -> None:
    assert client.get("/du-lieu-mo/thu-tuc.csv").status_code == 503
    keeper().run(NOW)
    first = client.get("/du-lieu-mo/thu-tuc.csv")
    assert first.headers["Last-Modified"] == "Fri, 27 Nov 2026 03:00:00 GMT"
    again = {"If-None-Match": f'"other", {first.headers["ETag"]}'}
    assert client.get("/du-lieu-mo/thu-tuc.csv", headers=again).status_code == 304
    keeper(changed("as_of: 2026-07", "as_of: 2026-11")).run(NOW + timedelta(hours=1))
    newer = client.get("/du-lieu-mo/thu-tuc.csv", headers=again)
    assert newer.status_code == 200
    assert newer.headers["Last-Modified"] == "Fri, 27 Nov 2026 04:00:00 GMT"
    assert client.get("/du-lieu-mo/thu-tuc.csv", headers={"If-None-Match": newer.headers["ETag"]}).status_code == 304


@pytest.mark.usefixtures("filled")
def test_the_file_comes_packed_to_who_can_unpack_it(client: TestClient) -> None:
    with client.stream("GET", "/du-lieu-mo/thu-tuc.json", headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        packed = b"".join(answer.iter_raw())
    for accepted in ("identity", "gzip;q=0, deflate", "gzip; q=0.000", ""):
        plain = client.get("/du-lieu-mo/thu-tuc.json", headers={"Accept-Encoding": accepted})
        assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed) == plain.content


@pytest.mark.usefixtures("filled")
def test_the_page_names_every_file_its_columns_and_the_terms(client: TestClient) -> None:
    page = client.get("/du-lieu-mo").text
    assert [file.name for file in FILES if f'href="/du-lieu-mo/{file.name}"' not in page] == []
    assert "CC BY 4.0" in page
    assert "amount_vnd" in page


def test_the_columns_stand_in_the_documentation() -> None:
    page = (Path(__file__).parents[3] / "docs" / "administrators" / "service-cards.md").read_text(encoding="utf-8")
    missing = {column for file in FILES for column in file.columns if f"`{column}`" not in page}
    assert missing == set()
