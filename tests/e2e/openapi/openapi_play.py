"""The server is true to schemas/openapi.yaml: schemathesis plays the contract over mutual TLS, as a platform and as a
window, with cases that are there and cases that are not; and a case's whole life is held against it answer by answer."""

import os
import pathlib
import subprocess

import jsonschema
import pytest
import schemathesis
import yaml

from events import Events
from gateway import ROOT, Authority, Gateway, eventually, submission

HERE = pathlib.Path(__file__).resolve().parent
CONTRACT = ROOT / "schemas/openapi.yaml"
PARTNERS = """partners:
  - id: contract-platform
    name: {zh: 契约测试平台, en: Contract test platform}
    role: platform
    regions: ["370800"]
    identities: [{san_uri: tongban://contract/platform}]
  - id: contract-window
    name: {zh: 契约测试窗口, en: Contract test window}
    role: window
    regions: ["140400"]
    window_id: CT-01
    identities: [{san_uri: tongban://contract/window}]
  - id: contract-rival
    name: {zh: 契约测试二号窗口, en: Contract test window 2}
    role: window
    regions: ["140400"]
    window_id: CT-02
    identities: [{san_uri: tongban://contract/rival}]
"""


@pytest.fixture(scope="module")
def contract_gateway(tmp_path_factory):
    """A gateway with partners that speak canonical only."""
    folder = tmp_path_factory.mktemp("contract")
    authority = Authority(folder / "pki").issue_story()
    for profile, name in [("platform", "platform"), ("window", "window"), ("window", "rival")]:
        authority.issue(profile, f"contract-{name}", "--uri", f"tongban://contract/{name}", "--unit", "370800")
    gateway = Gateway(folder / "gateway", authority, {"ledger": {"kind": "embedded"}})
    (gateway.folder / "partners" / "90-contract.yaml").write_text(PARTNERS, encoding="utf-8")
    with gateway as running:
        yield running


def play(gateway, party, folder, case_id=None, *options):
    """One run of schemathesis; its output."""
    config = (HERE / "schemathesis.toml").read_text(encoding="utf-8")
    config += '\n[parameters]\n"query.wait" = 0\n'  # not the contract but the clock
    if case_id:
        config += f'"path.id" = "{case_id}"\n'
    (folder / "schemathesis.toml").write_text(config, encoding="utf-8")
    who = gateway.authority.parties[party]
    done = subprocess.run(
        [ROOT / "tests/install/tool", "schemathesis", "--config-file", folder / "schemathesis.toml", "run", CONTRACT,
         "--url", f"https://localhost:{gateway.port}", "--request-cert", who.certificate, "--request-cert-key", who.key,
         "--tls-verify", gateway.authority.ca, "--output-truncate", "false", *options],
        cwd=folder, capture_output=True, text=True, check=False, timeout=600,
        env={**os.environ, "PYTHONPATH": str(HERE), "NO_COLOR": "1", "COLUMNS": "120"})
    return done.returncode, done.stdout + done.stderr


def filed(gateway, number):
    with gateway.client("contract-platform") as platform:
        answer = platform.message(submission(number))
        assert answer.status_code == 202, answer.text
        return answer.json()["case_id"]


@pytest.mark.parametrize("party", ["contract-platform", "contract-window"])
@pytest.mark.parametrize("known", [True, False], ids=["a case that is there", "any case"])
def test_the_contract_as_schemathesis_plays_it(contract_gateway, tmp_path, party, known):
    case_id = filed(contract_gateway, f"PLAY-{party}") if known else None
    code, output = play(contract_gateway, party, tmp_path, case_id)
    assert code == 0, output
    assert contract_gateway.process.poll() is None, contract_gateway.tail()


def test_a_server_that_breaks_the_contract_is_found(contract_gateway, tmp_path):
    """The same run against a contract that promises another answer."""
    wrong = tmp_path / "openapi.yaml"
    text = CONTRACT.read_text(encoding="utf-8")
    assert "required: [partner, name_zh," in text
    wrong.write_text(text.replace("required: [partner, name_zh,", "required: [planted, partner, name_zh,"),
                     encoding="utf-8")
    who = contract_gateway.authority.parties["contract-platform"]
    (tmp_path / "schemathesis.toml").write_text((HERE / "schemathesis.toml").read_text(encoding="utf-8"))
    done = subprocess.run(
        [ROOT / "tests/install/tool", "schemathesis", "--config-file", "schemathesis.toml", "run", wrong,
         "--url", f"https://localhost:{contract_gateway.port}", "--request-cert", who.certificate,
         "--request-cert-key", who.key, "--tls-verify", contract_gateway.authority.ca, "--include-operation-id", "whoAmI"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "PYTHONPATH": str(HERE), "NO_COLOR": "1"})
    assert done.returncode == 1, done.stdout
    assert "planted" in done.stdout


@pytest.fixture(scope="module")
def contract():
    return schemathesis.openapi.from_path(CONTRACT)


def expect(contract, operation, method, answer, status):
    """The answer has this status and the form that the contract gives it."""
    assert answer.status_code == status, answer.text
    contract[operation][method].validate_response(answer)
    assert answer.headers["X-Request-Id"]
    return answer.json()


def test_every_answer_of_a_case_fits(contract_gateway, contract):
    """File, repeat, find, list, claim, lose, work, see: each answer against its own schema."""
    number = "CONTRACT-1"
    case, events = "/v1/cases/{id}", "/v1/cases/{id}/events"
    with contract_gateway.client("contract-platform") as platform, \
            contract_gateway.client("contract-window") as window, contract_gateway.client("contract-rival") as rival:
        event = submission(number)
        receipt = expect(contract, "/v1/messages", "POST", platform.message(event), 202)
        case_id = receipt["case_id"]
        assert expect(contract, "/v1/messages", "POST", platform.message(event), 200)["outcome"] \
            == "RECEIPT_OUTCOME_DUPLICATE"
        expect(contract, "/v1/messages", "POST", platform.message(submission(number, name="测试乙")), 409)
        expect(contract, "/v1/messages", "POST",
               platform.message({"events": [submission("CONTRACT-2"), submission("CONTRACT-3", name="")]}), 207)
        wrong = expect(contract, "/v1/messages", "POST", platform.message(submission("CONTRACT-4", name="")), 422)
        assert wrong["violations"]
        expect(contract, "/v1/messages", "POST", platform.message(submission("CONTRACT-5", origin="120103")), 403)
        expect(contract, "/v1/messages", "POST", platform.message(b"{"), 400)
        expect(contract, "/v1/messages", "POST", platform.message(b"<a/>", content_type="text/xml"), 415)
        expect(contract, "/v1/messages/{dialect}", "POST", platform.post("/v1/messages/unheard-of", event), 415)
        expect(contract, "/v1/messages/{dialect}", "POST", platform.post("/v1/messages/canonical", event), 200)

        found = expect(contract, "/v1/cases", "GET", platform.get("/v1/cases", params={"source_case_no": number}), 200)
        assert [c["case"]["case_id"] for c in found["cases"]] == [case_id]
        expect(contract, "/v1/cases", "GET", platform.get("/v1/cases"), 422)
        assert expect(contract, case, "GET", platform.get(f"/v1/cases/{case_id}"), 200)["submission"]
        expect(contract, case, "GET", platform.get("/v1/cases/TB140400" + "0" * 26), 404)
        expect(contract, "/v1/whoami", "GET", window.get("/v1/whoami"), 200)

        page = expect(contract, "/v1/inbox", "GET", window.get("/v1/inbox", params={"limit": 1}), 200)
        assert len(page["entries"]) == 1 and page["next"]
        expect(contract, "/v1/inbox", "GET", window.get("/v1/inbox", params={"cursor": page["next"]}), 200)
        expect(contract, "/v1/inbox", "GET", window.get("/v1/inbox", params={"limit": 0}), 422)
        expect(contract, "/v1/inbox", "GET", window.get("/v1/inbox", params={"wait": 31}), 422)
        expect(contract, "/v1/inbox", "GET", window.get("/v1/inbox", params={"origin": "110000", "wait": 1}), 200)
        expect(contract, case + "/claim", "POST", platform.claim(case_id), 403)
        token = expect(contract, case + "/claim", "POST", window.claim(case_id), 200)["fencing_token"]
        lost = expect(contract, case + "/claim", "POST", rival.claim(case_id), 409)
        assert lost["holder"] == "CT-01"
        expect(contract, case + "/claim", "POST", rival.claim(case_id, operator=""), 422)
        expect(contract, case + "/release", "POST", rival.release(case_id, token), 409)
        expect(contract, events, "POST", window.event(case_id, "dest_received", token), 202)
        expect(contract, events, "POST", window.event(case_id, "review_started", token), 409)
        expect(contract, case + "/release", "POST", window.release(case_id, token), 200)
        line = expect(contract, case + "/timeline", "GET", window.get(f"/v1/cases/{case_id}/timeline"), 200)
        assert {"CASE_SUBMITTED", "CLAIMED", "DEST_RECEIVED", "RELEASED"} <= {e["event"] for e in line["entries"]}
        expect(contract, case + "/timeline", "GET", platform.get("/v1/cases/x/timeline"), 404)


def test_the_stream_of_events_fits(contract_gateway, contract):
    """What schemathesis would wait for without end: the data of an event, and the refusals."""
    whole = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    data = jsonschema.Draft202012Validator({"$ref": "#/components/schemas/StreamedEvent", "components": whole["components"]})
    with contract_gateway.client("contract-platform") as platform, contract_gateway.client("contract-window") as window, \
            Events(contract_gateway, "contract-platform") as stream:
        case_id = filed(contract_gateway, "STREAM-1")
        token = window.claim(case_id).json()["fencing_token"]
        assert window.event(case_id, "dest_received", token).status_code == 202
        event = stream.take(1)[0].json
        assert event["event"] == "DEST_RECEIVED"
        data.validate(event)
        with pytest.raises(jsonschema.ValidationError):
            data.validate({**event, "planted": 1})
        events = "/v1/events"
        expect(contract, events, "GET", platform.get(events, params={"from": "never"}), 422)
        expect(contract, events, "GET", platform.get(events, params={"after": "!"}), 422)
        expect(contract, events, "GET", window.get(events), 403)
        with Events(contract_gateway, "changzhi-platform") as other:
            foreign = eventually(lambda: other.next(0.01) is None and other.last_id)
        expect(contract, events, "GET", platform.get(events, headers={"Last-Event-ID": foreign}), 409)


def test_the_operations_listener_fits_its_contract(contract_gateway):
    filed(contract_gateway, "CONTRACT-9")
    operations = schemathesis.openapi.from_path(ROOT / "schemas/operations.yaml")
    for path in ["/metrics", "/livez", "/readyz", "/status", "/reconciliation", "/deadletters"]:
        answer = contract_gateway.operations(path)
        assert answer.status_code == 200
        operations[path]["GET"].validate_response(answer)
    settled = eventually(lambda: contract_gateway.status()["cases"], what="figures")
    assert settled["unexplained"] == 0 and settled["accepted"] >= 1
