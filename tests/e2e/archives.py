"""档案材料调取 between two children of the disabled-person example: who asks, who gives, and what each then has."""

from bundles import Tree, file_bundle
from gateway import eventually
from materials import put, sha256

ASKS, GIVES = "jining-platform", "changzhi-platform"  # of children 1 and 4
WANTED = [{"code": "DA01", "name": "参保缴费凭证"}, {"name": "视同缴费年限认定表"}]
REASON = "核对缴费年限"


def open_children(gateway, number):
    tree = Tree(gateway, file_bundle(gateway, number))
    tree.filed(1, 4)
    asking, asked = (tree.child(one)["case_id"] for one in (1, 4))
    say(gateway, ASKS, asking, "dest_received")
    return tree, asking, asked


def say(gateway, party, case_id, name, status=202, **members):
    with gateway.client(party) as client:
        answer = client.event(case_id, name, **members)
    assert answer.status_code == status, answer.text
    return answer.json()


def ask(gateway, case_id, status=202, party=ASKS, materials=WANTED, **members):
    return say(gateway, party, case_id, "archive_requested", status, materials=materials, dossier={"reason": REASON},
               **({"region": "140400"} if "child" not in members and "region" not in members else {}), **members)


def requests_of(gateway, party, case_id):
    with gateway.client(party) as client:
        return client.case(case_id)["case"].get("archive_requests", [])


def is_asked(gateway, case_id, count=1):
    eventually(lambda: len(requests_of(gateway, GIVES, case_id)) == count, what=f"{case_id} is asked")
    return requests_of(gateway, GIVES, case_id)[-1]


def is_answered(gateway, case_id, result, at=0, party=ASKS):
    wanted = f"ARCHIVE_RESULT_{result}"
    eventually(lambda: requests_of(gateway, party, case_id)[at].get("result") == wanted,
               what=f"{result}: {requests_of(gateway, party, case_id)}")


def give(gateway, case_id, materials, status=202, **members):
    """The reply: all that was asked for, unless `members` say otherwise."""
    return say(gateway, GIVES, case_id, "archive_replied", status, **{
        "archive_result": "ARCHIVE_RESULT_GRANTED", "codes": ["DA01", "视同缴费年限认定表"],
        "dossier": {"reason": "只有一项", "materials": materials}, **members})


def take_back(gateway, case_id, status=202, party=ASKS, **members):
    return say(gateway, party, case_id, "archive_replied", status, archive_result="ARCHIVE_RESULT_CALLED_OFF", **members)


def given(gateway, data):
    """Both materials, the first of them with this file, which the giver has sent."""
    with gateway.client(GIVES) as client:
        assert put(client, data).status_code in (200, 201)
    return [{**WANTED[0], "files": [{"name": "凭证.pdf", "sha256": sha256(data)}]}, {**WANTED[1], "paper_copies": 1}]


def lines(gateway, party, case_id, event):
    with gateway.client(party) as client:
        entries = client.get(f"/v1/cases/{case_id}/timeline").json()["entries"]
    return [each for each in entries if each["event"] == event and not each.get("refused_code")]


def due(gateway, party):
    told = []
    with gateway.client(party) as client:
        while some := client.get("/v1/deliveries").json()["deliveries"]:
            told += some
            client.post("/v1/deliveries/ack", {"acks": [{"id": each["id"]} for each in some]})
    return told
