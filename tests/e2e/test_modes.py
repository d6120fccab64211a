"""通办 end to end beside the plain way: papers and the remote virtual window, 容缺受理, 督办, 差评整改, 异地受理, over real TLS with
the example's catalogue and agreements."""

import re

import pytest

from gateway import CATALOGUE, run, submission

WINDOW = "jining-window-1"
MATERIALS = [{"code": "CL001", "name": "居民身份证"}, {"code": "CL002", "name": "购房合同"}]


@pytest.fixture(scope="module")
def gateway(gateways):
    return gateways.start(CATALOGUE, name="shared")


def file_case(client, number, materials=MATERIALS, **members):
    event = submission(number, **members)
    event["dossier"]["materials"] = materials
    answer = client.message(event)
    assert answer.status_code == 202, answer.text
    return answer.json()["case_id"]


def tell(client, case_id, name, token=0, **members):
    answer = client.event(case_id, name, token, **members)
    assert answer.status_code == 202, f"{name}: {answer.text}"
    return answer.json()


def refused(client, case_id, name, status, code, token=0, **members):
    answer = client.event(case_id, name, token, **members)
    assert answer.status_code == status, answer.text
    assert answer.json()["type"] == f"urn:tongban:problem:{code}", answer.text


def owed_beside(client, case_id):
    return [(each["clock"], each["by"]) for each in client.case(case_id).get("also_owed", [])]


def beside_in_inbox(client, case_id):
    """Clocks of what the caller owes beside the step, as its inbox has them; None: the case is not in it."""
    entries = client.get("/v1/inbox", params={"limit": 200}).json()["entries"]
    found = [each for each in entries if each["case_id"] == case_id]
    return [owed["clock"] for owed in found[0].get("also_owed", [])] if found else None


def events(client, case_id):
    return [entry["event"] for entry in client.get(f"/v1/cases/{case_id}/timeline").json()["entries"]
            if not entry.get("refused_code")]


def test_each_line_of_the_timeline_says_who_what_and_under_which_rules(gateway, number):
    with gateway.client("changzhi-platform") as origin, gateway.client(WINDOW) as window:
        case_id = file_case(origin, number, [{"name": "人像照片"}], origin="140400", dest="370800",
                            case_submitted={"item": {"impl_code": "11370800TT0000146F3000709001000", "name": "居民身份证换领"}})
        token = window.claim(case_id, operator="023").json()["fencing_token"]
        tell(window, case_id, "dest_received", token)
        refused(window, case_id, "decided", 409, "illegal-transition", token, decision="DECISION_APPROVED")
        refused(window, case_id, "case_accepted", 409, "stale-token", "99")
        told = tell(window, case_id, "supplement_required", token, missing=[{"name": "户口簿"}],
                    limit={"value": 5, "unit": "LIMIT_UNIT_WORKDAY"})
        for client in (origin, window):
            lines = client.get(f"/v1/cases/{case_id}/timeline").json()["entries"]
            assert all(line["event_zh"] and line["status_zh"] for line in lines)
            assert len({(line["item_version"], line["agreement"], line["rules_version"]) for line in lines}) == 1, "of each line"
            (required,) = [line for line in lines if line["event"] == "SUPPLEMENT_REQUIRED"]
            assert (required["said_zh"], required["said_en"]) == ("补正 户口簿，期限 5个工作日", "required 户口簿; within 5 working days")
            assert required["operator_id"] == "023" and required["event_id_hex"] == told["event_id"]
            assert required["owed"]["clock_zh"] and required["owed"]["by"] == "140400"
            (decided,) = [line for line in lines if line["event"] == "DECIDED"]
            assert decided["operator_id"] == "023", "of what was refused too"
            (stale,) = [line for line in lines if line["event"] == "CASE_ACCEPTED"]
            assert "operator_id" not in stale, "not of one whose claim it was not"
            assert [("owed" in line) for line in lines[:2]] == [False, True], "接件 is owed since the routing"
            assert decided["said_zh"] == "准予" and "状态不允许" in decided["refused_zh"] and "state" in decided["refused_en"]


# -- 异地代收代办 ------------------------------------------------------------------------------------------------------


def test_papers_and_a_virtual_window_between_two_windows(gateway, number):
    """Collected at Changzhi, decided at Jining, whose window works under its claim."""
    with gateway.client("changzhi-platform") as origin, gateway.client(WINDOW) as window:
        case_id = file_case(origin, number, [{"name": "人像照片"}], origin="140400", dest="370800",
                            case_submitted={"item": {"impl_code": "11370800TT0000146F3000709001000", "name": "居民身份证换领"}})
        tell(origin, case_id, "session_opened", session_id="VW-1", window_id="CZ-07")
        refused(window, case_id, "session_joined", 409, "not-claimed", session_id="VW-1", party="SESSION_PARTY_DEST_WINDOW")
        token = window.claim(case_id).json()["fencing_token"]
        tell(window, case_id, "session_joined", token, session_id="VW-1", party="SESSION_PARTY_DEST_WINDOW")
        tell(origin, case_id, "session_joined", session_id="VW-1", party="SESSION_PARTY_APPLICANT")
        tell(origin, case_id, "identity_checked", session_id="VW-1", method="IDENTITY_METHOD_DOCUMENT_READER", passed=True,
             evidence_ref="CZ-HY-0001")
        refused(origin, case_id, "session_opened", 409, "session-open", session_id="VW-2")
        tell(origin, case_id, "session_closed", session_id="VW-1", result="SESSION_RESULT_COMPLETED")
        tell(origin, case_id, "shipped_to_dest", parcels=1, dossier={"delivery": {"waybill": "EMS0000000001"}})
        tell(window, case_id, "dest_received", token)
        tell(window, case_id, "paper_received", token, dossier={"reason": "缺第二页"})
        standing = window.case(case_id)["case"]
        assert standing["virtual_window"]["identity_passed"] and not standing["virtual_window"].get("open")
        assert standing["virtual_window"]["joined"] == ["SESSION_PARTY_APPLICANT", "SESSION_PARTY_DEST_WINDOW"]
        assert standing["papers"]["received"] and not standing["papers"].get("complete")
        assert events(origin, case_id)[2:] == ["SESSION_OPENED", "CLAIMED", "SESSION_JOINED", "SESSION_JOINED",
                                               "IDENTITY_CHECKED", "SESSION_CLOSED", "SHIPPED_TO_DEST", "DEST_RECEIVED",
                                               "PAPER_RECEIVED"]


def test_a_case_is_filed_in_the_mode_in_which_it_was_collected(a, number):
    """通办方式 says who does what: what was collected for another place is not filed as if the applicant were online."""
    filing = submission(number)
    filing["dossier"]["materials"] = MATERIALS
    mode = filing["case_submitted"]["business_mode"]
    other = "BUSINESS_MODE_FULL_ONLINE" if mode != "BUSINESS_MODE_FULL_ONLINE" else "BUSINESS_MODE_COLLECT_FOR_OTHER"
    collected = {"case": filing["case"], "occurred_at": "2026-11-20T09:00:00+08:00",
                 "case_collected": {"item": filing["case_submitted"]["item"], "business_mode": other, "receipt_no": "SJ-1",
                                    "form_checked": True, "identity_checked": True}}
    answer = a.message(collected)
    assert answer.status_code == 202, answer.text
    answer = a.message(filing)
    assert answer.status_code == 409 and answer.json()["type"].endswith("wrong-mode"), answer.text
    assert other.removeprefix("BUSINESS_MODE_") in answer.text
    filing["case_submitted"]["business_mode"] = other
    assert a.message(filing).status_code == 202


def test_originals_that_are_under_way_at_a_return_come_in_after_it(a, b, number):
    case_id = file_case(a, number)
    tell(a, case_id, "shipped_to_dest", dossier={"delivery": {"waybill": "EMS0000000011"}})
    assert tell(a, case_id, "shipped_to_dest", waybill="EMS0000000012").get("violations", []) == []
    tell(a, case_id, "session_opened", session_id="VW-1")
    tell(b, case_id, "returned", reason_class="材料不清", dossier={"reason": "影像不清晰"})
    assert not a.case(case_id)["case"]["virtual_window"].get("open")
    tell(b, case_id, "paper_received", complete=True, dossier={"delivery": {"waybill": "EMS0000000011"}})
    again = submission(number)
    again["dossier"]["materials"] = [*MATERIALS, {"name": "补充说明"}]
    assert a.message(again).status_code == 202
    tell(b, case_id, "paper_received", complete=True, waybill=" ems００００００００12")  # the same parcel
    assert a.case(case_id)["case"]["papers"]["received"]
    refused(a, case_id, "session_opened", 409, "session-known", session_id="VW-1")


def test_the_other_side_is_told_of_each(a, number):
    case_id = file_case(a, number)
    tell(a, case_id, "shipped_to_dest", dossier={"delivery": {"waybill": "EMS0000000002"}})
    tell(a, case_id, "session_opened", session_id="VW-9")
    due = a.get(f"/v1/cases/{case_id}/timeline").json()["deliveries"]
    assert [(each["event"], each["region"]) for each in due] == [
        ("CASE_SUBMITTED", "140400"), ("SHIPPED_TO_DEST", "140400"), ("SESSION_OPENED", "140400")]


@pytest.mark.parametrize("parcels, status", [(1000, 202), (1001, 422)])
def test_parcels_are_bounded(a, number, parcels, status):
    answer = a.event(file_case(a, number), "shipped_to_dest", parcels=parcels, dossier={"delivery": {"waybill": "EMS0000000003"}})
    assert answer.status_code == status, answer.text
    if status == 422:
        told = answer.json()["violations"][0]
        assert (told["field"], told["rule"]) == ("shipped_to_dest.parcels", "range")
        assert "件数" in told["message_zh"] and "parcels" in told["message_en"]


def test_papers_do_not_belong_to_a_case_that_is_wholly_online(a, number):
    case_id = file_case(a, number, case_submitted={"business_mode": "BUSINESS_MODE_FULL_ONLINE"})
    refused(a, case_id, "shipped_to_dest", 409, "wrong-mode")


def test_the_origin_accepts_in_the_destinations_name_where_the_agreement_lets_it(gateway, a, b, number):
    mandated = file_case(a, number)
    tell(a, mandated, "case_accepted", notice_no="JN-SL-1")
    owed = a.case(mandated)["owed"]
    assert owed["clock"] == "CLOCK_KIND_PROMISE" and not a.case(mandated)["case"]["times"].get("received_ms")
    tell(b, mandated, "dest_received")
    standing = a.case(mandated)
    assert (standing["state"], standing["owed"]["due"]) == ("ACCEPTED", owed["due"]) and standing["case"]["times"]["received_ms"]
    refused(b, mandated, "dest_received", 409, "illegal-transition")
    with gateway.client("hexi-platform") as hexi:
        event = submission(number, origin="120103", dest="370800",
                           case_submitted={"item": {"impl_code": "11370800TT0000146F3000709001000", "name": "居民身份证换领"}})
        event["dossier"]["materials"] = [{"name": "人像照片"}]
        answer = hexi.message(event)
        assert answer.status_code == 202, answer.text
        refused(hexi, answer.json()["case_id"], "case_accepted", 403, "wrong-side")


# -- 容缺受理 -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def tolerated(a, b, number):
    """Filed without the contract, which the item lets come later."""
    case_id = file_case(a, number, MATERIALS[:1], case_submitted={"tolerance": True})
    tell(b, case_id, "dest_received")
    return case_id


def test_what_is_accepted_as_missing_is_owed_and_no_certificate_comes_before_it(a, b, tolerated):
    tell(b, tolerated, "case_accepted", tolerance=True, owed=[{"code": "CL002"}])
    standing = a.case(tolerated)
    owed = standing["case"]["owed_materials"][0]
    assert owed["name"] == "购房合同" and owed["limit"] == {"value": 5, "unit": "LIMIT_UNIT_WORKDAY"}
    assert [each["clock"] for each in standing["also_owed"]] == ["CLOCK_KIND_OWED_MATERIAL"]
    assert standing["also_owed"][0]["by"] == "370800"
    tell(b, tolerated, "decided", decision="DECISION_APPROVED")
    refused(b, tolerated, "case_closed", 409, "materials-owed", outcome="OUTCOME_APPROVED_WITH_CERT")
    tell(a, tolerated, "owed_submitted", codes=["CL002"], dossier={"materials": [{"code": "CL002", "name": "购房合同"}]})
    assert owed_beside(a, tolerated) == [("CLOCK_KIND_OWED_ANSWER", "140400")], "it waits for the destination now"
    refused(b, tolerated, "case_closed", 409, "materials-owed", outcome="OUTCOME_APPROVED_WITH_CERT")
    tell(b, tolerated, "owed_cleared", codes=["CL002"])
    tell(b, tolerated, "case_closed", outcome="OUTCOME_APPROVED_WITH_CERT")
    assert events(a, tolerated)[-5:] == ["CASE_ACCEPTED", "DECIDED", "OWED_SUBMITTED", "OWED_CLEARED", "CASE_CLOSED"]
    told = {entry["event"]: entry.get("said_zh") for entry in a.get(f"/v1/cases/{tolerated}/timeline").json()["entries"]}
    assert told["OWED_SUBMITTED"] == told["OWED_CLEARED"] == "购房合同（CL002）"


CERTIFICATE = {"certificates": [{"name": "提取凭证", "number": "CZ-1"}]}


def test_no_event_carries_a_certificate_while_something_is_owed(a, b, tolerated):
    tell(b, tolerated, "case_accepted", tolerance=True, owed=[{"code": "CL002"}])
    refused(b, tolerated, "decided", 409, "materials-owed", decision="DECISION_APPROVED", dossier=CERTIFICATE)
    refused(b, tolerated, "case_closed", 409, "materials-owed", outcome="OUTCOME_COMPLETED", dossier=CERTIFICATE)
    tell(b, tolerated, "case_closed", outcome="OUTCOME_COMPLETED")
    refused(b, tolerated, "ready_for_collection", 409, "materials-owed", dossier=CERTIFICATE)
    refused(b, tolerated, "cert_issued", 409, "materials-owed", dossier=CERTIFICATE)
    tell(b, tolerated, "owed_cleared", codes=["CL002"])
    tell(b, tolerated, "ready_for_collection", dossier=CERTIFICATE)


def test_what_the_answer_to_a_supplement_brings_unasked_is_not_owed(a, b, tolerated):
    tell(b, tolerated, "supplement_required", missing=[MATERIALS[0]], limit={"value": 5, "unit": "LIMIT_UNIT_WORKDAY"})
    tell(a, tolerated, "supplement_submitted", dossier={"materials": MATERIALS})
    tell(b, tolerated, "case_accepted")
    assert not a.case(tolerated)["case"].get("owed_materials")
    tell(b, tolerated, "case_closed", outcome="OUTCOME_APPROVED_WITH_CERT", dossier=CERTIFICATE)


def test_what_is_said_to_be_brought_is_among_the_materials(a, b, tolerated):
    tell(b, tolerated, "case_accepted")
    for materials in ([], [{"code": "CL001", "name": "居民身份证"}]):
        answer = a.event(tolerated, "owed_submitted", codes=["CL002"], dossier={"materials": materials})
        assert answer.status_code == 422 and "owed_submitted.codes[0]" in answer.text, answer.text
    assert owed_beside(a, tolerated) == [("CLOCK_KIND_OWED_MATERIAL", "370800")], "it goes on"


@pytest.mark.parametrize("said, brought", [("CL002", {"name": "购房合同"}), ("购房合同", {"code": "CL002"}), ("ＣＬ００２ ", {"name": "　购房合同"})])
def test_what_is_owed_is_named_by_code_or_by_name(a, b, tolerated, said, brought):
    tell(b, tolerated, "case_accepted")
    tell(a, tolerated, "owed_submitted", codes=[said], dossier={"materials": [brought]})
    assert owed_beside(a, tolerated) == [("CLOCK_KIND_OWED_ANSWER", "140400")]
    tell(b, tolerated, "owed_cleared", codes=[said])
    assert not owed_beside(a, tolerated)


def test_a_licence_that_has_run_out_is_told_of_and_long_term_is_kept_as_such(a, b, number):
    event = submission(number)
    event["dossier"]["materials"] = MATERIALS
    event["dossier"]["certificates"] = [{"name": "居住证", "valid_from": "2020-01-01", "valid_to": "2021-12-31"},
                                        {"name": "结婚证", "valid_from": "2020-01-01", "valid_to": "9999-12-31"}]
    answer = a.message(event)
    assert answer.status_code == 202, answer.text
    (told,) = [each for each in answer.json()["violations"] if each["rule"] == "licence_expired"]
    assert told["warning"] and told["field"] == "dossier.certificates[0].valid_to"
    assert "失效" in told["message_zh"] and "no longer valid" in told["message_en"]
    kept = b.case(answer.json()["case_id"])["submission"]["dossier"]["certificates"]
    assert (kept[0]["valid_to"], kept[0].get("long_term", False)) == ("2021-12-31", False)
    assert (kept[1].get("valid_to", ""), kept[1]["long_term"]) == ("", True)


BROUGHT = {"codes": ["CL002"], "dossier": {"materials": [{"code": "CL002", "name": "购房合同"}]}}
NOT_IT = {"codes": ["CL002"], "dossier": {"reason": "合同缺少骑缝章"}}


def test_what_comes_in_and_is_not_what_is_owed_is_refused_and_owed_again(a, b, tolerated):
    tell(b, tolerated, "case_accepted", tolerance=True, owed=[{"code": "CL002"}])
    promised = a.case(tolerated)["also_owed"][0]["due"]
    refused(b, tolerated, "owed_refused", 409, "not-brought", **NOT_IT)
    tell(a, tolerated, "owed_submitted", **BROUGHT)
    refused(a, tolerated, "owed_refused", 403, "wrong-side", **NOT_IT)
    answer = b.event(tolerated, "owed_refused", codes=["CL002"])
    assert answer.status_code == 422 and "dossier.reason" in answer.text, "A must learn why"
    tell(b, tolerated, "owed_refused", **NOT_IT)
    assert owed_beside(a, tolerated) == [("CLOCK_KIND_OWED_MATERIAL", "370800")]
    assert a.case(tolerated)["also_owed"][0]["due"] == promised, "answered at once: the promised day stands"
    timeline = a.get(f"/v1/cases/{tolerated}/timeline").json()
    assert timeline["entries"][-1]["event"] == "OWED_REFUSED"
    assert ("OWED_REFUSED", "容缺补交不符", "370800") in [
        (each["event"], each["event_zh"], each["region"]) for each in timeline["deliveries"]], "A learns it"

    tell(a, tolerated, "owed_submitted", **BROUGHT)
    renewed = {"limit": {"value": 20, "unit": "LIMIT_UNIT_WORKDAY"}}
    tell(b, tolerated, "owed_refused", **NOT_IT, **renewed)
    assert a.case(tolerated)["also_owed"][0]["due"] > promised
    tell(b, tolerated, "decided", decision="DECISION_APPROVED")
    refused(b, tolerated, "case_closed", 409, "materials-owed", outcome="OUTCOME_APPROVED_WITH_CERT")
    tell(a, tolerated, "owed_submitted", **BROUGHT)
    tell(b, tolerated, "owed_cleared", codes=["CL002"])
    assert owed_beside(a, tolerated) == []


@pytest.mark.parametrize("owed, field, rule", [
    ({"code": "CL001"}, "case_accepted.owed[0].code", "tolerance_excluded"),
    ({"code": "CL999"}, "case_accepted.owed[0].code", "material_unknown"),
    ({"code": "CL002", "commitment": "CN001"}, "case_accepted.owed[0].commitment", "commitment_excluded"),
    ({}, "case_accepted.owed[0].code", "required"),
    ({"code": "CL002", "limit": {"value": 6, "unit": "LIMIT_UNIT_WORKDAY"}}, "case_accepted.owed[0].limit", "range"),
])
def test_what_the_item_does_not_let_come_later_is_named(b, tolerated, owed, field, rule):
    answer = b.event(tolerated, "case_accepted", tolerance=True, owed=[owed])
    assert answer.status_code == 422, answer.text
    assert (field, rule) in {(each["field"], each["rule"]) for each in answer.json()["violations"]}
    assert b.case(tolerated)["state"] == "DEST_RECEIVED"


# -- 督办, 好差评 ----------------------------------------------------------------------------------------------------------


def test_an_urge_is_answered_by_the_other_side(a, b, number):
    case_id = file_case(a, number)
    answer = a.event(case_id, "urged", urge_no="DB-1")
    assert answer.status_code == 422 and "dossier.reason" in answer.text
    tell(a, case_id, "urged", urge_no="DB-1", dossier={"reason": "申请人急需办理"})
    assert b.case(case_id)["also_owed"][0]["by"] == "140400"
    refused(a, case_id, "urge_answered", 409, "own-urge", dossier={"result_text": "已办"})
    tell(b, case_id, "urge_answered", urge_no="DB-1", dossier={"result_text": "明日办结"})
    assert "also_owed" not in a.case(case_id)


def test_an_urged_case_is_marked_in_the_inbox(gateway, number):
    with gateway.client("changzhi-platform") as origin, gateway.client(WINDOW) as window:
        case_id = file_case(origin, number, [{"name": "人像照片"}], origin="140400", dest="370800",
                            case_submitted={"item": {"impl_code": "11370800TT0000146F3000709001000", "name": "居民身份证换领"}})
        tell(origin, case_id, "urged", dossier={"reason": "申请人急需办理"})
        entries = window.get("/v1/inbox", params={"limit": 200}).json()["entries"]
        assert [each["urged"] for each in entries if each["case_id"] == case_id] == [True]
    who = gateway.authority.parties[WINDOW]
    shown = run("inbox", "--url", f"https://127.0.0.1:{gateway.port}", "--cert", who.certificate, "--key", who.key, "--ca",
                gateway.authority.ca, "--limit", "200").stdout
    (line,) = [each for each in shown.splitlines() if case_id in each]
    assert re.search(r"督办 urged .*督办答复期限 URGE 至 until \d{4}-\d\d-\d\d \d\d:\d\d \(370800\)", line), "what is owed beside, and until when"


def test_a_bad_grade_is_rectified_and_graded_again(a, b, number):
    case_id = file_case(a, number)
    for name, members in (("dest_received", {}), ("case_accepted", {}), ("decided", {"decision": "DECISION_APPROVED"}),
                          ("case_closed", {"outcome": "OUTCOME_COMPLETED"})):
        tell(b, case_id, name, **members)
    tell(a, case_id, "evaluated", grade="GRADE_DISSATISFIED", nth=1, dossier={"evaluation_text": "等待太久"})
    standing = b.case(case_id)
    owed = standing["also_owed"][0]
    assert (owed["clock"], owed["by"]) == ("CLOCK_KIND_RECTIFICATION", "140400") and owed["days_left"] in (14, 15)
    assert beside_in_inbox(b, case_id) == ["CLOCK_KIND_RECTIFICATION"], "who owes it sees it"
    refused(a, case_id, "rectified", 403, "wrong-side", dossier={"result_text": "已改"})
    tell(b, case_id, "rectified", called_back=True, dossier={"result_text": "已增设窗口并回访"})
    assert owed_beside(b, case_id) == [] and beside_in_inbox(b, case_id) is None
    tell(a, case_id, "evaluated", grade="GRADE_SATISFIED", nth=2)
    assert a.case(case_id)["case"]["grade"] == "GRADE_SATISFIED"
    refused(a, case_id, "evaluated", 409, "other-round", grade="GRADE_SATISFIED", nth=2, dossier={"note": "再次"})


def test_an_evaluation_frees_nobody_of_what_is_owed(a, b, tolerated):
    tell(b, tolerated, "case_accepted", owed=[{"code": "CL002", "consequence": "OWED_CONSEQUENCE_REVOCATION"}])
    tell(a, tolerated, "urged", urge_no="DB-7", dossier={"reason": "申请人急需办理"})
    tell(b, tolerated, "decided", decision="DECISION_APPROVED")
    tell(b, tolerated, "case_closed", outcome="OUTCOME_COMPLETED")
    tell(a, tolerated, "evaluated", grade="GRADE_DISSATISFIED", dossier={"evaluation_text": "等待太久"})
    assert sorted(owed_beside(a, tolerated)) == [("CLOCK_KIND_OWED_MATERIAL", "370800"), ("CLOCK_KIND_RECTIFICATION", "140400"),
                                                 ("CLOCK_KIND_URGE", "140400")]
    assert beside_in_inbox(a, tolerated) == ["CLOCK_KIND_OWED_MATERIAL"]
    assert sorted(beside_in_inbox(b, tolerated)) == ["CLOCK_KIND_RECTIFICATION", "CLOCK_KIND_URGE"]
    tell(b, tolerated, "urge_answered", urge_no="DB-7", dossier={"result_text": "已办结"})
    tell(a, tolerated, "evaluated", grade="GRADE_SATISFIED", nth=2)
    tell(a, tolerated, "owed_submitted", **BROUGHT)
    tell(b, tolerated, "owed_cleared", codes=["CL002"])
    assert owed_beside(a, tolerated) == [("CLOCK_KIND_RECTIFICATION", "140400")], "a better grade rectifies nothing"
    tell(b, tolerated, "rectified", dossier={"result_text": "已增设窗口"})
    assert owed_beside(b, tolerated) == []


def test_what_was_missing_at_the_filing_is_owed_though_the_acceptance_does_not_say_so(a, b, tolerated):
    tell(b, tolerated, "case_accepted")
    assert owed_beside(b, tolerated) == [("CLOCK_KIND_OWED_MATERIAL", "370800")]
    tell(b, tolerated, "decided", decision="DECISION_APPROVED")
    refused(b, tolerated, "case_closed", 409, "materials-owed", outcome="OUTCOME_APPROVED_WITH_CERT")


def test_a_case_that_nobody_takes_up_has_a_line(a, number):
    owed = a.case(file_case(a, number))["owed"]
    assert (owed["clock"], owed["by"], owed["band"]) == ("CLOCK_KIND_RECEIPT", "140400", "SUPERVISION_BAND_BLUE")


def test_a_refused_urge_names_the_one_that_is_open(a, b, number):
    case_id = file_case(a, number)
    tell(a, case_id, "urged", urge_no="DB-1", dossier={"reason": "申请人急需办理"})
    answer = b.event(case_id, "urged", urge_no="DB-2", dossier={"reason": "材料"})
    assert answer.status_code == 409 and "DB-1" in answer.text and "140400" in answer.text, answer.text
