"""A catalogue that is read anew under open cases: what is taken, what is refused, and what a case that runs keeps."""

import signal

import pytest
import yaml

from bundles import FOLDER, Tree, Work, file_bundle
from gateway import EXAMPLE, eventually, now
from items import filing, housing_of, send, violations


class Reloading:
    """A gateway with catalogue files of its own, and what a SIGHUP made of them."""

    def __init__(self, gateways, name, example=EXAMPLE):
        folder = gateways.folder / name
        folder.mkdir(parents=True)
        self.items, self.agreements = folder / "items.yaml", folder / "agreements.yaml"
        present = [file for file in (self.items, self.agreements) if (example / file.name).exists()]
        for file in present:
            file.write_text((example / file.name).read_text())
        self.gateway = gateways.start({"catalogue": {file.stem: str(file) for file in present}}, name=name)

    def change(self, file, change):
        whole = yaml.safe_load(file.read_text())
        change(whole)
        file.write_text(yaml.safe_dump(whole, allow_unicode=True))

    def reload(self, result):
        before = self.gateway.metric("tongban_reloads_total", part="catalogue", result=result)
        self.gateway.process.send_signal(signal.SIGHUP)
        eventually(lambda: self.gateway.metric("tongban_reloads_total", part="catalogue", result=result) == before + 1,
                   what=f"the reload is {result}")

    def harm(self):
        """What open cases stand on, as the log tells it: it is written beside what the reload counts."""
        def lines():
            return [line for line in self.gateway.log() if line.get("event") == "catalogue_harms_open_cases"]
        eventually(lines, what="the harm is told")
        return lines()


def test_reload_takes_what_is_right_and_keeps_what_was_when_it_is_wrong(gateways, number):
    live = Reloading(gateways, "reload")
    first = filing(number)
    assert send(live.gateway, first).status_code == 202

    def expire(whole):
        whole["agreements"][0]["valid_to"] = "2024-12-31"
    live.change(live.agreements, expire)
    live.reload("taken")
    answer = send(live.gateway, filing(number + "B"))
    assert answer.status_code == 422
    told = violations(answer)["agreement_expired"]
    assert "JN-CZ-2024" in told["message_zh"] and "2024-12-31" in told["message_zh"]
    assert send(live.gateway, first).status_code == 200, "what stands is a duplicate whatever the catalogue says now"
    assert live.gateway.metric("tongban_catalogue_agreements", state="expired") == 1
    assert live.gateway.metric("tongban_catalogue_items") == 9

    live.items.write_text(live.items.read_text().replace("3个工作日", "-3个工作日", 1))
    live.reload("refused")
    assert "items.yaml:" in live.gateway.log_text() and "时限不能小于" in live.gateway.log_text()
    assert live.gateway.metric("tongban_catalogue_items") == 9


def test_an_acceptance_with_something_missing_is_recognised_under_any_catalogue(gateways, number):
    live = Reloading(gateways, "repeated")

    def filed_without_the_contract(case_number):
        event = filing(case_number, case_submitted={"tolerance": True})
        event["dossier"]["materials"] = event["dossier"]["materials"][:1]
        return send(live.gateway, event).json()["case_id"]

    def change_contract(**members):
        def change(whole):
            item = next(each for each in whole["items"] if each["region"] == "140400" and len(each.get("materials", [])) > 1)
            contract = next(each for each in item["materials"] if each["code"] == "CL002")
            contract.update(members)
        live.change(live.items, change)
        live.gateway.stop()  # a reload is refused while cases stand on it
        live.gateway.start()

    case_id, other = filed_without_the_contract(number), filed_without_the_contract(number + "B")
    accepted = {"tolerance": True, "owed": [{"code": "CL002"}]}
    with live.gateway.client("changzhi-platform") as client:
        for each in (case_id, other):
            assert client.event(each, "dest_received").status_code == 202
        accepted["occurred_at"] = now()
        first = client.event(case_id, "case_accepted", **accepted)
        assert first.status_code == 202, first.text
        owed = client.case(case_id)["case"]["owed_materials"]

        change_contract(tolerance_limit="9个工作日")
        again = client.event(case_id, "case_accepted", **accepted)
        assert (again.status_code, again.json()["event_id"]) == (200, first.json()["event_id"]), again.text
        change_contract(tolerance="否", tolerance_limit=None)
        again = client.event(case_id, "case_accepted", **accepted)
        assert (again.status_code, again.json()["event_id"]) == (200, first.json()["event_id"]), again.text
        assert not again.json().get("violations"), "what would be said against it today is not said"
        assert client.case(case_id)["case"]["owed_materials"] == owed, "the terms of the first acceptance stand"
        refused = client.event(other, "case_accepted", **accepted)
        assert refused.status_code == 422 and "tolerance_excluded" in refused.text


def test_reload_that_takes_away_what_open_cases_stand_on_is_refused(gateways, number):
    live = Reloading(gateways, "standing")
    assert send(live.gateway, filing(number)).status_code == 202

    def without_housing(whole):
        whole["items"] = [each for each in whole["items"] if each["region"] != "140400"]
    live.change(live.items, without_housing)
    live.reload("refused")
    told = [line["text_en"] for line in live.harm()]
    assert any("11140400TT000031433002017003000 of 140400" in line and "is gone, but 1 open cases" in line for line in told), told
    assert send(live.gateway, filing(number + "B")).status_code == 202, "the old one is in use"


def test_reload_that_leaves_what_was_collected_without_item_or_agreement_is_refused(gateways, number):
    live = Reloading(gateways, "collected")
    filed = filing(number)
    collected = {"case": filed["case"], "occurred_at": filed["occurred_at"],
                 "case_collected": {"item": filed["case_submitted"]["item"],
                                    "business_mode": filed["case_submitted"]["business_mode"]}}
    answer = send(live.gateway, collected)
    assert answer.status_code == 202, answer.text

    def without_the_agreement(whole):
        whole["agreements"] = [each for each in whole["agreements"] if each["id"] != "JN-CZ-2024"]
    live.change(live.agreements, without_the_agreement)
    live.reload("refused")
    lines = live.harm()
    told = [line for line in lines if "370800→140400" in line["text_zh"]]
    assert told and answer.json()["case_id"] in told[0]["text_zh"] and "收件" in told[0]["text_zh"], lines
    assert send(live.gateway, filed).status_code == 202, "its filing is taken"


def test_an_answer_to_a_supplement_runs_on_under_the_terms_of_its_case(gateways, number):
    live = Reloading(gateways, "answered")
    case_id = send(live.gateway, filing(number)).json()["case_id"]
    with live.gateway.client("changzhi-platform") as client:
        assert client.event(case_id, "dest_received").status_code == 202
        asked = client.event(case_id, "supplement_required", missing=[{"code": "CL002", "name": "购房合同"}])
        assert asked.status_code == 202, asked.text
        terms = client.case(case_id)["case"]["terms"]

    def next_version(whole):
        item = housing_of(whole)
        newer = {**item, "version": "2", "promise": "2个工作日", "valid_from": "2026-01-01",
                 "materials": item["materials"] + [{"code": "CL009", "name": "新材料表", "required": "是"}]}
        item["valid_to"] = "2025-12-31"
        whole["items"].append(newer)
    live.change(live.items, next_version)

    def expire(whole):
        whole["agreements"][0]["valid_to"] = "2025-12-31"
    live.change(live.agreements, expire)
    live.gateway.stop()
    live.gateway.start()

    other_item = filing(number, case_submitted={"item": {"impl_code": "11140400TT000031433002014021000"}})
    refused = send(live.gateway, other_item)
    assert refused.status_code == 409 and "content_conflict" in refused.text and "同一事项" in refused.text, refused.text
    named_newer = filing(number, name="测试乙", case_submitted={"item": {"version": "2"}})
    answer = send(live.gateway, named_newer)
    assert answer.status_code == 202, answer.text
    assert violations(answer)["item_version"]["warning"] is True and "“1”" in violations(answer)["item_version"]["message_zh"]
    with live.gateway.client("changzhi-platform") as client:
        case = client.case(case_id)
    assert (case["state"], case["case"]["revision"]) == ("DEST_RECEIVED", 2)
    assert case["case"]["terms"] == terms, "not another version's"


@pytest.mark.parametrize("file, change, told", [
    ("items", lambda whole: housing_of(whole).update(version="2"), "版本 1已不在目录中"),
    ("items", lambda whole: housing_of(whole).update(materials=[]), "申请材料"),
    ("items", lambda whole: housing_of(whole).update(promise="1个工作日"), "承诺时限"),
    ("agreements", lambda whole: whole["agreements"][0].update(destinations=["370200"]), "收件地、办理地"),
    ("agreements", lambda whole: whole["agreements"][0].update(rules_version="新办法"), "运行管理办法"),
])
def test_reload_that_words_otherwise_what_open_cases_stand_on_is_refused(gateways, number, file, change, told):
    live = Reloading(gateways, f"otherwise-{number}")
    answer = send(live.gateway, filing(number))
    assert answer.status_code == 202
    live.change(getattr(live, file), change)
    live.reload("refused")
    lines = live.harm()
    case_id = answer.json()["case_id"]
    assert any(told in line["text_zh"] and case_id in line["text_zh"] and case_id in line["text_en"] for line in lines), lines
    eventually(lambda: any("在办件" in line.get("reason_zh", "") for line in live.gateway.log()
                           if line.get("event") == "reload_refused"), what="the refusal is told")


def test_a_restart_tells_what_open_cases_no_longer_stand_on_and_a_mended_catalogue_clears_it(gateways, number):
    live = Reloading(gateways, "restarted")
    answer = send(live.gateway, filing(number))
    assert answer.status_code == 202
    assert live.gateway.metric("tongban_catalogue_harmed_cases") == 0
    good = live.items.read_text()
    live.change(live.items, lambda whole: housing_of(whole).update(promise="1个工作日"))
    live.gateway.stop()
    live.gateway.start()
    eventually(lambda: live.gateway.metric("tongban_catalogue_harmed_cases") == 1, what="the case is counted")
    told = live.harm()
    assert any("承诺时限" in line["text_zh"] and answer.json()["case_id"] in line["text_zh"] for line in told), told
    second = send(live.gateway, filing(number + "B"))
    assert second.status_code == 202, "the start is not refused"
    live.items.write_text(good)
    live.gateway.stop()
    live.gateway.start()
    eventually(lambda: live.gateway.metric("tongban_catalogue_harmed_cases") == 1, what="only the newer case differs now")
    eventually(lambda: any(second.json()["case_id"] in line.get("text_zh", "") for line in live.gateway.log()),
               what="the newer case is named")


def subsidy_of(whole):
    """Child 2 of the disabled persons' bundle: it waits for the first."""
    return next(each for each in whole["items"] if each["region"] == "370200")


@pytest.mark.parametrize("change, told", [
    (lambda whole: whole["items"].remove(subsidy_of(whole)), "已不在目录中，一件事的子办件待申报"),
    (lambda whole: subsidy_of(whole).update(promise="1个工作日"), "承诺时限"),
    (lambda whole: whole.update(agreements=[{**whole["agreements"][0], "id": "CJR-2027"}]), "协议 CJR-2026已不在目录中"),
], ids=["item", "promise", "agreement"])
def test_reload_that_takes_away_what_a_bundles_waiting_child_stands_on_is_refused(gateways, number, change, told):
    live = Reloading(gateways, f"waiting-{number}", FOLDER)
    good = live.items.read_text()
    tree = Tree(live.gateway, file_bundle(live.gateway, number))
    tree.filed(1, 4)

    def change_it(whole):
        bundle, = whole["bundles"]
        bundle["children"] = [each for each in bundle["children"] if each["item"] != "002011002000"]
        change(whole)
    live.change(live.items, change_it)
    live.reload("refused")
    lines = live.harm()
    waiting = [line for line in lines if "待申报" in line["text_zh"] and tree.case_id in line["text_zh"]]
    assert any(told in line["text_zh"] for line in waiting), lines
    assert all("to be filed in its turn" in line["text_en"] for line in waiting), lines

    live.items.write_text(good)
    live.reload("taken")
    assert live.gateway.metric("tongban_catalogue_harmed_cases") == 0
    with Work(live.gateway, tree, 1) as work:
        work.succeed()
    tree.filed(1, 2, 3, 4)
    live.reload("taken")
    assert live.gateway.metric("tongban_catalogue_harmed_cases") == 0, "the same catalogue again harms nothing"


def test_reload_that_leaves_a_returned_child_without_item_is_refused_and_a_start_tells_of_it(gateways, number):
    live = Reloading(gateways, "came-back", FOLDER)
    tree = Tree(live.gateway, file_bundle(live.gateway, number))
    tree.filed(1, 4)
    with Work(live.gateway, tree, 1) as work:
        work.say("returned", dossier={"reason": "照片不清"}, reason_class="材料")
    tree.reaches(1, "TO_FILE_AGAIN")

    def without_the_first(whole):
        whole["items"] = [each for each in whole["items"] if each["region"] != "370800"]
        bundle, = whole["bundles"]
        bundle["children"] = bundle["children"][3:]
    live.change(live.items, without_the_first)
    live.reload("refused")
    assert any("一件事的子办件待重报" in line["text_zh"] and tree.case_id in line["text_zh"] for line in live.harm())
    live.gateway.stop()
    live.gateway.start()
    eventually(lambda: live.gateway.metric("tongban_catalogue_harmed_cases") == 1, what="the bundle is counted")
