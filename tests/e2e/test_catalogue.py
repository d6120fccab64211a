"""Items and agreements over real TLS: what a sender is told, what may be sent to whom, reload, and a national catalogue."""

import json
import re
import time

import pytest
import yaml

import cities
from gateway import CATALOGUE, EXAMPLE, ROOT, run, submission
from items import filing, housing_of, send, violations

ID_CARD = "11370800TT0000146F3000709001000"


@pytest.fixture(scope="module")
def gateway(gateways):
    return gateways.start(CATALOGUE, name="shared")


def test_a_filing_that_fits_is_taken_with_its_terms(gateway, number):
    answer = send(gateway, filing(number))
    assert answer.status_code == 202, answer.text
    with gateway.client("changzhi-platform") as client:
        case = client.case(answer.json()["case_id"])
    assert case["state"] == "QUEUED"
    # The terms are durable with the filing: the agreement's id stands in no message.
    kept = [file for file in (gateway.folder / "data/ledger").rglob("*") if file.is_file()]
    assert any(b"JN-CZ-2024" in file.read_bytes() for file in kept), kept


@pytest.mark.parametrize("rule, change, words", [
    ("item_unknown", {"case_submitted": {"item": {"impl_code": "11140400TT000031433002017003009"}}},
     ("11140400TT000031433002017003000",)),
    ("item_version", {"case_submitted": {"item": {"version": "0"}}}, ("“1”",)),
    ("situation_unknown", {"case_submitted": {"item": {"situation_code": "77"}}}, ("01, 02",)),
    ("mode", {"case_submitted": {"business_mode": "BUSINESS_MODE_JOINT"}}, ("全程网办",)),
    ("agreement_missing", {"case": {"dest_region": "370800"}, "case_submitted": {"item": {"impl_code": ID_CARD}}},
     ("320300→370800", ID_CARD)),
    ("material_missing", {"dossier": {"materials": [{"name": "居民身份证"}]}}, ("CL002 购房合同",)),
])
def test_what_is_outside_is_refused_by_name(gateway, number, rule, change, words):
    party = "xuzhou-platform" if rule == "agreement_missing" else "jining-platform"
    event = filing(number, origin="320300" if rule == "agreement_missing" else "370800")
    for part, members in change.items():
        for key, value in members.items():
            if isinstance(value, dict):
                event[part].setdefault(key, {}).update(value)
            else:
                event[part][key] = value
    before = gateway.metric("tongban_violations_total", rule=rule)
    answer = send(gateway, event, party)
    assert answer.status_code == 422, answer.text
    told = violations(answer)
    assert rule in told, answer.text
    for word in words:
        assert word in told[rule]["message_zh"], told[rule]
    assert told[rule]["message_en"].isascii() or "购房" in told[rule]["message_en"] or "居民" in told[rule]["message_en"] \
        or "全程" in told[rule]["message_en"]
    assert "case_id" not in answer.json().get("receipt", {}), "nothing was made"
    assert gateway.metric("tongban_violations_total", rule=rule) == before + 1
    with gateway.client(party) as client:
        assert client.find(number) == []


def test_a_city_is_told_in_its_own_format_and_at_the_place_in_its_message(gateway):
    with gateway.client("xuzhou-platform") as client:
        answer = client.post("/v1/messages", (EXAMPLE / "messages/XUZHOU-04-no-agreement.json").read_bytes(), "application/json")
    reply = cities.read("xuzhou-platform", answer)
    assert (answer.status_code, reply.code) == (200, "422")
    assert "320300→370800" in reply.text and "$.bldqh" in reply.violations


def test_the_promise_of_an_immediate_item_is_shown_as_zero(gateway, tmp_path):
    """当日办结: 0 is said, whether the table says it or leaves it out."""
    whole = yaml.safe_load((EXAMPLE / "items.yaml").read_text())
    left_out = [each for each in whole["items"] if each["case_type"] == "即办件"]
    assert left_out and not any("promise" in each for each in left_out)
    with gateway.client("jining-platform") as client:
        entries = client.get("/v1/catalogue?limit=200").json()["entries"]
    shown = {each["item"]["impl_code"]: each["item"].get("promise") for each in entries}
    today = {"value": 0, "unit": "LIMIT_UNIT_WORKDAY"}
    assert [shown[each["impl_code"]] for each in left_out if each["impl_code"] in shown] == [today]
    left_out[0]["promise"] = "当日"
    table = tmp_path / "items.yaml"
    table.write_text(yaml.safe_dump(whole, allow_unicode=True))
    for items in (EXAMPLE / "items.yaml", table):
        told = json.loads(run("catalogue", "show", items, "--json").stdout)["items"]
        assert [each["promise"] for each in told if each["case_type"] == "CASE_TYPE_IMMEDIATE"] == [today] * len(left_out)


def test_a_promise_that_differs_is_taken_with_a_warning(gateway, number):
    event = filing(number)
    event["case_submitted"]["promise"] = {"value": 9, "unit": "LIMIT_UNIT_WORKDAY"}
    answer = send(gateway, event)
    assert answer.status_code == 202
    told = [each for each in answer.json()["violations"] if each["rule"] == "promise_differs"]
    assert told and told[0]["warning"] is True


def test_tolerance_that_is_asked_for_and_allowed_is_a_warning(gateway, number):
    event = filing(number)
    event["dossier"]["materials"] = event["dossier"]["materials"][:1]
    event["case_submitted"]["tolerance"] = True
    answer = send(gateway, event)
    assert answer.status_code == 202, answer.text
    assert [each["rule"] for each in answer.json()["violations"]] == ["material_owed"]


def test_what_may_i_send_and_to_whom(gateway):
    with gateway.client("jining-platform") as client:
        sends = client.get("/v1/catalogue").json()
        receives = client.get("/v1/catalogue?direction=receive").json()
    assert sends["configured"] and sends["version"] == "2026.11"
    ways = {(each["dest_region"], each["item"]["impl_code"], each["agreement"]) for each in sends["entries"]}
    assert ways == {("140400", "11140400TT000031433002017003000", "JN-CZ-2024"),
                    ("120103", "11120103TT000041004002036011000", "JN-HX-2024")}
    assert {each["origin_region"] for each in receives["entries"]} == {"140400", "120103", "320300"}
    assert {each["dest_region"] for each in receives["entries"]} == {"370800"}
    housing = next(each for each in sends["entries"] if each["dest_region"] == "140400")
    assert housing["accepts_by_mandate"] is True and housing["item"]["materials"][1]["tolerance"] is True
    with gateway.client("xuzhou-platform") as client:
        codes = {each["item"]["impl_code"] for each in client.get("/v1/catalogue?region=370800").json()["entries"]}
        assert ID_CARD not in codes and len(codes) == 3
        assert client.get("/v1/catalogue?item=000131001000").json()["entries"][0]["item"]["name"] == "个体工商户设立登记"


def test_pages_are_walked_to_the_end_and_conditional_reads_cost_nothing(gateway):
    with gateway.client("qingdao-platform") as client:
        whole = client.get("/v1/catalogue")
        seen, cursor = [], ""
        while True:
            page = client.get("/v1/catalogue?limit=1" + (f"&cursor={cursor}" if cursor else "")).json()
            assert len(page.get("entries", [])) <= 1
            seen += page.get("entries", [])
            cursor = page.get("next", "")
            if not cursor:
                break
        assert seen == whole.json()["entries"] and len(seen) == 3
        again = client.get("/v1/catalogue", headers={"If-None-Match": whole.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        other = client.get("/v1/catalogue?direction=receive", headers={"If-None-Match": whole.headers["ETag"]})
        assert other.status_code == 200 and other.headers["ETag"] != whole.headers["ETag"]
        for wrong in ("direction=up", "region=37", "limit=0", "limit=201", "cursor=x.1.1.1", "item=%20", "color=red"):
            assert client.get(f"/v1/catalogue?{wrong}").status_code == 422, wrong


def test_without_a_catalogue_nothing_is_checked(gateways, number):
    plain = gateways.start(name="plain")
    assert send(plain, submission(number)).status_code == 202
    with plain.client("jining-platform") as client:
        assert client.get("/v1/catalogue").json().get("configured", False) is False
    assert "tongban_catalogue_items" not in plain.metrics_text()


def test_a_wrong_catalogue_stops_the_start_with_every_mistake(gateways):
    wrong = gateways.folder / "wrong-items.yaml"
    text = (EXAMPLE / "items.yaml").read_text()
    wrong.write_text(text.replace("case_type: 即办件", "case_type: 马上办", 1).replace("class: housing", "class: nothing", 1))
    made = gateways.make({"catalogue": {"items": str(wrong)}}, name="wrong")
    refused = run("serve", "--config", made.config)
    assert refused.returncode == 2
    assert refused.stderr.count("wrong-items.yaml:") == 2 and "马上办" not in refused.stderr
    checked = run("config", "check", "--config", made.config)
    assert checked.returncode == 2
    assert re.search(r"wrong-items\.yaml:\d+:\d+: .*case_type", checked.stdout), checked.stdout
    assert re.search(r"wrong-items\.yaml:\d+:\d+: .*class", checked.stdout), checked.stdout


def test_config_check_names_a_handler_that_the_destination_does_not_have(gateways):
    items = gateways.folder / "nowhere-items.yaml"
    whole = yaml.safe_load((EXAMPLE / "items.yaml").read_text())
    whole["items"][0]["automatic_handler"] = "nowhere"
    items.write_text(yaml.safe_dump(whole, allow_unicode=True))
    made = gateways.make({"catalogue": {"items": str(items)}}, name="nowhere")
    checked = run("config", "check", "--config", made.config)
    assert checked.returncode == 0, "a person decides instead: told, not refused"
    assert re.search(r"nowhere-items\.yaml:\d+:\d+: .*automatic.*nowhere.*warning", checked.stdout), checked.stdout


def test_show_knows_other_days_all_fields_and_what_is_not_there(tmp_path):
    items = tmp_path / "items.yaml"
    whole = yaml.safe_load((EXAMPLE / "items.yaml").read_text())
    housing = housing_of(whole)
    later = {**housing, "version": "2", "valid_from": "2099-01-01", "office_hours": "09:00-12:00,13:30-17:30"}
    housing["valid_to"] = "2098-12-31"
    whole["items"].append(later)
    items.write_text(yaml.safe_dump(whole, allow_unicode=True))
    versions = lambda *more: [each["version"] for each in json.loads(run("catalogue", "show", items, "--region", "140400", "--json",
                                                                         *more).stdout)["items"]]
    assert versions() == ["1"] and versions("--all") == ["1", "2"] and versions("--on", "2099-06-01") == ["2"]
    one = run("catalogue", "show", items, "--item", housing["impl_code"]).stdout
    for said in ("情形", "01", "09:00-17:30", "未生效", "2099-01-01", "材料编码"):
        assert said in one, said
    for unknown in (("--item", "999999999999"), ("--region", "110101")):
        nothing = run("catalogue", "show", items, *unknown)
        assert nothing.returncode == 1 and unknown[1] in nothing.stderr and nothing.stdout == ""
    assert run("catalogue", "show", items, "--on", "tomorrow").returncode != 0


def test_diff_takes_several_old_files_and_a_table_says_what_it_lacks(tmp_path):
    files = [EXAMPLE / "items.yaml", EXAMPLE / "agreements.yaml"]
    compiled = tmp_path / "c.binpb"
    assert run("catalogue", "import", *files, "--output", compiled).returncode == 0
    same = run("catalogue", "diff", files[0], compiled, "--old", files[1])
    assert same.returncode == 0, same.stdout + same.stderr
    table = run("catalogue", "import", *files, "--output", tmp_path / "items.csv")
    assert table.returncode == 0 and "5 agreements" in table.stderr and "事项类别名称" in table.stderr, table.stderr
    assert run("catalogue", "import", *files, "--output", compiled).stderr == ""


def test_commands_import_check_diff_show(tmp_path):
    files = [EXAMPLE / "items.yaml", EXAMPLE / "agreements.yaml"]
    compiled, table = tmp_path / "catalogue.binpb", tmp_path / "items.csv"
    done = run("catalogue", "import", *files, "--output", compiled, "--partners", EXAMPLE / "partners", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["items"], told["agreements"], told["mistakes"]) == (9, 5, [])
    assert run("catalogue", "import", *files, "--output", table, "--agreements-output", tmp_path / "a.csv").returncode == 0
    table.write_bytes(table.read_text(encoding="utf-8-sig").encode("gb18030"))
    same = run("catalogue", "diff", compiled, compiled)
    assert (same.returncode, "no difference" in same.stdout) == (0, True), same.stdout
    tables = json.loads(run("catalogue", "diff", compiled, table, tmp_path / "a.csv", "--json").stdout)
    assert [(each["change"], each["subject"], each["key"]) for each in tables] == [("removed", "bundle", "GTH-YJS v2026.1")], \
        "tables hold items and agreements, whole; bundles are YAML's"
    changed = tmp_path / "changed.yaml"
    changed.write_text(files[0].read_text().replace("promise: 15个工作日", "promise: 10个工作日"))
    diff = run("catalogue", "diff", files[0], changed, "--json")
    assert diff.returncode == 1
    assert [(each["field"], each["before"], each["after"]) for each in json.loads(diff.stdout)] == \
        [("承诺时限", "15个工作日", "10个工作日")]
    shown = json.loads(run("catalogue", "show", compiled, "--json").stdout)
    assert shown["figures"]["items"] == 9 and abs(shown["figures"]["compress_ratio"] - 75 / 99) < 1e-9
    assert "承诺时限压缩比" in run("catalogue", "show", compiled, "--item", "002017003000").stdout
    changed.write_text("items: [{name: 1}]")
    refused = run("catalogue", "check", changed)
    assert refused.returncode == 2 and "changed.yaml:1:9" in refused.stdout
    assert run("catalogue", "import", changed, "--output", tmp_path / "no.binpb").returncode == 2
    assert not (tmp_path / "no.binpb").exists()


NATIONAL_ITEMS = 110_000


def test_a_national_catalogue_is_read_and_used(gateways, number, record_property):
    """220 regions × 500 items: the time is reported, not asserted (machines differ); docs/performance.md has it."""
    folder = gateways.folder / "national"
    folder.mkdir()
    provinces = (11, 12, 13, 15, 21, 22, 23, 31, 32, 33, 34)
    lines = ["编码说明：旧编码", "实施编码,区划代码,事项名称,版本,办件类型,承诺时限,法定时限,申请材料"]
    codes = set()
    for region in range(NATIONAL_ITEMS // 500):
        area = provinces[region // 20] * 10000 + (region % 20 + 1) * 100
        lines += [f"N{area}-{item:04d},{area},事项第{item}号,1,承诺件,3个工作日,20个工作日,CL001|居民身份证|必要"
                  for item in range(500)]
        codes.add(area)
    table = folder / "items.csv"
    table.write_text("\n".join(lines), encoding="gb18030")
    compiled = folder / "national.binpb"
    done = run("catalogue", "import", table, EXAMPLE / "items.yaml", "--output", compiled, "--json")
    assert done.returncode == 0, done.stdout[:2000]
    checked = json.loads(run("catalogue", "check", compiled, "--json").stdout)
    assert checked["items"] == NATIONAL_ITEMS + 9 and len(codes) == 220
    record_property("import_ms", json.loads(done.stdout)["milliseconds"])
    record_property("load_ms", checked["milliseconds"])
    print(f"import {json.loads(done.stdout)['milliseconds']:.0f} ms, load {checked['milliseconds']:.0f} ms, "
          f"{checked['bytes'] / 1e6:.1f} MB")
    begun = time.monotonic()
    big = gateways.start({"catalogue": {"items": str(compiled)}}, name="national-gateway")
    record_property("start_s", time.monotonic() - begun)
    assert send(big, filing(number)).status_code == 202
    with big.client("jining-platform") as client:
        page = client.get("/v1/catalogue?limit=200").json()
    assert len(page["entries"]) == 200 and page["next"]


def test_the_example_is_what_the_documents_say():
    text = (ROOT / "docs/catalogue.md").read_text(encoding="utf-8")
    for key in yaml.safe_load((EXAMPLE / "items.yaml").read_text())["defaults"]:
        assert f"`{key}`" in text, key
