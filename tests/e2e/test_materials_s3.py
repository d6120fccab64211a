"""Files in a real S3 server, with the server killed under it; and a full disk."""

import base64
import os
import subprocess
import time

import pytest

from gateway import ROOT, eventually, free_port, submission
from holding_proxy import HoldingProxy
from materials import digest_field, file_case, pdf, put, sha256, with_content, with_file

ORIGIN, DEST, STRANGER = "jining-platform", "changzhi-platform", "qingdao-platform"


class S3:
    def __init__(self, folder):
        self.folder, self.port, self.process = folder, free_port(), None
        for name in ("data/tongban-files", "meta"):
            (folder / name).mkdir(parents=True)
        (folder / "access").write_text("tester\n")
        (folder / "secret").write_text("secret of the tests\n")
        self.program = subprocess.run([ROOT / "tests/install/s3-server", "--path"], capture_output=True, text=True,
                                      check=True).stdout.strip()
        assert os.access(self.program, os.X_OK), "tests/install/s3-server builds the S3 server that this test needs"

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "--access", "tester", "--secret", "secret of the tests", "--port", f"127.0.0.1:{self.port}",
                 "--quiet", "posix", "--sidecar", self.folder / "meta", self.folder / "data"], stdout=log, stderr=log)
        return self

    def kill(self):
        self.process.kill()
        self.process.wait(30)

    def settings(self, port=None, **more):
        return {"materials": {"kind": "s3", **more, "s3": {
            "endpoint": f"http://127.0.0.1:{port or self.port}", "bucket": "tongban-files",
            "access_key": str(self.folder / "access"), "secret_key": str(self.folder / "secret")}}}


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    server = S3(tmp_path_factory.mktemp("s3")).start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def gateway(gateways, s3):
    return gateways.start(s3.settings(), name="s3")


@pytest.fixture
def own_s3(tmp_path):
    """A server with nobody else's files."""
    server = S3(tmp_path).start()
    yield server
    server.kill()


@pytest.fixture
def proxy(own_s3):
    made = HoldingProxy(own_s3.port)
    yield made
    made.stop()


def quickly(call, seconds):
    """The answer, which came within the time a request has."""
    begun = time.monotonic()
    answer = call()
    assert time.monotonic() - begun < seconds, (answer.status_code, answer.text)
    return answer


def sent(client, data, **headers):
    """Put, once the server answers."""
    return eventually(lambda: (lambda a: a if a.status_code == 201 else None)(put(client, data, **headers)), 20,
                      "the file is kept")


def test_files_in_s3(gateway, number):
    data = pdf(20_000_000)  # more than one part
    with gateway.client(ORIGIN) as origin, gateway.client(DEST) as dest:
        sent(origin, data, Repr_Digest=digest_field(data))
        path = f"/v1/cases/{file_case(origin, number, sha256(data))}/materials/{sha256(data)}"
        assert dest.get(path).content == data
        assert dest.get(path, headers={"Range": "bytes=17000000-17000009"}).content == data[17_000_000:17_000_010]
        inline = pdf(100_000)
        assert origin.message(with_content(f"{number}I", inline)).status_code == 202
        case_id = origin.find(f"{number}I")[0]["case"]["case_id"]
        assert dest.get(f"/v1/cases/{case_id}/materials/{sha256(inline)}").content == inline
    assert not list((gateway.folder / "data" / "uploads").iterdir())


def test_s3_killed(gateway, s3, number):
    kept, late = pdf(100_000), pdf(100_000)
    with gateway.client(ORIGIN) as origin:
        sent(origin, kept)
        case_id = file_case(origin, number, sha256(kept))
        s3.kill()
        answer = put(origin, late)
        assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0, answer.text
        assert origin.get(f"/v1/cases/{case_id}/materials/{sha256(kept)}").status_code == 503
        refused = origin.message(with_content(f"{number}L", late))
        assert refused.status_code == 503, refused.text
        # What can be resumed is finished when the server is back, without being sent again.
        begun = put(origin, late, Upload_Complete="?1")
        assert begun.status_code == 503 and begun.headers["Upload-Offset"] == str(len(late))
        s3.start()
        end = {"Upload-Offset": str(len(late)), "Upload-Complete": "?1"}
        eventually(lambda: origin.request("PATCH", begun.headers["Location"], data=b"", headers=end).status_code == 201, 20,
                   "the upload is finished")
        assert origin.message(with_content(f"{number}L", late)).status_code == 202
        assert origin.get(f"/v1/cases/{case_id}/materials/{sha256(kept)}").content == kept
    assert gateway.metric("tongban_materials_store_errors_total", kind="unavailable") >= 3


def test_a_file_that_is_sent_again_while_it_is_collected_is_not_lost(gateways, own_s3, proxy, number):
    """A DELETE that is on its way cannot be called back: nobody is told 201 for what it will take."""
    gateway = gateways.start(own_s3.settings(proxy.port, tidy_every="1s", unreferenced_age_max="8s"), name="collected-s3")
    data = pdf(3000)
    with gateway.client(ORIGIN) as origin:
        sent(origin, data)
        proxy.hold(b"DELETE")
        eventually(proxy.held_up, 40, "the file, or its note, is being removed")
        answer = put(origin, data)
        assert answer.status_code == 503 and answer.json()["type"].endswith("material-leaving"), answer.text
        assert int(answer.headers["Retry-After"]) == 60
        assert origin.message(with_content(number, pdf(100_000))).status_code == 202, "others are not in its way"
        proxy.release()
    assert gateway.metric("tongban_materials_store_errors_total", kind="leaving") == 1


def test_a_store_that_does_not_answer_holds_up_nobody(gateways, own_s3, proxy, number):
    """It takes every request and answers none: what needs it is told so within the request's time, all else goes on."""
    within = 4  # of 2 s, on a busy machine
    gateway = gateways.start({**own_s3.settings(proxy.port), "gateway": {"request_timeout": "2s"}}, name="silent")
    data = pdf(3000)
    with gateway.client(ORIGIN) as origin, gateway.client(DEST) as dest:
        sent(origin, data)
        with_files = file_case(origin, number, sha256(data))
        assert origin.message(submission(f"{number}N")).status_code == 202
        without = origin.find(f"{number}N")[0]["case"]["case_id"]
        proxy.hold(b"")
        assert quickly(lambda: dest.get(f"/v1/cases/{without}/materials"), within).json()["files"] == []
        listed = quickly(lambda: dest.get(f"/v1/cases/{with_files}/materials"), within)
        assert [file["state"] for file in listed.json()["files"]] == ["stored"], "nothing else is known"
        for call in (lambda: dest.get(f"/v1/cases/{with_files}/materials/{sha256(data)}"), lambda: put(origin, pdf(5000)),
                     lambda: origin.message(with_content(f"{number}I", pdf(100_000)))):
            answer = quickly(call, within)
            assert answer.status_code == 503 and answer.json()["type"].endswith("store-unavailable"), answer.text
            assert answer.headers["Retry-After"]
        assert not origin.find(f"{number}I"), "it was not taken"
        eventually(lambda: gateway.metric("tongban_materials_store_breaker_state") == 2
                   or put(origin, pdf(100)).status_code != 503, 30, "it is left alone")
        assert quickly(lambda: origin.message(submission(f"{number}P")), within).status_code == 202
        proxy.release()
        sent(origin, data)
        eventually(lambda: dest.get(f"/v1/cases/{with_files}/materials/{sha256(data)}").status_code == 200, 20, "it answers")
        assert gateway.metric("tongban_materials_store_breaker_state") == 0
    assert {"materials_store_left_alone", "materials_store_answers_again"} <= {line["event"] for line in gateway.log()}


def test_messages_keep_their_files_within_the_request_when_the_store_does_not_answer(gateways, own_s3, proxy, number):
    settings = {**own_s3.settings(proxy.port, store_down="keep_inline", fetch={"retry_first": "100ms"}),
                "gateway": {"request_timeout": "2s"}}
    gateway = gateways.start(settings, name="silent-keep")
    message = with_content(number, pdf(100_000))
    with gateway.client(ORIGIN) as origin, gateway.client(DEST) as dest:
        sent(origin, pdf(100))
        proxy.hold(b"")
        assert quickly(lambda: origin.message(message), 4).status_code == 202
        assert quickly(lambda: origin.message(message), 4).status_code == 200
        case_id = origin.find(number)[0]["case"]["case_id"]
        assert dest.get(f"/v1/cases/{case_id}/materials").json()["files"][0]["state"] == "inline"
        proxy.release()
        eventually(lambda: dest.get(f"/v1/cases/{case_id}/materials").json()["files"][0]["state"] == "stored", 60,
                   "the file follows into the store")


def test_messages_may_be_taken_with_their_files_inside_while_s3_is_down(gateways, s3, number):
    gateway = gateways.start(s3.settings(store_down="keep_inline", fetch={"retry_first": "100ms"}), name="keep")
    data = pdf(100_000)
    s3.kill()
    with gateway.client(ORIGIN) as origin, gateway.client(DEST) as dest:
        message = with_content(number, data)
        assert origin.message(message).status_code == 202
        case_id = origin.find(number)[0]["case"]["case_id"]
        file = dest.case(case_id)["submission"]["dossier"]["materials"][0]["files"][0]
        assert base64.b64decode(file["content"]) == data and file["sha256"] == sha256(data)

        def state():
            return dest.get(f"/v1/cases/{case_id}/materials").json()["files"][0]["state"]

        path = f"/v1/cases/{case_id}/materials/{sha256(data)}"
        assert state() == "inline" and dest.get(path).content == data  # from the message
        assert dest.get(path, headers={"Range": "bytes=10-19"}).content == data[10:20]
        # A digest that cannot be looked up follows in the same way, once it can.
        late = pdf(2000)
        assert origin.message(with_file(f"{number}D", sha256(late))).status_code == 202
        waiting = origin.find(f"{number}D")[0]["case"]["case_id"]
        assert dest.get(f"/v1/cases/{waiting}/materials/{sha256(late)}").status_code == 404
        s3.start()
        sent(origin, late)
        assert origin.message(message).status_code == 200  # lifted now, and still the same event
        eventually(lambda: state() == "stored", 20, "the file follows into the store")
        assert dest.get(path).content == data
        due = dest.get("/v1/deliveries", params={"format": "canonical"}).json()["deliveries"]
        [file] = [each["message"]["dossier"]["materials"][0]["files"][0] for each in due if each["case_id"] == case_id]
        assert "content" not in file and file["url"] == path
        eventually(lambda: dest.get(f"/v1/cases/{waiting}/materials/{sha256(late)}").content == late, 20, "it is found")
        with gateway.client(STRANGER) as stranger:
            assert stranger.get(path).status_code == 404
    assert "material_pending" in {line["event"] for line in gateway.log()}
