"""一件事 over real TLS: the disabled-person example of the founding documents, one form and one set of materials for four
systems in four places, with everything that may go another way."""

import base64
import copy
import json

import pytest

from bundles import FOLDER, ORIGIN, SETTINGS, WINDOWS, Tree, Work, file_bundle, form, send, succeed
from gateway import eventually, run
from materials import pdf, put, sha256


@pytest.fixture(scope="module")
def gateway(gateways):
    return gateways.start(SETTINGS, name="bundles")


def test_the_example_is_right_and_shown():
    checked = run("catalogue", "check", FOLDER / "items.yaml")
    assert checked.returncode == 0 and checked.stdout.count("\n") == 1, checked.stdout
    shown = run("catalogue", "show", FOLDER / "items.yaml").stdout
    for words in ("CJR-YJS", "表单 form: 户籍地区划", "002036012000"):
        assert words in shown, shown
    whole = json.loads(run("catalogue", "show", FOLDER / "items.yaml", "--json").stdout)
    asked = sum(len(item["materials"]) for item in whole["items"])
    assert (asked, len(whole["bundles"][0]["materials"])) == (15, 7), "fifteen materials become seven"


def test_the_catalogue_tells_who_may_file_it_and_where_its_children_go(gateway):
    with gateway.client(ORIGIN) as client:
        whole = client.get("/v1/catalogue?limit=200").json()
        entry, = whole["bundles"]
        assert entry["origin_region"] == "320300" and entry["bundle"]["name"] == "残疾人服务一件事"
        assert [each["code"] for each in entry["bundle"]["materials"]] == [f"M0{i}" for i in range(1, 8)]
        children = entry["bundle"]["children"]
        assert all(child["dest_field"] for child in children), "the form names every place"
        places = {(each["child"], each["dest_region"], each["name"]) for each in entry["places"]}
        assert (1, "370800", "残疾人证新办") in places and {child for child, _, _ in places} == {1, 2, 3, 4}, places
        assert {each["agreement"] for each in entry["places"]} == {"CJR-2026"}
        # By bundle, by the item of a child, in pages of one behind the items.
        assert client.get("/v1/catalogue?item=CJR-YJS").json()["bundles"] == [entry]
        assert client.get(f"/v1/catalogue?item={children[0]['item']}").json()["bundles"] == [entry]
        assert "bundles" not in client.get("/v1/catalogue?item=000131001999").json()
        assert "bundles" not in client.get("/v1/catalogue?direction=receive").json()
        entries, bundles, cursor = [], [], ""
        while True:
            page = client.get("/v1/catalogue?limit=1" + (f"&cursor={cursor}" if cursor else "")).json()
            assert len(page.get("entries", [])) + len(page.get("bundles", [])) <= 1
            entries += page.get("entries", [])
            bundles += page.get("bundles", [])
            cursor = page.get("next", "")
            if not cursor:
                break
        assert (entries, bundles) == (whole["entries"], whole["bundles"])
    with gateway.client("jining-platform") as client:
        assert "bundles" not in client.get("/v1/catalogue").json(), "not among its origins"


def test_one_form_becomes_four_cases_in_their_order_and_closes_partially(gateway, number):
    event = form(number)
    income = next(field for field in event["dossier"]["form"] if field["value"] == "1800")
    income["value"] = "18004711"  # nothing else says that
    files = {code: pdf(400) for code in ("M01", "M05")}
    with gateway.client(ORIGIN) as client:
        for material in event["dossier"]["materials"]:
            if material["code"] in files:
                data = files[material["code"]]
                assert put(client, data).status_code in (200, 201)
                material["files"] = [{"name": "扫描件.pdf", "sha256": sha256(data)}]
    case_id = file_bundle(gateway, number, event)
    tree = Tree(gateway, case_id)
    tree.filed(1, 4)
    for child in (1, 4):
        tree.reaches(child, "UNDER_WAY")  # told to the parent a moment after it was filed
    assert [tree.child(number)["stage"] for number in (2, 3)] == ["PLANNED", "PLANNED"]
    again = send(gateway, event)
    assert (again.status_code, again.json()["case_id"]) == (200, case_id), "said twice it is one"

    with Work(gateway, tree, 1) as work:
        case = work.client.case(work.case_id)
        assert case["case"]["parent"] == {"case_id": case_id, "child": 1}
        fields = {field["name"]: field["value"] for field in case["submission"]["dossier"]["form"]}
        assert fields == {"cjlb": "肢体残疾", "cjdj": "二级", "hjdz": "示例市示例街道一号"}
        assert [each["code"] for each in case["submission"]["dossier"]["materials"]] == ["CJ01", "CJ02", "CJ03", "CJ04"]
        # What it may read is its own: the shared file, not the bank card; not the whole, nor the others.
        assert work.client.get(f"/v1/cases/{work.case_id}/materials/{sha256(files['M01'])}").content == files["M01"]
        assert work.client.get(f"/v1/cases/{work.case_id}/materials/{sha256(files['M05'])}").status_code == 404
        assert work.client.get(f"/v1/cases/{case_id}").status_code == 404
        assert work.client.get(f"/v1/cases/{case_id}/tree").status_code == 404
        own = work.client.get(f"/v1/cases/{work.case_id}/tree")
        assert own.status_code == 200 and own.json()["children"] == []
        seen = own.text + json.dumps(case, ensure_ascii=False) + work.client.get(f"/v1/cases/{work.case_id}/timeline").text
        for hidden in ("6200000000000000001", income["value"], "370200", "140400", tree.child(4)["case_id"], sha256(files["M05"])):
            assert hidden not in seen, hidden
        work.succeed()
    tree.filed(1, 2, 3, 4)
    assert tree.child(1)["stage"] == "SUCCEEDED"
    with gateway.client(ORIGIN) as client:
        of_child = client.get(f"/v1/cases/{tree.child(2)['case_id']}/tree").json()
    assert of_child["case_id"] == case_id, "asked for by a child, the origin is shown the whole"
    succeed(gateway, tree, 2)
    with Work(gateway, tree, 4) as work:
        work.say("acceptance_refused", dossier={"reason": "已由当地代缴"})
    tree.reaches(4, "FAILED")
    assert tree.now()["state"] == "JOINT_HANDLING"
    succeed(gateway, tree, 3)
    tree.ends("CLOSED", "PARTIALLY_COMPLETED")

    with gateway.client(ORIGIN) as client:
        entries = client.get(f"/v1/cases/{case_id}/timeline").json()["entries"]
        events = [each["event"] for each in entries]
        assert events[:2] == ["CASE_SUBMITTED", "BUNDLE_STARTED"] and events[-1] == "BUNDLE_CLOSED"
        assert set(events[2:-1]) == {"CHILD_PROGRESSED"}
        assert client.event(case_id, "evaluated", grade="GRADE_SATISFIED").status_code == 202
        party = client.party
    shown = run("case", "tree", case_id, "--url", f"https://127.0.0.1:{gateway.port}", "--cert", party.certificate,
                "--key", party.key, "--ca", gateway.authority.ca)
    assert shown.returncode == 0, shown.stderr
    for words in ("残疾人服务一件事", "PARTIALLY_COMPLETED 部分办结", "SUCCEEDED 成功", "COMPLETED 办结（无证）",
                  "REFUSED 不予受理"):
        assert words in shown.stdout, shown.stdout


def test_a_required_refusal_cancels_what_is_not_filed_and_the_end_says_why(gateway, number):
    tree = Tree(gateway, file_bundle(gateway, number))
    tree.filed(1, 4)
    with Work(gateway, tree, 1) as work:
        work.say("acceptance_refused", dossier={"reason": "不符合评定标准"})
    tree.reaches(1, "FAILED")
    for each in (tree.child(2), tree.child(3)):
        assert (each["stage"], each["state"], each["state_zh"], each["filed"]) == ("CANCELLED", "CANCELLED", "作废", False)
    succeed(gateway, tree, 4)
    tree.ends("CLOSED", "RETURNED")
    assert tree.now()["outcome_zh"] == "退回办结"
    with gateway.client(ORIGIN) as client:
        last = client.get(f"/v1/cases/{tree.case_id}/timeline").json()["entries"][-1]
    for words in ("退回办结", "1 残疾人证新办 不予受理", "未再申报"):
        assert words in last["said_zh"], last
    assert "not filed any more" in last["said_en"], last


@pytest.mark.parametrize("rule, change, words", [
    ("form_ambiguous", lambda e: e["dossier"]["form"].append({"name": "户籍地区划", "value": "370200"}), "dossier.form"),
    ("bundle_item", lambda e: e["case_submitted"].update(item={"basic_code": "002011001000"}), "case_submitted.bundle_code"),
    ("bundle_unknown", lambda e: e["case_submitted"].update(bundle_code="X"), "事项目录中没有此一件事"),
    ("bundle_destination", lambda e: e["dossier"]["form"][3].update(value="济宁"), "户籍地区划"),
    ("item_unknown", lambda e: e["dossier"]["form"][3].update(value="370200"), "子事项1"),
    ("region", lambda e: e["dossier"]["form"][3].update(value="110000"), "110000"),
    ("material_missing", lambda e: e["dossier"]["materials"].pop(3), "残疾评定表"),
    ("length", lambda e: e["case"].update(source_case_no=e["case"]["source_case_no"] + "x" * 30), "50字"),
    ("required", lambda e: e["dossier"]["applicant"].pop("id_no"), "证件号码"),
])
def test_what_refuses_one_refuses_the_whole(gateway, number, rule, change, words):
    event = form((number + "x" * 20)[:20])
    change(event)
    answer = send(gateway, event)
    assert answer.status_code == 422, answer.text
    told = [each["message_zh"] for each in answer.json()["violations"] if each["rule"] == rule]
    assert any(words in each for each in told), answer.text
    with gateway.client(ORIGIN) as client:
        for suffix in ("", "-1", "-2", "-3", "-4"):
            assert client.find(event["case"]["source_case_no"] + suffix) == [], "nothing is half applied"


def test_who_may_not_file_it_and_what_only_the_gateway_says(gateway, number):
    event = form(number)
    event["case"]["origin_region"] = "370800"
    answer = send(gateway, event, "jining-platform")
    assert answer.status_code == 422 and "bundle_origin" in answer.text
    case_id = file_bundle(gateway, number)
    tree = Tree(gateway, case_id)
    tree.filed(1, 4)
    with gateway.client(ORIGIN) as client:
        said = client.event(case_id, "child_progressed", child=1, status="CASE_STATUS_CLOSED", events=99)
        assert said.status_code in (403, 422), said.text
        assert client.event(case_id, "bundle_closed", outcome="OUTCOME_COMPLETED").status_code in (403, 422)
    assert tree.now()["state"] == "JOINT_HANDLING"


def in_inbox(client, case_id, **narrowed):
    """The state of the case, and whether it is not the caller's turn, as its inbox has it; None when it has not."""
    page = client.get("/v1/inbox", params={"limit": 50, **narrowed}).json()
    for each in page["entries"]:
        if each["case_id"] == case_id:
            return each["status"], each.get("beside", False)
    assert not page["next"], "more than a page waits"
    return None


def test_a_child_that_is_returned_is_filed_again_and_the_bundle_waits(gateway, number):
    case_id = file_bundle(gateway, number)
    tree = Tree(gateway, case_id)
    tree.filed(1, 4)
    with Work(gateway, tree, 1) as work:
        work.say("returned", dossier={"reason": "照片不清"}, reason_class="材料")
    tree.reaches(1, "TO_FILE_AGAIN")
    succeed(gateway, tree, 4)
    tree.reaches(4, "SUCCEEDED")
    assert tree.now()["state"] == "JOINT_HANDLING"
    with gateway.client(ORIGIN) as client:
        assert in_inbox(client, case_id) == ("CASE_STATUS_JOINT_HANDLING", True), "who can act sees it"
        assert in_inbox(client, case_id, claimable="true") is None
        again = copy.deepcopy(client.case(tree.child(1)["case_id"])["submission"])
        again["case"].pop("case_id")
        again["case_submitted"].pop("parent")
        again["dossier"]["note"] = "已重新拍照"
        again["occurred_at"] = "2026-11-21T09:30:00+08:00"
        answer = client.message(again)
        assert answer.status_code == 202, answer.text
    tree.reaches(1, "UNDER_WAY")
    with gateway.client(ORIGIN) as client:
        eventually(lambda: in_inbox(client, case_id) is None)
    succeed(gateway, tree, 1)
    tree.filed(1, 2, 3, 4)


def test_a_withdrawal_is_passed_on_and_each_place_confirms(gateway, number):
    tree = Tree(gateway, file_bundle(gateway, number))
    tree.filed(1, 4)
    with gateway.client(ORIGIN) as client:
        asked = client.event(tree.case_id, "withdraw_requested", dossier={"reason": "申请人放弃"})
        assert asked.status_code == 202, asked.text
    for number_of in (1, 4):
        eventually(lambda n=number_of: tree.child(n)["withdraw_requested"], what="the child is asked")
    assert [tree.child(n)["stage"] for n in (2, 3)] == ["CANCELLED", "CANCELLED"], "never filed"
    for number_of in (1, 4):
        with Work(gateway, tree, number_of) as work:
            work.say("withdrawn")
    tree.ends("WITHDRAWN", "WITHDRAWN")


def test_a_parent_is_voided_by_the_place_that_leads_it_and_each_place_confirms_or_decides(gateway, number):
    tree = Tree(gateway, file_bundle(gateway, number))
    tree.filed(1, 4)
    with gateway.client("jining-platform") as other:
        assert other.event(tree.case_id, "case_voided", dossier={"reason": "重复申报"}).status_code == 404, "not its parent"
    with gateway.client(ORIGIN) as client:
        assert "dossier.reason" in client.event(tree.case_id, "case_voided").text
        voided = client.event(tree.case_id, "case_voided", outcome="OUTCOME_VOIDED", dossier={"reason": "重复申报"})
        assert voided.status_code == 202, voided.text
    tree.ends("CANCELLED", "VOIDED")
    assert [tree.child(n)["stage"] for n in (2, 3)] == ["CANCELLED", "CANCELLED"], "never filed"
    for number_of in (1, 4):
        eventually(lambda n=number_of: tree.child(n)["withdraw_requested"], what="the child is asked")
    with Work(gateway, tree, 1) as work:
        entries = work.client.get(f"/v1/cases/{work.case_id}/timeline").json()
        assert ("WITHDRAW_REQUESTED", "370800") in [(each["event"], each["region"]) for each in entries["deliveries"]]
        work.say("withdrawn")
    with Work(gateway, tree, 4) as work:
        work.say("withdraw_denied", dossier={"reason": "已缴费"})
        work.succeed()
    tree.reaches(1, "FAILED")
    tree.reaches(4, "SUCCEEDED")
    tree.ends("CANCELLED", "VOIDED")
    eventually(lambda: gateway.metric("tongban_bundle_work_cases") == 0, what="nothing is left to do")


@pytest.mark.parametrize("mode, status", [("JOINT", 202), ("FULL_ONLINE", 422)])
def test_only_a_child_of_joint_handling_is_extended_by_fifteen_days(gateway, number, mode, status):
    event = form(number)
    event["case_submitted"]["business_mode"] = f"BUSINESS_MODE_{mode}"
    tree = Tree(gateway, file_bundle(gateway, number, event))
    tree.filed(1, 4)
    with Work(gateway, tree, 1) as work:
        work.say("case_accepted")
        work.say("review_started")
        said = work.client.event(work.case_id, "deadline_extended", work.token,
                                 extension={"value": 15, "unit": "LIMIT_UNIT_WORKDAY"})
        assert said.status_code == status, said.text


def test_killed_between_filing_and_children_it_goes_on(gateways, number):
    gateway = gateways.start(SETTINGS, name="killed")
    made = [file_bundle(gateway, f"{number[:30]}-{i}") for i in range(5)]
    gateway.kill()
    gateway.start()
    for case_id in made:
        Tree(gateway, case_id).filed(1, 4)
    with Work(gateway, Tree(gateway, made[0]), 1) as work:
        work.succeed()
        gateway.kill()
    gateway.start()
    Tree(gateway, made[0]).filed(1, 2, 3, 4)
    eventually(lambda: gateway.metric("tongban_bundle_work_cases") == 0, what="nothing is left to do")
    gateway.stop()
    checked = run("ledger", "check", "--config", gateway.config)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def returned_child(gateway, number):
    """A bundle whose first child its place returned, and that child as it was filed."""
    tree = Tree(gateway, file_bundle(gateway, number))
    tree.filed(1, 4)
    with Work(gateway, tree, 1) as work:
        work.say("returned", dossier={"reason": "照片不清"}, reason_class="材料")
    tree.reaches(1, "TO_FILE_AGAIN")
    with gateway.client(ORIGIN) as client:
        again = copy.deepcopy(client.case(tree.child(1)["case_id"])["submission"])
    again["case"].pop("case_id")
    again["case_submitted"].pop("parent")
    again["dossier"]["note"] = "已更正"
    return tree, again


@pytest.mark.parametrize("field, change", [
    ("case_submitted.item.impl_code", lambda e, other: (e["case"].update(dest_region=other["case"]["dest_region"]),
                                                        e["case_submitted"].update(item=other["case_submitted"]["item"]))),
    ("case.dest_region", lambda e, other: e["case"].update(dest_region=other["case"]["dest_region"])),
    ("dossier.applicant", lambda e, _: e["dossier"]["applicant"].update(name="测试乙", id_no="11010119900307109X")),
])
def test_a_child_that_is_filed_again_stays_the_same_matter_place_and_person(gateway, number, field, change):
    tree, again = returned_child(gateway, number)
    with gateway.client(ORIGIN) as client:
        change(again, client.case(tree.child(4)["case_id"])["submission"])
        answer = client.message(again)
        assert answer.status_code == 422, answer.text
        assert field in [each["field"] for each in answer.json()["violations"] if each["rule"] == "bundle_child"], answer.text
    assert (tree.child(1)["stage"], tree.child(1)["item_name"]) == ("TO_FILE_AGAIN", "残疾人证新办")


def test_the_name_of_who_applies_may_be_put_right(gateway, number):
    tree, again = returned_child(gateway, number)
    again["dossier"]["applicant"]["name"] = "测试甲乙"
    answer = send(gateway, again)
    assert answer.status_code == 202, answer.text
    tree.reaches(1, "UNDER_WAY")


def test_a_bundle_that_is_lost_does_not_wait_for_what_was_returned(gateway, number):
    tree = Tree(gateway, file_bundle(gateway, number))
    tree.filed(1, 4)
    with Work(gateway, tree, 4) as work:
        work.say("returned", dossier={"reason": "照片不清"}, reason_class="材料")
    tree.reaches(4, "TO_FILE_AGAIN")
    with Work(gateway, tree, 1) as work:
        work.say("acceptance_refused", dossier={"reason": "不符合评定标准"})
    tree.ends("CLOSED", "RETURNED")
    assert tree.child(4)["stage"] == "FAILED", "nobody waits for it any more"


def own_case(gateway, tree, child, case_no):
    """A case of the origin's own, of a child's item."""
    with gateway.client(ORIGIN) as client:
        own = copy.deepcopy(client.case(tree.child(child)["case_id"])["submission"])
    own["case"].pop("case_id")
    own["case_submitted"].pop("parent")
    own["case"]["source_case_no"] = case_no
    return own


def test_the_number_of_a_child_that_waits_for_its_turn_is_kept_for_it(gateway, number):
    tree = Tree(gateway, file_bundle(gateway, number))
    tree.filed(1, 4)
    for case_no, status in ((f"{number}-2", 422), (f"{number}-3", 422), (f"{number}-5", 202)):
        answer = send(gateway, own_case(gateway, tree, 4, case_no))
        assert answer.status_code == status, answer.text
        assert ("bundle_child_number" in answer.text) == (status == 422), answer.text
    own = own_case(gateway, tree, 4, f"{number}-3")
    collected = {**own, "case_collected": {key: own["case_submitted"][key] for key in ("item", "business_mode")}}
    collected.pop("case_submitted")
    answer = send(gateway, collected)
    assert answer.status_code == 422 and "bundle_child_number" in answer.text, answer.text
    succeed(gateway, tree, 1)
    tree.filed(1, 2, 3, 4)


def test_a_number_that_was_taken_beside_the_filing_is_said_to_be(gateway, number):
    other = Tree(gateway, file_bundle(gateway, f"{number}x"))
    other.filed(1, 4)
    stranger = own_case(gateway, other, 4, f"{number}-2")
    answer = send(gateway, {"events": [form(number), stranger]})
    assert answer.status_code == 202, answer.text
    tree = Tree(gateway, answer.json()["receipts"][0]["case_id"])
    tree.filed(1, 4)
    succeed(gateway, tree, 1)
    tree.reaches(2, "FAILED")
    child = tree.child(2)
    assert (child["number_taken"], child["filed"]) == (True, False), child
    with gateway.client(ORIGIN) as client:
        lines = [each.get("said_zh", "") for each in client.get(f"/v1/cases/{tree.case_id}/timeline").json()["entries"]]
        assert any("编号已被其他办件占用" in line for line in lines), lines
        party = client.party
    shown = run("case", "tree", tree.case_id, "--url", f"https://127.0.0.1:{gateway.port}", "--cert", party.certificate,
                "--key", party.key, "--ca", gateway.authority.ca)
    assert "编号被占用 number taken" in shown.stdout, shown.stdout + shown.stderr


def in_xuzhous_words(event):
    """The form as Xuzhou's platform sends it."""
    dossier = event["dossier"]
    person = dossier["applicant"]
    return {"bjbh": event["case"]["source_case_no"], "yjsbm": "CJR-YJS", "tbms": "全程网办", "sjdqh": "3203", "sqrlx": "个人",
            "sqrxm": person["name"], "zjlx": "身份证", "zjhm": person["id_no"], "sqsj": "2026/11/18 8:05", "bjlx": "承诺件",
            "cllb": json.dumps([{"clbm": each["code"], "clmc": each["name"]} for each in dossier["materials"]], ensure_ascii=False),
            "bdnr": json.dumps({each["name"]: each["value"] for each in dossier["form"]}, ensure_ascii=False)}


def test_xuzhou_files_it_and_learns_of_its_end_in_its_own_words(gateways, number):
    gateway = gateways.start(SETTINGS, name="in-words")
    with gateway.client(ORIGIN) as client:
        answer = client.post("/v1/messages", in_xuzhous_words(form(number)))
        assert answer.json()["code"] == "200", answer.text
        tree = Tree(gateway, answer.json()["wglsh"])
        tree.filed(1, 4)
        for child, reason in ((1, "不符合评定标准"), (4, "已由当地代缴")):
            with Work(gateway, tree, child) as work:
                work.say("acceptance_refused", dossier={"reason": reason})
        tree.ends("CLOSED", "RETURNED")
        told = []
        while due := client.get("/v1/deliveries").json()["deliveries"]:
            told += [json.loads(base64.b64decode(each["body_base64"])) for each in due]
            client.post("/v1/deliveries/ack", {"acks": [{"id": each["id"]} for each in due]})
    refused = [each for each in told if each["zt"] == "zbj" and each["zbjzt"] == "不予受理"]
    assert sorted((each["zbjxh"], each["zbjjg"]) for each in refused) == [("1", "不予受理"), ("4", "不予受理")], told
    (end,) = [each for each in told if each["zt"] == "lbbj"]
    assert (end["bjbh"], end["lbjg"], end.get("cgs", "0"), end["wcs"]) == (number, "退回", "0", "4"), end


def test_the_tree_says_what_a_child_owes_beside_its_step(gateway, number):
    tree = Tree(gateway, file_bundle(gateway, number))
    tree.filed(1, 4)
    succeed(gateway, tree, 1)
    child = tree.child(1)
    assert "also_owed" not in child, child
    with gateway.client(ORIGIN) as client:
        said = client.event(child["case_id"], "evaluated", grade="GRADE_DISSATISFIED", dossier={"evaluation_text": "等了太久"})
        assert said.status_code == 202, said.text
        of_itself = client.case(child["case_id"])["also_owed"]
    (owed,) = tree.child(1)["also_owed"]
    assert owed["clock"] == "CLOCK_KIND_RECTIFICATION" and owed["due"] == of_itself[0]["due"], (owed, of_itself)
