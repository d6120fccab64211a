"""The story of the quick start on real input: five cities file, are answered in their own formats, and close cases."""

import pytest

import cities
from gateway import CATALOGUE, eventually
from personal import personal_values_in
from story import Player, state_of

# What must stand after the story: state and whose certificate may look.
ENDS = {"公积金": ("EVALUATED", "jining-platform"), "养老转移": ("EVALUATED", "changzhi-platform"),
        "医保备案": ("REFUSED", "qingdao-platform"), "公司变更": ("RETURNED", "qingdao-platform"),
        "不动产查询": ("WITHDRAWN", "hexi-platform"), "个体户": ("CLOSED", "xuzhou-platform"),
        "身份证": ("DEST_RECEIVED", "hexi-platform"), "残疾人证": ("QUEUED", "changzhi-platform"),
        "资格认证一": ("QUEUED", "xuzhou-platform")}


@pytest.fixture(scope="module")
def gateway(gateways):
    return gateways.start(CATALOGUE, name="shared")


@pytest.fixture(scope="module")
def story(gateway):
    player = Player(gateway).play()
    yield player
    player.close()


def answer_to(story, title, index=0):
    found = [answers for step, answers in story.answers if step["title"].startswith(title)]
    assert found, title
    return found[index][0]


def reply_to(story, title, index=0):
    found = [(step, answers) for step, answers in story.answers if step["title"].startswith(title)]
    step, answers = found[index]
    return cities.read(step["as"], answers[0])


def test_every_step_is_answered_with_the_status_it_names(story):
    wrong = [f"{step['title']}: {answer.status_code} {answer.text[:300]}" for step, answers in story.answers
             for answer in answers if answer.status_code not in step["expect"]]
    assert not wrong, "\n".join(wrong)


def test_every_row_of_a_citys_own_message_is_taken(story):
    """HTTP 200 says little of a city's own format: its inner answer does."""
    sent = [(step, answers) for step, answers in story.answers if "send" in step and not step.get("wrong")]
    assert len(sent) > 10
    for step, answers in sent:
        reply = cities.read(step["as"], answers[0])
        words = (cities.TAKEN[OWN_FORMAT[step["as"]]], cities.TAKEN_AGAIN[OWN_FORMAT[step["as"]]])
        assert reply.rows or reply.code in words, f"{step['title']}: {reply}"
        for row in reply.rows:
            assert row.get("结果", row.get("result")) in ("成功", "重复", "accepted", "duplicate"), f"{step['title']}: {row}"


def test_every_case_ends_where_the_story_says(story, gateway):
    states = {case: state_of(gateway, party, story.cases[case]) for case, (_, party) in ENDS.items()}
    assert states == {case: state for case, (state, _) in ENDS.items()}


OWN_FORMAT = {"changzhi-platform": "changzhi", "jining-platform": "jining", "qingdao-platform": "qingdao",
              "hexi-platform": "hexi", "xuzhou-platform": "xuzhou"}


def test_everything_due_was_pulled_in_each_citys_own_format(story, gateway):
    pulls = [step for step, _ in story.answers if "pull" in step]
    assert {step["as"] for step in pulls} == set(OWN_FORMAT)
    for step in pulls:
        handed = story.delivered[step["as"]]
        assert len({each["id"] for each in handed}) == len(handed), "each once"
        assert story.cases[step["pull"]] in {each["case_id"] for each in handed}
        assert OWN_FORMAT[step["as"]] in {each["dialect"] for each in handed}
    assert gateway.metric("tongban_deliveries_total", transport="pull", outcome="acknowledged") == \
        sum(map(len, story.delivered.values()))
    assert gateway.metric("tongban_reconciliation_gap") == 0
    with gateway.client("jining-platform") as client:
        shown = client.get(f"/v1/cases/{story.cases['公积金']}/timeline").json()["deliveries"]
    assert len(shown) > 8 and {each["status"] for each in shown} == {"acknowledged"}


FILINGS = {"济宁→长治": ("jining", "370800241018000127", "公积金"),
           "青岛→河西 医保": ("qingdao", "QD370200202410180000321", "医保备案"),
           "青岛→河西 公司": ("qingdao", "QD370200202410210000007", "公司变更"),
           "长治→济宁": ("changzhi", "140400202410210031", "养老转移"),
           "长治→河西": ("changzhi", "140400202410240008", "残疾人证"),
           "河西→济宁": ("hexi", "120103000000202410180077", "身份证"),
           "河西→青岛": ("hexi", "120103000000202410250012", "不动产查询"),
           "徐州→济宁 个体": ("xuzhou", "XZ32030020241018C0001", "个体户")}


@pytest.mark.parametrize("title", FILINGS)
def test_filing_is_answered_in_the_citys_own_format(story, title):
    city, number, case = FILINGS[title]
    reply = reply_to(story, title)
    assert (reply.status, reply.code) == (200, cities.TAKEN[city]), reply
    assert reply.number == number and reply.case_id == story.cases[case]
    # Of the company's change one material is promised by a letter of commitment: told, not refused.
    assert ("M0102" in reply.violations) if title == "青岛→河西 公司" else reply.violations == ""


def test_batch_is_answered_with_one_row_each(story):
    reply = reply_to(story, "徐州→济宁 养老资格认证")
    assert reply.status == 200
    assert [row["办件编号"] for row in reply.rows] == [f"XZRZ20241018000{i}" for i in range(1, 7)]
    assert {row["结果"] for row in reply.rows} == {"成功"}
    assert len({row["网关流水号"] for row in reply.rows}) == 6


def test_message_sent_again_gets_the_first_receipt(story, gateway):
    first, again = reply_to(story, "济宁→长治"), reply_to(story, "济宁重发")
    assert (again.status, again.code) == (200, "1") and "重复" in again.text
    assert again.case_id == first.case_id and again.number == first.number
    batch = reply_to(story, "徐州重发")
    assert {row["结果"] for row in batch.rows} == {"重复"}
    with gateway.client("jining-platform") as client:
        entries = client.get(f"/v1/cases/{first.case_id}/timeline").json()["entries"]
    filed = [entry.get("refused_code", "") for entry in entries if entry["event"] == "CASE_SUBMITTED"]
    assert filed == ["", "content_conflict"], "a retry adds nothing; what was refused is kept with its reason"


def test_message_wrong_in_three_places_is_told_all_three(story):
    reply = reply_to(story, "三处错误")
    assert reply.code == "0" and reply.reason == "invalid"
    for place in ("YWMS", "SQRZJHM", "SBSJ"):
        assert place in reply.violations, f"{place} in {reply.violations}"
    assert "370899198506150018" not in reply.violations


def test_other_content_under_the_same_number_is_a_conflict(story):
    reply = reply_to(story, "同一编号")
    assert reply.code == "0" and reply.reason in ("content_conflict", "content-conflict"), reply


def test_city_that_may_not_send_this_is_told_both_regions(story):
    answer, reply = answer_to(story, "徐州冒用"), reply_to(story, "徐州冒用")
    assert (answer.status_code, reply.code) == (403, "403")
    assert "320300" in reply.text + reply.violations and "370200" in reply.text + reply.violations


def test_status_of_a_case_nobody_filed_is_not_found(story):
    reply = reply_to(story, "青岛通报")
    assert reply.code == "404", reply
    assert len(reply.rows) == 3, "one row for each event of the message"


def test_race_has_one_winner_and_tells_the_other(story):
    answers = [answers for step, answers in story.answers if "race" in step][0]
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    lost = next(answer for answer in answers if answer.status_code == 409).json()
    assert lost["holder"] in ("JN-01", "JN-02") and lost["state"] == "QUEUED"


def test_illegal_transition_names_the_state(story):
    problem = answer_to(story, "未受理先办结").json()
    assert problem["state"] == "DEST_RECEIVED" and problem["type"].endswith("illegal-transition")
    assert "CASE_ACCEPTED" in problem["title"] and "受理（CASE_ACCEPTED）" in problem["title_zh"]


def test_a_citys_own_format_names_the_state_and_the_next_step(story, gateway):
    reply = cities.send(gateway, "JINING-04")  # closed before
    assert (reply.code, reply.reason) == ("1", "duplicate"), reply
    again = cities.send(gateway, "JINING-04", lambda body: body.replace(b"10:05:12", b"10:06:12"))
    assert (again.code, again.reason) == ("0", "illegal_transition"), again
    assert "已评价" in again.text and "EVALUATED" in again.text
    refused = [entry for entry in timeline(gateway, "jining-platform", story.cases["养老转移"]) if entry.get("refused_code")][-1]
    assert "EVALUATED" in refused["refused_zh"] and "the case is in EVALUATED" in refused["refused_en"]


def test_several_events_in_one_message_act_in_order(gateway):
    """Qingdao's call-back tells of acceptance, and of the begin and end of a special procedure."""
    number = "330100202410250000045"
    edit = lambda body: body.replace(b"120103000000202410250012", number.encode())  # noqa: E731
    filed = cities.send(gateway, "HEXI-02", edit)
    assert filed.code == "0", filed
    with gateway.client("qingdao-window-1") as window:
        token = window.claim(filed.case_id).json()["fencing_token"]
        assert window.event(filed.case_id, "dest_received", token).status_code == 202
        window.release(filed.case_id, token)
    told = cities.send(gateway, "QINGDAO-03")
    assert [row["event"] for row in told.rows] == ["CASE_ACCEPTED", "SPECIAL_STARTED", "SPECIAL_ENDED"]
    assert (told.code, {row["result"] for row in told.rows}) == ("0", {"accepted"}), told
    closed = cities.send(gateway, "QINGDAO-04")
    assert closed.code == "0", closed
    entries = [entry for entry in timeline(gateway, "qingdao-platform", filed.case_id) if entry["event"] != "CLAIMED"][-4:]
    assert [(entry["event"], entry["status"], entry.get("refused_code", "")) for entry in entries] == \
        [("CASE_ACCEPTED", "CASE_STATUS_ACCEPTED", ""), ("SPECIAL_STARTED", "CASE_STATUS_SUSPENDED", ""),
         ("SPECIAL_ENDED", "CASE_STATUS_IN_REVIEW", ""), ("CASE_CLOSED", "CASE_STATUS_CLOSED", "")]
    with gateway.client("qingdao-platform") as client:
        assert client.case(filed.case_id)["case"]["decision"] == "DECISION_APPROVED"


def timeline(gateway, party, case_id):
    with gateway.client(party) as client:
        return client.get(f"/v1/cases/{case_id}/timeline").json()["entries"]


def test_revision_after_the_case_was_returned(story, gateway):
    edit = lambda body: body.replace("样例道2号".encode(), "样例道22号".encode())  # noqa: E731
    revised = cities.send(gateway, "QINGDAO-02", edit)
    assert revised.code == "0" and revised.case_id == story.cases["公司变更"], revised
    with gateway.client("qingdao-platform") as client:
        seen = client.case(revised.case_id)
    assert seen["state"] == "QUEUED" and seen["case"]["revision"] == 2
    again = cities.send(gateway, "QINGDAO-02", edit)
    assert again.code == "0" and again.rows[0]["result"] != revised.rows[0]["result"], "the same revision is a duplicate"
    old = cities.send(gateway, "QINGDAO-02")
    assert old.code == "0" and old.rows[0]["result"] == again.rows[0]["result"], "what took effect once is a duplicate"
    with gateway.client("qingdao-platform") as client:
        assert client.case(revised.case_id)["case"]["revision"] == 2


def test_batch_with_good_and_bad_rows_stores_the_good_ones_once(gateway):
    def edit(body):
        lines = body.decode("gb18030").split("\r\n")
        lines[2] = lines[2].replace("320399194202120221", "320399194202120222")  # check digit
        lines[5] = lines[5].replace("2024", "2099")  # far ahead, in every column that holds a date
        return "\r\n".join(lines).replace("XZRZ20241018", "XZRZ20241019").encode("gb18030")

    before = gateway.status()["cases"]["accepted"]
    first = cities.send(gateway, "XUZHOU-02", edit)
    results = [row["结果"] for row in first.rows]
    assert results == ["成功", "失败", "成功", "成功", "失败", "成功"], first.rows
    assert "公民身份号码" in first.rows[1]["说明"]
    assert gateway.status()["cases"]["accepted"] == before + 4
    again = cities.send(gateway, "XUZHOU-02", edit)
    assert [row["结果"] for row in again.rows] == ["重复", "失败", "重复", "重复", "失败", "重复"]
    mended = cities.send(gateway, "XUZHOU-02", lambda body: edit(body).replace(b"320399194202120222", b"320399194202120221"))
    assert [row["结果"] for row in mended.rows] == ["重复", "成功", "重复", "重复", "失败", "重复"]
    assert gateway.status()["cases"]["accepted"] == before + 5


def test_nothing_is_unexplained(story, gateway):
    cases = gateway.status()["cases"]
    assert cases["unexplained"] == 0 and cases["accepted"] == cases["open"] + cases["closed"]


def test_nothing_personal_in_log_metrics_and_names(story, gateway):
    """Privacy: grep for every name and number of the samples."""
    eventually(lambda: len([line for line in gateway.log() if line["event"] == "request"]) > 50,
               what="the story's requests are logged")
    assert personal_values_in(gateway.log_text()) == []
    assert personal_values_in(gateway.metrics_text()) == []
    assert personal_values_in(gateway.operations("/status").text + gateway.operations("/readyz").text) == []
    names = "\n".join(str(path) for path in gateway.folder.rglob("*"))
    assert personal_values_in(names) == []
    assert personal_values_in(gateway.settings["ledger"].get("kafka", {}).get("topic", "")) == []
