"""What a message says of its files is held against them, and what the store does not have any more as it was is named."""

import base64
import hashlib
import json
import sys

import pytest

from gateway import eventually, submission
from materials import file_case, pdf, put, sha256, with_content

ORIGIN, DEST = "jining-platform", "changzhi-platform"


@pytest.fixture(scope="module")
def gateway(gateways):
    return gateways.start(name="checks")


def with_files(number, *files):
    return submission(number, dossier={"materials": [{"code": "01", "name": "身份证明", "files": list(files)}]})


def rules(answer):
    return [each["rule"] for each in answer.json().get("violations", [])]


def place_of(gateway, data):
    name = sha256(data)
    return gateway.folder / "data" / "materials" / name[:2] / name[2:4] / name


def test_what_is_said_of_a_referenced_file_must_be_so(gateway, number):
    data = pdf(5000)
    sm3 = hashlib.new("sm3", data).hexdigest()
    with gateway.client(ORIGIN) as origin, gateway.client(DEST) as dest:
        assert put(origin, data).status_code == 201
        for count, (said, rule) in enumerate((
                ({"size": 4999}, "size"), ({"sm3": "0" * 64}, "digest"), ({"media_type": "image/png"}, "media_type"),
                ({"size": 5000, "sm3": sm3[::-1]}, "digest"), ({"file_id": "F1", "size": 7}, "size"))):
            answer = origin.message(with_files(f"{number}W{count}", {"name": "a.pdf", "sha256": sha256(data), **said}))
            assert answer.status_code == 422 and rules(answer) == [rule], (said, answer.text)
        right = {"name": "a.pdf", "sha256": sha256(data), "size": 5000, "sm3": sm3, "media_type": "application/pdf"}
        case_id = origin.message(with_files(number, right)).json()["case_id"]
        read = dest.get(f"/v1/cases/{case_id}/materials/{sha256(data)}")
        assert base64.b64encode(bytes.fromhex(sm3)).decode() in read.headers["Repr-Digest"]
        gateway.stop()
        gateway.start()  # its SM3 is not remembered any more, and read from the file
        assert rules(origin.message(with_files(f"{number}R", {**right, "sm3": "0" * 64}))) == ["digest"]
        assert origin.message(with_files(f"{number}S", right)).status_code == 202


def test_an_sm3_that_nobody_checked_is_not_asserted(gateway, number):
    """A digest beside a file id may be of the sender's own file; the SM3 with it is its word alone."""
    data = pdf(5000)
    with gateway.client(ORIGIN) as origin, gateway.client(DEST) as dest:
        assert put(origin, data).status_code == 201
        case_id = origin.message(with_files(number, {"name": "a.pdf", "sha256": sha256(data)},
                                            {"name": "b.pdf", "url": "https://files.example.cn/b", "sha256": sha256(data),
                                             "sm3": "0" * 64})).json()["case_id"]
        read = dest.get(f"/v1/cases/{case_id}/materials/{sha256(data)}")
        assert read.status_code == 200 and "sm3" not in read.headers["Repr-Digest"]


@pytest.mark.parametrize("given, kept", [("../../etc/passwd", "passwd"), ("C:\\x\\y.pdf", "y.pdf"), ("..", "file"),
                                         ("/绝对/房产证.pdf", "房产证.pdf")])
def test_no_name_with_a_path_leaves_the_gateway(gateway, number, given, kept):
    data = pdf(100)
    with gateway.client(ORIGIN) as origin, gateway.client(DEST) as dest:
        answer = origin.message(with_files(number, {"name": given, "content": base64.b64encode(data).decode()},
                                           {"name": given, "file_id": "F1"}, {"name": "好名.pdf", "file_id": "F2"}))
        assert answer.status_code == 202 and rules(answer) == ["file_name", "file_name"], answer.text
        case_id = answer.json()["case_id"]
        assert [each["name"] for each in dest.get(f"/v1/cases/{case_id}/materials").json()["files"]] == [kept, kept, "好名.pdf"]
        shown = dest.case(case_id)["submission"]["dossier"]["materials"][0]["files"]
        assert [each["name"] for each in shown] == [kept, kept, "好名.pdf"]
        canonical = dest.get("/v1/deliveries", params={"format": "canonical", "limit": 200}).text
        assert json.dumps(given)[1:-1] not in canonical and f'"{given}"' not in canonical


def test_small_files_inside_are_of_a_type_that_is_taken(gateway, number):
    with gateway.client(ORIGIN) as origin:
        for count, content in enumerate((b"\x7fELF" + b"\0" * 100, b"<html><script>", b"#!/bin/sh\n")):
            answer = origin.message(with_content(f"{number}{count}", content))
            assert answer.status_code == 422 and rules(answer) == ["type"], answer.text


def test_files_inside_count_for_the_day(gateways, number):
    gateway = gateways.start({"materials": {"partner_bytes_per_day_max": "1MiB"}}, name="day")
    with gateway.client(ORIGIN) as origin:
        assert origin.message(with_content(f"{number}A", pdf(700_000))).status_code == 202
        answer = origin.message(with_content(f"{number}B", pdf(700_000)))
        assert answer.status_code == 503 and answer.json()["type"].endswith("daily-bytes"), answer.text
        assert int(answer.headers["Retry-After"]) > 0
        assert origin.message(submission(f"{number}C")).status_code == 202
    assert gateway.metric("tongban_materials_limit_total", limit="bytes_per_day") == 1


# -- on a disk that fails ---------------------------------------------------------------------------------------------


def test_a_damaged_file_is_never_given_as_right_and_is_repaired_by_sending_it(gateway, number):
    data = pdf(300_000)
    with gateway.client(ORIGIN) as origin, gateway.client(DEST) as dest:
        said = {"name": "a.pdf", "size": len(data)}
        assert put(origin, data).status_code == 201
        case_id = origin.message(with_files(number, {**said, "sha256": sha256(data)})).json()["case_id"]
        path, file = f"/v1/cases/{case_id}/materials/{sha256(data)}", place_of(gateway, data)

        def state():
            return dest.get(f"/v1/cases/{case_id}/materials").json()["files"][0]["state"]

        counted = gateway.metric("tongban_materials_store_errors_total", kind="damaged")
        file.chmod(0o644)
        file.write_bytes(data[:200_000])
        assert state() == "damaged"
        answer = dest.get(path)
        assert answer.status_code == 500 and answer.json()["type"].endswith("material-damaged"), answer.text
        assert gateway.metric("tongban_materials_store_errors_total", kind="damaged") > counted
        assert put(origin, data).status_code == 201
        assert state() == "stored" and dest.get(path).content == data

        file.unlink()
        assert state() == "missing"
        assert dest.get(path).status_code == 404
        refused = origin.message(with_files(f"{number}M", {**said, "sha256": sha256(data)}))
        assert refused.status_code == 422 and rules(refused) == ["material_missing"], refused.text
        assert gateway.metric("tongban_materials_store_errors_total", kind="missing") > 0
        assert put(origin, data).status_code == 201
        assert dest.get(path).content == data
    eventually(lambda: {"material_damaged", "material_lost"} <= {line["event"] for line in gateway.log()
                                                                 if line.get("sha256") == sha256(data)})


def test_a_full_staging_disk_is_told_to_who_watches_it(gateways):
    """A bound on the size of files stands for the disk."""
    bounded = [sys.executable, "-c", "import os, resource, signal, sys\n"
               "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
               "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000_000, 50_000_000))\n"
               "os.execvp(sys.argv[1], sys.argv[1:])"]
    gateway = gateways.make(name="full").start(prefix=bounded)
    with gateway.client(ORIGIN) as origin:
        answer = put(origin, pdf(60_000_000))
        assert answer.status_code == 507, answer.text
    assert gateway.metric("tongban_materials_store_errors_total", operation="stage", kind="full") == 1
    eventually(lambda: any(line["event"] == "material_not_staged" and line["level"] == "error" for line in gateway.log()))


def test_a_changed_byte_is_not_given_as_right(gateway, number):
    """The length is right: the answer ends before its last bytes."""
    data = pdf(300_000)
    with gateway.client(ORIGIN) as origin:
        assert put(origin, data).status_code == 201
        case_id = file_case(origin, number, sha256(data))
    file = place_of(gateway, data)
    file.chmod(0o644)
    file.write_bytes(data[:1000] + b"\0" + data[1001:])
    with gateway.tls_socket(DEST) as raw:
        raw.sendall(f"GET /v1/cases/{case_id}/materials/{sha256(data)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        got = b""
        while piece := raw.recv(65536):
            got += piece
    head, body = got.split(b"\r\n\r\n", 1)
    assert b"Content-Length: 300000" in head and len(body) < len(data)
    # From then on it is known: nobody puts the rest of it behind what came.
    with gateway.client(DEST) as dest, gateway.client(ORIGIN) as origin:
        path = f"/v1/cases/{case_id}/materials/{sha256(data)}"
        assert dest.get(path, headers={"Range": "bytes=200000-"}).status_code == 500
        assert put(origin, data).status_code == 201
        assert dest.get(path).content == data


def test_a_refused_read_is_audited_with_what_was_asked_for(gateway, number):
    data = pdf(1000)
    with gateway.client(ORIGIN) as origin, gateway.client("qingdao-platform") as stranger:
        assert put(origin, data).status_code == 201
        case_id = file_case(origin, number, sha256(data))
        assert stranger.get(f"/v1/cases/{case_id}/materials/{sha256(data)}").status_code == 404
        assert origin.get(f"/v1/cases/{case_id}/materials/{'0' * 64}").status_code == 404

    def audited():
        return {(line["partner"], line["sha256"], line["status"]) for line in gateway.log()
                if line.get("event") == "material_read" and line.get("case_id") == case_id}
    eventually(lambda: audited() >= {("qingdao-platform", sha256(data), 404), (ORIGIN, "0" * 64, 404)},
               what="refusals name case and digest")


def test_a_file_seen_in_many_cases_may_be_used_by_each_side_of_any(gateway, number):
    data = pdf(1000)
    with gateway.client(ORIGIN) as origin, gateway.client("xuzhou-platform") as other:
        assert put(origin, data).status_code == 201
        for count in range(120):
            file_case(origin, f"{number}{count}", sha256(data), case={"dest_region": "120103"})
        file_case(origin, f"{number}L", sha256(data), case={"dest_region": "320300"})
        answer = other.message(with_files(f"{number}X", {"name": "a.pdf", "sha256": sha256(data)}) |
                               {"case": {"origin_region": "320300", "dest_region": "140400", "source_case_no": f"{number}X"}})
        assert answer.status_code == 202, answer.text


def test_a_head_request_has_no_range(gateway, number):
    data = pdf(1000)
    with gateway.client(ORIGIN) as origin:
        assert put(origin, data).status_code == 201
        case_id = file_case(origin, number, sha256(data))
        head = origin.request("HEAD", f"/v1/cases/{case_id}/materials/{sha256(data)}", headers={"Range": "bytes=0-9"})
        assert head.status_code == 200 and int(head.headers["Content-Length"]) == len(data)


def test_files_of_one_name_stay_apart(gateway, number):
    """重名: a name tells nothing apart; each file goes by its digest, and one that is named twice is kept once."""
    first, second = pdf(2000), pdf(3000)
    message = with_files(number, *({"name": "扫描件.pdf", "content": base64.b64encode(data).decode()} for data in (first, second)))
    message["dossier"]["materials"].append({"code": "02", "name": "户口簿", "files": [
        {"name": "扫描件.pdf", "content": base64.b64encode(first).decode()}]})
    with gateway.client(ORIGIN) as origin, gateway.client(DEST) as dest:
        assert origin.message(message).status_code == 202
        path = f"/v1/cases/{origin.find(number)[0]['case']['case_id']}/materials"
        listed = dest.get(path).json()["files"]
        assert {(each["sha256"], each["name"]) for each in listed} == {(sha256(data), "扫描件.pdf") for data in (first, second)}
        for data in (first, second):
            read = dest.get(f"{path}/{sha256(data)}")
            assert read.content == data and "%E6%89%AB%E6%8F%8F%E4%BB%B6.pdf" in read.headers["Content-Disposition"]
    assert place_of(gateway, first) != place_of(gateway, second)
