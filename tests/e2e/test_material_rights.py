"""Who may refer to which file: to know a digest opens nothing, by whatever way it gets into a dossier. Each way is tried with
a file that another city sent, and with the sender's own."""

import base64
import itertools

import pytest

import bundles
import cities
from gateway import eventually, submission
from handler import Handler, add_to_partner, caller_settings, decision
from materials import file_case, pdf, put, sha256

OWNER, OWNER_REGION = "jining-platform", "370800"
THIEF, THIEF_REGION = "qingdao-platform", "370200"
DEST, DEST_REGION = "changzhi-platform", "140400"

# How a file is named: every set of the members beside its digest.
MEMBERS = {"file_id": "F1", "url": "https://files.example.cn/1", "gateway's url": "/v1/cases/x/materials/y", "size": 1000,
           "media_type": "application/pdf"}
PLACES = ("materials", "authorisation", "certificate")


def named(data, *members):
    file = {"name": "a.pdf", "sha256": sha256(data)}
    for member in members:
        file["url" if member == "gateway's url" else member] = MEMBERS[member]
    return file


def in_dossier(place, file):
    if place == "authorisation":
        return {"agent": {"person": {"name": "代理甲", "id_type": "111", "id_no": "12019919660412009X"}, "relation": "亲属",
                          "authorisation": file}}
    if place == "certificate":
        return {"certificates": [{"name": "营业执照", "number": "1", "file": file}]}
    return {"materials": [{"code": "01", "name": "身份证明", "files": [file]}]}


@pytest.fixture(scope="module")
def gateway(gateways):
    return gateways.start(name="rights")


@pytest.fixture(scope="module")
def secret(gateway):
    data = pdf(1000)
    with gateway.client(OWNER) as owner:
        assert put(owner, data).status_code == 201
        file_case(owner, "RIGHTS0", sha256(data), case={"dest_region": "120103"})  # neither the thief's nor the destination's
    return data


def reads(gateway, party, case_id, data):
    with gateway.client(party) as client:
        answer = client.get(f"/v1/cases/{case_id}/materials/{sha256(data)}")
        return answer.status_code == 200 and answer.content == data


def ways():
    for count in range(len(MEMBERS) + 1):
        for members in itertools.combinations(MEMBERS, count):
            if not {"url", "gateway's url"} <= set(members):
                yield members


def test_no_filing_opens_another_citys_file(gateway, secret, number):
    """Whatever stands beside the digest, wherever in the dossier: refused, or taken and not read."""
    with gateway.client(THIEF) as thief:
        for count, (place, members) in enumerate(itertools.product(PLACES, ways())):
            event = submission(f"{number}{count}", origin=THIEF_REGION, dest=DEST_REGION)
            event["dossier"].update(in_dossier(place, named(secret, *members)))
            answer = thief.message(event)
            known_elsewhere = {"file_id", "url"} & set(members)
            assert answer.status_code == (202 if known_elsewhere else 422), (place, members, answer.text)
            if not known_elsewhere:
                assert "material_missing" in [each["rule"] for each in answer.json()["violations"]], answer.text
                continue
            case_id = answer.json()["case_id"]
            for who in (THIEF, DEST):
                assert not reads(gateway, who, case_id, secret), (who, place, members)
            listed = thief.get(f"/v1/cases/{case_id}/materials").json()["files"]
            assert [each["state"] for each in listed] == ["elsewhere"], listed


def test_own_files_are_read_however_they_are_named(gateway, number):
    data = pdf(1000)
    with gateway.client(THIEF) as owner:
        assert put(owner, data).status_code == 201
        for count, (place, members) in enumerate(itertools.product(PLACES, ways())):
            if "url" in members:
                continue  # to be had from there, where an operator allows it
            event = submission(f"{number}{count}", origin=THIEF_REGION, dest=DEST_REGION)
            event["dossier"].update(in_dossier(place, named(data, *members)))
            answer = owner.message(event)
            assert answer.status_code == 202, (place, members, answer.text)
            case_id = answer.json()["case_id"]
            assert reads(gateway, DEST, case_id, data), (place, members)
            [listed] = owner.get(f"/v1/cases/{case_id}/materials").json()["files"]
            assert listed["state"] == "stored", listed


def test_no_later_event_opens_another_citys_file(gateway, secret, number):
    """A revision, a supplement, and what the other side says, a window among them."""
    def steal(who, *, file_id):
        file = named(secret, *(("file_id",) if file_id else ()))
        return in_dossier("materials", file)

    for file_id in (False, True):
        with gateway.client(THIEF) as thief, gateway.client("changzhi-window-1") as window, gateway.client(DEST) as dest:
            name = f"{number}{int(file_id)}"
            filing = submission(name, origin=THIEF_REGION, dest=DEST_REGION)
            case_id = thief.message(filing).json()["case_id"]
            revision = submission(name, origin=THIEF_REGION, dest=DEST_REGION, dossier=steal(THIEF, file_id=file_id))
            token = window.claim(case_id).json()["fencing_token"]
            answers = [thief.message(revision),
                       dest.event(case_id, "dest_received", dossier=steal(DEST, file_id=file_id)),
                       window.event(case_id, "dest_received", token, dossier=steal(DEST, file_id=file_id)),
                       window.event(case_id, "supplement_required", token,
                                    dossier={"reason": "缺材料", **steal(DEST, file_id=file_id)}),
                       thief.event(case_id, "supplement_submitted", dossier=steal(THIEF, file_id=file_id)),
                       window.event(case_id, "case_accepted", token, dossier=steal(DEST, file_id=file_id))]
            for answer in answers:
                assert answer.status_code in (202, 409, 422), answer.text
            if not file_id:
                assert {answer.status_code for answer in answers} <= {409, 422}, [answer.text for answer in answers]
            else:
                assert 202 in {answer.status_code for answer in answers}, [answer.text for answer in answers]
            for who in (THIEF, DEST, "changzhi-window-1"):
                assert not reads(gateway, who, case_id, secret)


def test_no_citys_own_format_opens_another_citys_file(gateway, number):
    """Jining names its files by an id and a digest."""
    data = pdf(1000)
    with gateway.client("hexi-platform") as owner:
        assert put(owner, data).status_code == 201
    signed = b"</ATTACH_SIGN>"
    digest = signed + b"<ATTACH_SHA256>" + sha256(data).encode() + b"</ATTACH_SHA256>"
    party, body, _ = cities.sample("JINING-01")
    assert signed in body
    reply = cities.send(gateway, "JINING-01", lambda body: body.replace(signed, digest))
    assert reply.case_id, reply
    assert not reads(gateway, party, reply.case_id, data)


def test_no_handlers_answer_opens_another_citys_file(gateways, authority, number):
    handler = Handler(authority)
    try:
        gateway = gateways.make(caller_settings(authority))
        add_to_partner(gateway, "changzhi.yaml", automatic=[{
            "name": "rules", "items": ["11140400TT000031433002017003000"], "dialect": "canonical", "url": handler.url,
            "timeout_ms": 700, "pins": [{"san_dns": "localhost"}]}])
        gateway.start()
        data = pdf(1000)
        with gateway.client("hexi-platform") as owner:
            assert put(owner, data).status_code == 201
        for count, members in enumerate(((), ("file_id",))):
            said = decision()
            said[0]["dossier"] = in_dossier("materials", named(data, *members))
            handler.answer = lambda question, said=said: (200, {"events": said})
            with gateway.client(OWNER) as origin:
                case_id = origin.message(submission(f"{number}{count}")).json()["case_id"]
            for who in (OWNER, DEST):
                assert not reads(gateway, who, case_id, data), members
        assert len(handler.asked) == 2
    finally:
        handler.stop()


def test_a_bundle_hands_on_what_its_sender_may_refer_to_and_nothing_else(gateways, number):
    gateway = gateways.start(bundles.SETTINGS, name="bundle-rights")
    mine, others = pdf(1000), pdf(1000)
    with gateway.client(bundles.ORIGIN) as origin, gateway.client(THIEF) as owner:
        assert put(origin, mine).status_code == 201 and put(owner, others).status_code == 201
        event = bundles.form(number)
        for material in event["dossier"]["materials"]:
            material["files"] = [named(mine), named(others, "file_id")]
        case_id = bundles.file_bundle(gateway, number, event)
        tree = bundles.Tree(gateway, case_id)
        eventually(lambda: sum(each["filed"] for each in tree.now()["children"]) > 1, what="children are filed")
        for child in [each["case_id"] for each in tree.now()["children"] if each["filed"]] + [case_id]:
            assert reads(gateway, bundles.ORIGIN, child, mine)
            assert not reads(gateway, bundles.ORIGIN, child, others)


def test_small_files_inside_are_read_too(gateway, number):
    """Of those nobody can name another's: the bytes are in the message."""
    data = pdf(300)
    with gateway.client(THIEF) as thief:
        event = submission(number, origin=THIEF_REGION, dest=DEST_REGION)
        event["dossier"]["materials"] = [{"code": "1", "name": "x", "files": [
            {"name": "a.pdf", "content": base64.b64encode(data).decode()}]}]
        case_id = thief.message(event).json()["case_id"]
        assert reads(gateway, DEST, case_id, data)
        assert not reads(gateway, OWNER, case_id, data)
        [listed] = thief.get(f"/v1/cases/{case_id}/materials").json()["files"]
        assert (listed["state"], listed["sha256"]) == ("inline", sha256(data))
