"""Electronic licences 电子证照: asked for about a case's applicant, through a service over mutual TLS, and never about anybody
else."""

import pytest

from gateway import CATALOGUE, submission
from handler import Handler, add_to_partner, caller_settings

ORIGIN, DEST = "jining-platform", "changzhi-platform"
HOLDER = {"name": "测试甲", "id_type": "111", "id_no": "370899198506150010"}


def reference(check):
    return "1.2.156.3005.2.11100000000013338W001.1114040001234567XX.000001.001." + check


# ISO 7064 MOD 37,36, reckoned here by itself.
def check_character(text):
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    p = 36
    for c in text:
        s = (p + letters.index(c)) % 36 or 36
        p = s * 2 % 37
    return letters[(37 - p) % 36]


def good_reference():
    front = reference("")[:-1]
    return front + "." + check_character("".join(front.split(".")[5:]))


def licence(**members):
    return {"type": "居民身份证", "ref": good_reference(), "name": "居民身份证", "number": "N-1", "issuer": "长治市公安局",
            "valid_from": "2020-01-01", "valid_to": "2040-01-01", **members}


@pytest.fixture
def service(authority):
    made = Handler(authority)
    made.answer = lambda _: (200, {"licences": [licence()]})
    yield made
    made.stop()


def with_service(gateways, service, file="changzhi.yaml", settings=None, **members):
    gateway = gateways.make({**caller_settings(gateways.authority), **(settings or {})})
    add_to_partner(gateway, file, licences={"url": service.url, "pins": [{"san_dns": "localhost"}], "timeout_ms": 500,
                                            **members})
    return gateway.start()


def file_case(gateway, number, **members):
    with gateway.client(ORIGIN) as origin:
        answer = origin.message(submission(number, **members))
    assert answer.status_code == 202, answer.text
    return answer.json()["case_id"]


def ask(gateway, case_id, who=DEST, body=None, **options):
    with gateway.client(who) as client:
        return client.post(f"/v1/cases/{case_id}/licences", body or {"licence_types": ["居民身份证"]}, **options)


def timeline(gateway, case_id):
    with gateway.client(DEST) as client:
        return client.get(f"/v1/cases/{case_id}/timeline").json()["entries"]


def test_one_case_is_not_asked_about_for_ever(gateways, service, number):
    gateway = with_service(gateways, service)
    case = file_case(gateway, number)
    for _ in range(20):
        assert ask(gateway, case).status_code == 200
    refused = ask(gateway, case)
    assert refused.status_code == 429 and refused.json()["type"].endswith("too-many-questions"), refused.text
    assert 3000 < int(refused.headers["Retry-After"]) <= 3600 and refused.json()["title_zh"]
    assert len(service.asked) == 20, "the service has its rest"
    assert [each["event"] for each in timeline(gateway, case)].count("LICENCES_FETCHED") == 20
    assert gateway.metric("tongban_licences_total", result="too_many") == 1
    assert ask(gateway, file_case(gateway, number + "B")).status_code == 200, "another case is another question"


def test_licences_of_the_applicant_are_given_and_it_stands_in_the_ledger(gateways, service, number):
    gateway = with_service(gateways, service)
    case = file_case(gateway, number)
    service.answer = lambda _: (200, {"licences": [licence(), licence(ref=good_reference()[:-1] + "!", valid_to="长期"),
                                                   licence(ref="X-1", valid_from=None, valid_to="")]})
    answer = ask(gateway, case)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"
    told = answer.json()
    assert told["service"] == DEST and [each["check"] for each in told["licences"]][0] == "ok", told
    assert {each["check"] for each in told["licences"][1:]} <= {"check_char", "shape"}
    first, forever, bare = told["licences"]
    assert (first["valid_from"], first["valid_to"], first["long_term"]) == ("2020-01-01", "2040-01-01", False)
    assert (forever["valid_to"], forever["long_term"]) == ("", True)
    assert (bare["valid_from"], bare["valid_to"], bare["long_term"]) == ("", "", False)
    (_, question), = service.asked
    assert question == {"case_id": case, "item": "11140400TT000031433002017003000", "licence_types": ["居民身份证"],
                        "holder": HOLDER}
    entry = timeline(gateway, case)[-1]
    assert entry["event"] == "LICENCES_FETCHED" and entry["actor"]["region"] == "140400", entry
    # The other side has nothing delivered of it.
    with gateway.client(ORIGIN) as origin:
        assert origin.get("/v1/deliveries").json()["deliveries"] == []
        assert origin.post(f"/v1/cases/{case}/licences", {"licence_types": ["居民身份证"]}).status_code == 200
    gateway.kill()
    gateway.start()
    assert [each["event"] for each in timeline(gateway, case)].count("LICENCES_FETCHED") == 2
    assert HOLDER["id_no"] not in gateway.log_text() and "N-1" not in gateway.log_text()
    assert gateway.metric("tongban_reconciliation_gap") == 0


def test_a_window_of_the_destination_asks_under_its_claim(gateways, service, number):
    gateway = with_service(gateways, service)
    case = file_case(gateway, number)
    refused = ask(gateway, case, "changzhi-window-1")
    assert refused.status_code == 409 and service.asked == [], refused.text
    with gateway.client("changzhi-window-1") as window:
        assert window.claim(case).status_code == 200
    assert ask(gateway, case, "changzhi-window-1").status_code == 200
    assert ask(gateway, case, "jining-window-1").status_code == 200, "the origin's needs none"
    assert ask(gateway, case, "qingdao-platform").status_code == 404, "no such case for a stranger"
    assert len(service.asked) == 2


@pytest.mark.parametrize("answer, status, kind", [
    (lambda _: (404, b"{}"), 404, "no-such-licence"),
    (lambda _: (200, {"licences": []}), 404, "no-such-licence"),
    (lambda _: (500, b""), 503, "licence-service-unavailable"),
    (lambda _: (503, b""), 503, "licence-service-unavailable"),
    (lambda _: (200, b"<html>"), 503, "licence-service-unavailable"),
    (lambda _: (200, {"licences": [licence(type="护照")]}), 503, "licence-service-unavailable"),
    (lambda _: (302, b""), 503, "licence-service-unavailable"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_none_and_down_are_told_apart(gateways, service, number, answer, status, kind):
    gateway = with_service(gateways, service)
    case = file_case(gateway, number)
    service.answer = answer
    told = ask(gateway, case)
    assert told.status_code == status and told.json()["type"].endswith(":" + kind), told.text
    assert (int(told.headers["Retry-After"]) >= 1) if status == 503 else "Retry-After" not in told.headers
    asked = [each["event"] for each in timeline(gateway, case)].count("LICENCES_FETCHED")
    assert asked == (1 if status == 404 else 0), "an answer is a fact, a failure is none"


def test_dead_service_is_503_and_no_old_answer_is_given(gateways, service, number):
    gateway = with_service(gateways, service)
    case = file_case(gateway, number)
    assert ask(gateway, case).status_code == 200
    service.stop()
    told = ask(gateway, case)
    assert told.status_code == 503 and "Retry-After" in told.headers and "licences" not in told.json()


def test_what_is_no_question_is_refused(gateways, service, number):
    gateway = with_service(gateways, service)
    case = file_case(gateway, number)
    for body in ({"licence_types": []}, {"licence_types": ["x"] * 21}, {"licence_types": [1]}, {"licence_types": ["x" * 101]}, {"licence_types": ["居民身份证\0"]}, {"licence_types": ["居民\n身份证"]},
                 {"licence_types": ["x"], "id_no": HOLDER["id_no"]}, {"holder": HOLDER}):
        assert ask(gateway, case, body=body).status_code == 422, body
    with gateway.client(DEST) as client:
        assert client.post(f"/v1/cases/{case}/licences", b"{").status_code == 400
    assert service.asked == []


def test_with_a_catalogue_only_what_the_item_asks_for(gateways, service, number):
    gateway = with_service(gateways, service, settings=CATALOGUE)
    materials = [{"code": "CL001", "name": "居民身份证"}, {"code": "CL002", "name": "购房合同"}]
    case = file_case(gateway, number, dossier={"materials": materials})
    for types in (["结婚证"], ["居民身份证", "护照"]):
        refused = ask(gateway, case, body={"licence_types": types})
        assert refused.status_code == 422 and refused.json()["type"].endswith(":licence-not-of-item"), refused.text
        assert types[-1] in refused.text and "购房合同" in refused.text, "what is asked for, and what may be"
    assert service.asked == [] and ask(gateway, case).status_code == 200
    assert gateway.metric("tongban_licences_total", result="not_of_item") == 2


def test_without_a_service_and_after_the_end(gateways, service, number):
    gateway = with_service(gateways, service, file="xuzhou.yaml")
    case = file_case(gateway, number)
    told = ask(gateway, case)
    assert told.status_code == 404 and told.json()["type"].endswith(":no-licence-service"), told.text
    other = submission(number + "B", origin="320300")
    with gateway.client("xuzhou-platform") as origin:
        ended = origin.message(other).json()["case_id"]
    assert ask(gateway, ended).status_code == 200, "the other side's service"
    with gateway.client(DEST) as client:
        assert client.event(ended, "case_voided", dossier={"reason": "误报"}).status_code == 202
    assert ask(gateway, ended).status_code == 409


def test_a_licence_of_the_right_type_stands_for_the_material(gateways, number):
    gateway = gateways.start(CATALOGUE)
    contract = {"code": "CL002", "name": "购房合同", "required": True}
    with gateway.client(ORIGIN) as origin:
        missing = origin.message(submission(number, dossier={"materials": [contract]}))
        assert missing.status_code == 422 and "material_missing" in missing.text
        wrong = {"name": "结婚证", "licence_ref": good_reference()}
        assert origin.message(submission(number, dossier={"materials": [contract, wrong]})).status_code == 422
        by_licence = {"name": "居民身份证", "licence_ref": good_reference()}
        taken = origin.message(submission(number, dossier={"materials": [contract], "certificates": [by_licence]}))
        assert taken.status_code == 202, taken.text
        wrong_check = {"name": "居民身份证", "licence_ref": good_reference()[:-1] + ("0" if good_reference()[-1] != "0" else "1")}
        warned = origin.message(submission(number + "B", dossier={"materials": [contract], "certificates": [wrong_check]}))
        assert warned.status_code == 202 and all(each["warning"] for each in warned.json()["violations"]), warned.text
