"""What an item's rules say of one case, from the filing to the bulletin: 告知承诺, 其他版本提醒, 材料可后补, figures by class and level."""

import base64
import copy
import csv
import io
import json
import time
import urllib.parse
import xml.etree.ElementTree

import pytest
import yaml

from gateway import CATALOGUE, EXAMPLE, eventually, run, submission
from items import MATERIALS, send, violations
from materials import pdf, put, sha256, with_content
from test_deliveries import ack, pull
from test_materials_s3 import S3
from test_report import today

HOUSING = "11140400TT000031433002017003000"  # 市级, class housing, at 140400
MEDICAL = {"item": {"impl_code": "11120103TT000041004002036011000"}, "business_mode": "BUSINESS_MODE_FULL_ONLINE",
           "case_type": "CASE_TYPE_IMMEDIATE"}  # 县级, class medical, at 120103
COMPANY = "11120103TT0000437P4000131002000"  # M0102 may be owed, or promised by a letter


def with_items(folder, change):
    """Settings of a gateway that works by the example's items, changed."""
    whole = yaml.safe_load((EXAMPLE / "items.yaml").read_text())
    for item in whole["items"]:
        item.update(copy.deepcopy(change.get(item["impl_code"], {})))
    table = folder / "items.yaml"
    table.write_text(yaml.safe_dump(whole, allow_unicode=True))
    return {"catalogue": {**CATALOGUE["catalogue"], "items": str(table)}}


def of_company(number, *materials, **members):
    return submission(number, origin="370200", dest="120103", case_submitted={"item": {"impl_code": COMPANY}, **members},
                      dossier={"materials": list(materials)})


def act(client, case_id, name, code=202, dossier=None, **members):
    answer = client.event(case_id, name, **members, **({"dossier": dossier} if dossier else {}))
    assert answer.status_code == code, f"{name}: {answer.text}"
    return answer


@pytest.fixture(scope="module")
def gateway(gateways):
    return gateways.start(CATALOGUE, name="item-rules")


def test_a_letter_of_commitment_stands_for_a_material_until_it_is_brought(gateway, number):
    """告知承诺: accepted on the letter, owed by the item's limit, no certificate before it is cleared."""
    form, licence = {"code": "M0101", "name": "公司登记(备案)申请书"}, {"code": "M0103", "name": "营业执照"}
    letter = {"code": "CN01", "name": "告知承诺书", "source": "MATERIAL_SOURCE_COMMITMENT"}
    with gateway.client("qingdao-platform") as origin, gateway.client("hexi-platform") as dest:
        refused = origin.message(of_company(f"{number}W", form, licence, commitment=True))
        assert refused.status_code == 422, "by commitment, without its letter: " + refused.text
        answer = origin.message(of_company(number, form, licence, letter, commitment=True))
        assert answer.status_code == 202, answer.text
        assert "material_committed" in violations(answer), answer.text
        case_id = answer.json()["case_id"]
        act(dest, case_id, "dest_received")
        wrong = act(dest, case_id, "case_accepted", 422, tolerance=True, owed=[{"code": "M0101"}])
        assert list(violations(wrong)) == ["tolerance_excluded"], wrong.text
        act(dest, case_id, "case_accepted", tolerance=True, owed=[{"code": "M0102", "commitment": "CN01"}])
        owed, = dest.case(case_id)["case"]["owed_materials"]
        assert (owed["code"], owed["commitment"]) == ("M0102", "CN01"), owed
        act(dest, case_id, "decided", decision="DECISION_APPROVED")
        closing = {"outcome": "OUTCOME_APPROVED_WITH_CERT"}
        early = act(dest, case_id, "case_closed", 409, **closing)
        assert early.json()["type"].endswith("materials-owed"), early.text
        brought = {"materials": [{"code": "M0102", "name": "住所使用证明"}]}
        act(origin, case_id, "owed_submitted", dossier=brought, codes=["M0102"])
        act(dest, case_id, "owed_cleared", codes=["M0102"])
        act(dest, case_id, "case_closed", **closing)
        assert not dest.case(case_id)["case"].get("owed_materials")


@pytest.mark.parametrize("word, status", [("提醒", 202), ("退回", 422)])
def test_another_version_gets_what_its_item_says(gateways, tmp_path, number, word, status):
    gateway = gateways.start(with_items(tmp_path, {HOUSING: {"other_versions": word}}), name=f"versions-{status}")
    event = submission(number, dossier=MATERIALS["dossier"], case_submitted={"item": {"version": "0"}})
    answer = send(gateway, event)
    assert answer.status_code == status, answer.text
    told = violations(answer)["item_version"]
    assert told.get("warning", False) is (status == 202) and "“1”" in told["message_zh"], told


def test_what_s3_cannot_take_follows_where_the_item_says_so(gateways, tmp_path, number):
    """材料可后补: with the store down the case is taken with its file inside; an item that does not say it has its case refused."""
    s3 = S3(tmp_path).start()
    try:
        settings = {**with_items(tmp_path, {HOUSING: {"material_may_follow": "是"}}), **s3.settings(fetch={"retry_first": "100ms"})}
        gateway = gateways.start(settings, name="may-follow")
        with gateway.client("jining-platform") as origin, gateway.client("changzhi-platform") as dest:
            s3.kill()
            data = pdf(100_000)
            follows = with_content(number, data)
            follows["dossier"]["materials"] = [{**follows["dossier"]["materials"][0], **MATERIALS["dossier"]["materials"][0]},
                                               MATERIALS["dossier"]["materials"][1]]
            answer = origin.message(follows)
            assert answer.status_code == 202, answer.text
            path = f"/v1/cases/{answer.json()['case_id']}/materials"
            assert [each["state"] for each in dest.get(path).json()["files"]] == ["inline"]
            assert dest.get(f"{path}/{sha256(data)}").content == data
            must = with_content(f"{number}M", data)
            must["case"]["dest_region"] = "120103"
            must["case_submitted"] = MEDICAL
            must["dossier"]["materials"][0].update({"code": "M0001", "name": "基本医疗保险跨省异地就医备案表"})
            refused = origin.message(must)
            assert refused.status_code == 503 and refused.headers["Retry-After"], refused.text
            assert origin.find(f"{number}M") == []
            s3.start()
            eventually(lambda: dest.get(path).json()["files"][0]["state"] == "stored", 60, "the file follows")
            assert dest.get(f"{path}/{sha256(data)}").content == data
            assert put(origin, pdf(100)).status_code == 201
    finally:
        s3.kill()


def test_a_bulletin_by_class_and_by_level(gateways, number):
    gateway = gateways.start(CATALOGUE, name="by-class")
    with gateway.client("jining-platform") as origin, gateway.client("changzhi-platform") as dest:
        housing = [origin.message(submission(f"{number}{n}", dossier=MATERIALS["dossier"])) for n in "12"]
        medical = origin.message(submission(f"{number}3", dest="120103", case_submitted=MEDICAL,
                                            dossier={"materials": [{"code": "M0001", "name": "备案表"}]}))
        assert [answer.status_code for answer in (*housing, medical)] == [202, 202, 202], medical.text
        act(dest, housing[0].json()["case_id"], "dest_received")
        act(dest, housing[0].json()["case_id"], "case_accepted")

    def told(by, name):
        done = run("report", "--port", str(gateway.operations_port), "--from", today(), "--to", today(), "--by", by, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return {group[name]: (group["figures"].get("submitted", 0), group["figures"].get("accepted", 0))
                for group in json.loads(done.stdout)["groups"]}

    assert told("item-class", "item_class") == {"housing": (2, 1), "medical": (1, 0)}
    assert told("level", "level") == {"CITY": (2, 1), "COUNTY": (1, 0)}
    done = run("report", "--port", str(gateway.operations_port), "--from", today(), "--to", today(), "--by", "level", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout.removeprefix("\ufeff"))))
    assert any("市级" in value for row in rows for value in row.values()), rows


def test_a_grade_keeps_its_meaning_between_scales_that_run_against_each_other(gateways, number):
    """Qingdao's 1 is the worst, Jining's the best: what the applicant said in one is read as the same in the other."""
    gateway = gateways.start(name="scales")
    with gateway.client("qingdao-platform") as origin, gateway.client("jining-platform") as dest:
        told = {}
        for qingdao in (1, 5):
            case_id = origin.message(submission(f"{number}{qingdao}", origin="370200", dest="370800")).json()["case_id"]
            for name, members in (("dest_received", {}), ("case_accepted", {}), ("decided", {"decision": "DECISION_APPROVED"}),
                                  ("case_closed", {"outcome": "OUTCOME_COMPLETED"})):
                act(dest, case_id, name, **members)
            grade = {"status": "EVALUATED", "time": int(time.time() * 1000),
                     "evaluation": {"grade": qingdao, "text": "办理情况说明", "times": 1}}
            body = {"header": {"messageId": f"{number}{qingdao}", "messageType": "affair.status", "version": "2.3",
                               "sendTime": grade["time"], "sender": {"areaCode": "370200", "appId": "qd-zhsp"}},
                    "projectNo": f"{number}{qingdao}", "statusList": [grade]}
            answer = origin.message(json.dumps(body), "application/json")
            assert answer.status_code == 200 and answer.json()["code"] == 0, answer.text
            told[qingdao] = origin.case(case_id)["case"]["grade"]
        assert told == {1: "GRADE_VERY_DISSATISFIED", 5: "GRADE_VERY_SATISFIED"}
        written = {}
        while due := pull(dest):
            for each in due:
                if each["event"] == "EVALUATED":
                    form = urllib.parse.parse_qs(base64.b64decode(each["body_base64"]).decode())
                    written[each["case_id"]] = xml.etree.ElementTree.fromstring(form["xmlStr"][0]).findtext(".//PJDJ")
            assert ack(dest, *[each["id"] for each in due]).status_code == 200
        assert sorted(written.values()) == ["1", "5"], written
        assert [written[case["case"]["case_id"]] for qingdao in (1, 5) for case in origin.find(f"{number}{qingdao}")] == ["5", "1"]
