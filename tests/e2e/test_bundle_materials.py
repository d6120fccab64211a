"""One set of materials for several cases: what counts for the bundle 一件事 is what its children get, however it was named."""

import copy

import pytest
import yaml

from bundles import ORIGIN
from gateway import EXAMPLE, eventually, now
from items import violations
from materials import pdf, put, sha256

PLACE = "jining-platform"  # of both children
LICENCE = "1.2.156.3005.2.11100000000013338W001.1114040001234567XX.000001.001.R"
FIELDS = {"经营者姓名": "测试甲", "经营场所": "示例街道一号", "转移养老保险": "是"}
MATERIALS = [{"code": "M01", "name": "申请书"}, {"code": "M02", "name": "经营场所证明"}, {"code": "M03", "name": "居民身份证"}]


@pytest.fixture(scope="module")
def gateway(gateways):
    """The five cities' bundle: its second child, after the first, gets M03 and M04."""
    folder = gateways.folder / "bundle-materials-catalogue"
    folder.mkdir()
    whole = yaml.safe_load((EXAMPLE / "items.yaml").read_text())
    bundle, = whole["bundles"]
    bundle["materials"][1].update(tolerance="是", tolerance_limit="20个工作日")
    bundle["materials"][2]["licence_type"] = "居民身份证"
    (folder / "items.yaml").write_text(yaml.safe_dump(whole, allow_unicode=True))
    settings = {"catalogue": {"items": str(folder / "items.yaml"), "agreements": str(EXAMPLE / "agreements.yaml")}}
    return gateways.start(settings, name="bundle-materials")


def filing(number, materials=MATERIALS, certificates=(), fields=FIELDS, **members):
    return {"case": {"origin_region": "320300", "source_case_no": number}, "occurred_at": now(),
            "case_submitted": {"bundle_code": "GTH-YJS", "business_mode": "BUSINESS_MODE_FULL_ONLINE",
                               "case_type": "CASE_TYPE_COMMITMENT", **members},
            "dossier": {"applicant": {"type": "APPLICANT_TYPE_NATURAL", "name": "测试甲", "id_type": "111",
                                      "id_no": "370899198506150010"},
                        "form": [{"name": name, "value": value} for name, value in fields.items()],
                        "materials": copy.deepcopy(list(materials)), "certificates": list(certificates)}}


def children_of(client, case_id):
    return client.get(f"/v1/cases/{case_id}/tree").json()["children"]


def child_filed(client, case_id, number):
    """The child's case, once it is filed."""
    eventually(lambda: children_of(client, case_id)[number - 1]["filed"], what=f"child {number} is filed")
    return children_of(client, case_id)[number - 1]["case_id"]


def close_first(gateway, case_id):
    with gateway.client(ORIGIN) as client:
        first = child_filed(client, case_id, 1)
    with gateway.client(PLACE) as client:
        for name, members in (("dest_received", {}), ("case_accepted", {}), ("case_closed", {"outcome": "OUTCOME_COMPLETED"})):
            said = client.event(first, name, **members)
            assert said.status_code == 202, said.text


@pytest.mark.parametrize("named", [{"code": "M04", "name": "参保缴费凭证"}, {"name": "参保缴费凭证"},
                                   {"code": "CL-9", "name": "参保缴费凭证"}], ids=["code", "name", "own-code"])
def test_a_file_reaches_the_child_however_its_material_was_named(gateway, number, named):
    data = pdf(600)
    with gateway.client(ORIGIN) as client:
        assert put(client, data).status_code in (200, 201)
        event = filing(number, materials=MATERIALS[:2] + [
            {**named, "files": [{"name": "凭证.pdf", "sha256": sha256(data)}]}],
            certificates=[{"name": "居民身份证", "licence_ref": LICENCE}])
        answer = client.message(event)
        assert answer.status_code == 202, answer.text
        case_id = answer.json()["case_id"]
        close_first(gateway, case_id)
        second = child_filed(client, case_id, 2)
    with gateway.client(PLACE) as client:
        dossier = client.case(second)["submission"]["dossier"]
        assert [(each["code"], each["name"]) for each in dossier["materials"]] == [("M04", "参保缴费凭证")]
        assert client.get(f"/v1/cases/{second}/materials/{sha256(data)}").content == data
        assert [each["name"] for each in dossier["certificates"]] == ["居民身份证"], "it stands for M03"


def test_tolerance_asked_for_the_whole_is_the_childs_whose_item_allows_it(gateway, number):
    without = [each for each in MATERIALS if each["code"] != "M02"]
    with gateway.client(ORIGIN) as client:
        bundle, = client.get("/v1/catalogue").json()["bundles"]
        assert bundle["bundle"]["materials"][1]["tolerance"] is True, "as it is told"
        refused = client.message(filing(number, without, fields={**FIELDS, "转移养老保险": "否"}))
        assert refused.status_code == 422 and "可申请容缺受理" in violations(refused)["material_missing"]["message_zh"]
        answer = client.message(filing(number, without, fields={**FIELDS, "转移养老保险": "否"}, tolerance=True))
        assert answer.status_code == 202, answer.text
        told = violations(answer)["material_owed"]
        assert told["warning"] is True and "子事项1" in told["message_zh"] and "经营场所证明" in told["message_zh"]
        first = child_filed(client, answer.json()["case_id"], 1)
        nobodys = client.message(filing(number + "B", [each for each in MATERIALS if each["code"] != "M03"], tolerance=True))
        assert nobodys.status_code == 422 and "居民身份证" in violations(nobodys)["material_missing"]["message_zh"]
    with gateway.client(PLACE) as client:
        for name, members in (("dest_received", {}), ("case_accepted", {"tolerance": True})):
            said = client.event(first, name, **members)
            assert said.status_code == 202, said.text
        owed, = client.case(first)["case"]["owed_materials"]
        assert owed["name"] == "经营场所证明", owed
