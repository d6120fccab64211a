"""What a closing says of the decision: who made it 2号章, compared with the item's owner and the body the decision is delegated to, and
why it denied what nobody had decided before."""

import pytest
import yaml

from gateway import EXAMPLE, submission

OWNER, DELEGATE, STRANGER = "11140400TT00003143", "11370800TT000012XL", "91370899TT0000015Q"
ITEM = OWNER + "3002017003000"


@pytest.fixture(scope="module")
def gateway(gateways, tmp_path_factory):
    whole = yaml.safe_load((EXAMPLE / "items.yaml").read_text())
    item, = [each for each in whole["items"] if each["impl_code"] == ITEM]
    item.update(deciding_name="某行政审批服务局", deciding_uscc=DELEGATE, materials=[])
    table = tmp_path_factory.mktemp("delegated") / "items.yaml"
    table.write_text(yaml.safe_dump(whole, allow_unicode=True))
    return gateways.start({"catalogue": {"items": str(table)}}, name="delegated")


@pytest.mark.parametrize("body, told", [(OWNER, False), (DELEGATE, False), (STRANGER, True)])
def test_a_closing_by_a_body_that_may_not_decide_is_taken_and_told(gateway, number, body, told):
    with gateway.client("jining-platform") as client:
        case_id = client.message(submission(number)).json()["case_id"]
    with gateway.client("changzhi-platform") as client:
        for name, members in (("dest_received", {}), ("case_accepted", {}), ("review_started", {}),
                              ("decided", {"decision": "DECISION_APPROVED"})):
            assert client.event(case_id, name, **members).status_code == 202
        answer = client.event(case_id, "case_closed", outcome="OUTCOME_COMPLETED", deciding_org={"name": "某局", "uscc": body})
        assert answer.status_code == 202, answer.text
        assert client.case(case_id)["state"] == "CLOSED", "it stays decided"
    warned = [each for each in answer.json().get("violations", []) if each["rule"] == "deciding_body"]
    with gateway.client("jining-platform") as client:
        entries = client.get(f"/v1/cases/{case_id}/timeline").json()["entries"]
    closing = next(each for each in entries if each["event"] == "CASE_CLOSED")
    if not told:
        assert warned == [] and body not in closing["said_zh"], (answer.text, closing)
        return
    warning, = warned
    assert warning["warning"] and warning["field"] == "case_closed.deciding_org.uscc"
    for known in (STRANGER, OWNER, DELEGATE):
        for sentence in (warning["message_zh"], warning["message_en"], closing["said_zh"], closing["said_en"]):
            assert known in sentence, (known, sentence)


@pytest.mark.parametrize("decided, dossier, told", [(False, {}, True), (False, {"reason": "不符合条件"}, False), (True, {}, False)])
def test_a_closing_that_implies_a_denial_should_say_why(gateway, number, decided, dossier, told):
    with gateway.client("jining-platform") as client:
        case_id = client.message(submission(number)).json()["case_id"]
    with gateway.client("changzhi-platform") as client:
        assert client.event(case_id, "dest_received").status_code == client.event(case_id, "case_accepted").status_code == 202
        if decided:
            assert client.event(case_id, "decided", decision="DECISION_DENIED", dossier={"reason": "不符合条件"}).status_code == 202
        answer = client.event(case_id, "case_closed", outcome="OUTCOME_DENIED", dossier=dossier)
        assert answer.status_code == 202, answer.text
    warned = [each for each in answer.json().get("violations", []) if each["field"] == "dossier.reason"]
    assert bool(warned) == told and all(each["warning"] for each in warned), answer.text
    with gateway.client("jining-platform") as client:
        entries = client.get(f"/v1/cases/{case_id}/timeline").json()["entries"]
    closing = next(each for each in entries if each["event"] == "CASE_CLOSED")
    assert ("视为已决定 不予" in closing["said_zh"]) != decided and ("implies the decision denied" in closing["said_en"]) != decided, closing
