"""Files of cases: sent with constant memory, cut and resumed, checked, read only by the two sides of a case."""

import base64
import contextlib
import hashlib
import http.client
import json
import os
import socket
import subprocess

import pytest

from gateway import eventually, megabytes
from materials import digest_field, file_case, pdf, put, sha256, stored, with_content, with_file

ORIGIN, DEST, STRANGER = "jining-platform", "changzhi-platform", "qingdao-platform"


@pytest.fixture(scope="module")
def gateway(gateways):
    return gateways.start({"materials": {"file_bytes_max": "32MiB"}}, name="materials")


@pytest.fixture
def origin(gateway):
    with gateway.client(ORIGIN) as client:
        yield client


@pytest.fixture
def dest(gateway):
    with gateway.client(DEST) as client:
        yield client


def test_sent_referenced_and_read_by_both_sides_alone(gateway, origin, dest, number):
    data = pdf(700_001)
    answer = put(origin, data, Repr_Digest=digest_field(data),
                 Content_Disposition="attachment; filename*=UTF-8''%E6%88%BF%E4%BA%A7%E8%AF%81.pdf")
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told == {"sha256": sha256(data), "sm3": hashlib.new("sm3", data).hexdigest(), "size": len(data),
                    "media_type": "application/pdf", "name": "房产证.pdf"}
    assert answer.headers["ETag"] == f'"{sha256(data)}"' and answer.headers["Repr-Digest"].startswith(digest_field(data))
    case_id = file_case(origin, number, sha256(data))
    path = f"/v1/cases/{case_id}/materials"
    for client in (origin, dest):
        listed = client.get(path).json()
        assert [(f["sha256"], f["state"], f["name"]) for f in listed["files"]] == [(sha256(data), "stored", "材料0.pdf")]
        read = client.get(f"{path}/{sha256(data)}")
        assert read.status_code == 200 and read.content == data
        assert read.headers["Content-Type"] == "application/pdf" and int(read.headers["Content-Length"]) == len(data)
        assert read.headers["Content-Disposition"].startswith("attachment;")
        assert read.headers["X-Content-Type-Options"] == "nosniff"
        head = client.request("HEAD", f"{path}/{sha256(data)}")
        assert head.status_code == 200 and int(head.headers["Content-Length"]) == len(data) and not head.content
    with gateway.client(STRANGER) as stranger:
        assert stranger.get(path).status_code == 404
        assert stranger.get(f"{path}/{sha256(data)}").status_code == 404
    def audited():
        return {(line["partner"], line["status"]) for line in gateway.log()
                if line.get("event") == "material_read" and line.get("sha256") == sha256(data)}
    eventually(lambda: audited() >= {(ORIGIN, 200), (DEST, 200), (STRANGER, 404)}, what="each read leaves a line")


def test_a_digest_alone_opens_nothing(gateway, origin, number):
    """Not a file of another case, nor one that was only sent."""
    mine, other = pdf(1000), pdf(1000)
    assert put(origin, mine).status_code == 201 and put(origin, other).status_code == 201
    case_id = file_case(origin, number, sha256(mine))
    assert origin.get(f"/v1/cases/{case_id}/materials/{sha256(mine)}").status_code == 200
    for wrong in (sha256(other), "0" * 64, "x", sha256(mine).upper(), "..%2F..%2Fetc%2Fpasswd"):
        answer = origin.get(f"/v1/cases/{case_id}/materials/{wrong}")
        assert answer.status_code == 404, (wrong, answer.text)


def test_ranges(origin, dest, number):
    data = pdf(300_000)
    put(origin, data)
    path = f"/v1/cases/{file_case(origin, number, sha256(data))}/materials/{sha256(data)}"
    tag = f'"{sha256(data)}"'

    def get(**headers):
        return dest.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    for field, first, last in (("bytes=0-0", 0, 0), ("bytes=1000-", 1000, 299_999), ("bytes=-5", 299_995, 299_999),
                               ("bytes=299999-400000", 299_999, 299_999), ("bytes=-999999", 0, 299_999)):
        answer = get(Range=field)
        assert answer.status_code == 206 and answer.content == data[first:last + 1], field
        assert answer.headers["Content-Range"] == f"bytes {first}-{last}/300000"
    assert get(Range="bytes=300000-").status_code == 416
    assert get(Range="bytes=300000-").headers["Content-Range"] == "bytes */300000"
    for whole in ("bytes=5-1", "lines=1-2", "bytes=0-1,5-6", "bytes=x-"):
        assert get(Range=whole).status_code == 200, whole
    assert get(Range="bytes=0-0", If_Range=tag).status_code == 206
    assert get(Range="bytes=0-0", If_Range='"other"').status_code == 200
    assert get(If_None_Match=tag).status_code == 304 and not get(If_None_Match=tag).content
    assert get(If_None_Match='W/"other", ' + "W/" + tag).status_code == 304


def test_checked_before_it_is_kept(gateway, origin):
    before = stored(gateway)[0]
    data = pdf(5000)
    wrong = digest_field(b"other")
    for headers in ({"Repr_Digest": wrong}, {"Content_Digest": wrong},
                    {"Repr_Digest": digest_field(b"other", "sm3")},
                    {"Repr_Digest": digest_field(data) + ", " + digest_field(b"other", "sm3")}):
        answer = put(origin, data, **headers)
        assert answer.status_code == 422 and answer.json()["type"].endswith(":digest-mismatch"), (headers, answer.text)
    for field in ("sha-256=abc", "sha-256=:AAAA:", "sha-256"):
        assert put(origin, data, Repr_Digest=field).status_code == 400, field
    for kind, content in {"script": b"#!/bin/sh\nrm -rf /\n", "page": b"<html><script>1</script>", "elf": b"\x7fELF" + b"\0" * 99,
                          "unknown": bytes(range(256)) * 40, "large page": b"<!DOCTYPE html>" + b" " * 100_000}.items():
        answer = put(origin, content, Content_Type="application/pdf",
                     Content_Disposition='attachment; filename="harmless.pdf"')
        assert answer.status_code == 415 and answer.json()["type"].endswith(":type-not-allowed"), (kind, answer.text)
    with gateway.tls_socket(ORIGIN) as raw:
        raw.sendall(f"PUT /v1/materials HTTP/1.1\r\nHost: a\r\nContent-Length: {32 * 1024 * 1024 + 1}\r\n\r\n".encode())
        assert raw.recv(4096).startswith(b"HTTP/1.1 413 ")
    with gateway.tls_socket(ORIGIN) as raw:
        raw.sendall(f"PUT /v1/materials HTTP/1.1\r\nHost: a\r\nUpload-Complete: ?0\r\nContent-Length: 0\r\n"
                    f"Upload-Length: {32 * 1024 * 1024 + 1}\r\n\r\n".encode())
        assert raw.recv(4096).startswith(b"HTTP/1.1 413 ")
    assert put(origin, data, Content_Encoding="gzip").status_code == 415
    assert stored(gateway) == (before, [], [])
    assert put(origin, data, Repr_Digest="unknown=:AAAA:, " + digest_field(data) + "," + digest_field(data, "sm3")).status_code == 201


def test_kept_once(gateway, origin, dest):
    data = pdf(4000)
    assert put(origin, data).status_code == 201
    one = stored(gateway)[0]
    assert put(origin, data).status_code == 201 and stored(gateway)[0] == one
    # Of another region only the note that it has it too.
    assert put(dest, data).status_code == 201 and len(stored(gateway)[0] - one) == 1


@pytest.mark.parametrize("given, kept", [("../../etc/passwd", "passwd"), ("C:\\\\x\\\\y.pdf", "y.pdf"), ("..", "file"),
                                         ("a\u202egpj.exe", "agpj.exe"), ("a<b>|c?.pdf", "a_b__c_.pdf")])
def test_names_are_made_harmless(origin, given, kept):
    answer = put(origin, pdf(100), Content_Disposition=f'attachment; filename="{given}"'.encode())
    assert answer.status_code == 201 and answer.json()["name"] == kept, answer.text


def test_a_bomb_is_not_unpacked(gateway, origin):
    import io
    import zipfile
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * (200 * 1024 * 1024))
    resident = gateway.resident_bytes()
    assert put(origin, packed.getvalue()).json()["media_type"] == "application/zip"
    assert gateway.resident_bytes() - resident < megabytes(50)


# -- resumed ----------------------------------------------------------------------------------------------------------


def begin(client, **headers):
    answer = put(client, b"", Upload_Complete="?0", **headers)
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


def offset(client, place):
    answer = client.request("HEAD", place)
    assert answer.status_code == 204, answer.status_code
    return int(answer.headers["Upload-Offset"])


def patch(client, place, data, at, complete=True, **headers):
    return client.request("PATCH", place, data=data, headers={
        "Upload-Offset": str(at), "Upload-Complete": "?1" if complete else "?0", "Content-Type": "application/partial-upload",
        **{name.replace("_", "-"): value for name, value in headers.items()}})


def send_cut(gateway, party, place, data, at, stop):
    """A request that announces all the rest and breaks off at `stop`."""
    send_and_break_off(gateway, party, f"PATCH {place} HTTP/1.1\r\nHost: a\r\nUpload-Offset: {at}\r\nUpload-Complete: ?1\r\n"
                       f"Content-Length: {len(data) - at}\r\n\r\n".encode() + data[at:stop])


def send_and_break_off(gateway, party, sent):
    with gateway.tls_socket(party) as raw:
        raw.sendall(sent)
        socket.socket.shutdown(raw, socket.SHUT_WR)  # a reset would take back what is still on its way
        with contextlib.suppress(OSError):
            raw.recv(1)


def test_cut_at_every_tenth_and_resumed(gateway, origin):
    data = pdf(1_000_000)
    before = stored(gateway)[0]
    place = begin(origin, Repr_Digest=digest_field(data))
    at = 0
    for tenth in range(1, 10):
        cut = gateway.metric("tongban_materials_uploads_total", outcome="cut")
        send_cut(gateway, ORIGIN, place, data, at, len(data) * tenth // 10)
        eventually(lambda: gateway.metric("tongban_materials_uploads_total", outcome="cut") > cut, what="the cut is noticed")
        at = offset(origin, place)
        assert at == len(data) * tenth // 10
        assert stored(gateway)[0] == before
    wrong = patch(origin, place, data[:10], 0)
    assert wrong.status_code == 409 and wrong.json()["expected-offset"] == at, wrong.text
    with gateway.client(DEST) as other:
        assert other.request("HEAD", place).status_code == 404
        assert patch(other, place, data[at:], at).status_code == 404
    answer = patch(origin, place, data[at:], at)
    assert answer.status_code == 201 and answer.json()["sha256"] == sha256(data), answer.text
    assert sha256(data) in stored(gateway)[0] and stored(gateway)[1:] == ([], [])
    assert origin.request("HEAD", place).status_code == 404


def test_cut_without_resumption_leaves_nothing(gateway):
    before = stored(gateway)
    cut = gateway.metric("tongban_materials_uploads_total", outcome="cut")
    data = pdf(1_000_000)
    for tenth in range(10):
        send_and_break_off(gateway, ORIGIN, f"PUT /v1/materials HTTP/1.1\r\nHost: a\r\nContent-Length: {len(data)}\r\n\r\n".encode() +
                           data[:len(data) * tenth // 10])
    eventually(lambda: gateway.metric("tongban_materials_uploads_total", outcome="cut") == cut + 10, what="each cut is counted")
    assert stored(gateway) == before  # what is counted was removed before


def test_resumed_after_a_crash(gateway, origin):
    data = pdf(500_000)
    place = begin(origin, Upload_Length=str(len(data)))
    assert patch(origin, place, data[:200_000], 0, complete=False).status_code == 204
    gateway.kill()
    gateway.start()
    assert offset(origin, place) == 200_000
    assert patch(origin, place, data[200_000:-1], 200_000).status_code == 400  # shorter than announced
    answer = patch(origin, place, data[200_000:], 200_000)
    assert answer.status_code == 201 and answer.json()["sha256"] == sha256(data), answer.text


def test_parts_with_digests(origin):
    data = pdf(300_000)
    place = begin(origin)
    assert patch(origin, place, data[:100_000], 0, complete=False,
                 Content_Digest=digest_field(data[:100_000])).status_code == 204
    bad = patch(origin, place, data[100_000:200_000], 100_000, complete=False, Content_Digest=digest_field(b""))
    assert bad.status_code == 400 and offset(origin, place) == 100_000, bad.text
    assert patch(origin, place, data[100_000:], 100_000, Content_Digest=digest_field(data[100_000:])).status_code == 201
    place = begin(origin)
    assert origin.request("DELETE", place).status_code == 204 and origin.request("HEAD", place).status_code == 404


def test_interim_response_names_the_upload(gateway):
    data = pdf(1000)
    with gateway.tls_socket(ORIGIN) as raw:
        raw.sendall(f"POST /v1/materials HTTP/1.1\r\nHost: a\r\nUpload-Complete: ?1\r\nUpload-Draft-Interop-Version: 8\r\n"
                    f"Content-Length: {len(data)}\r\nConnection: close\r\n\r\n".encode())
        interim = raw.recv(4096)
        assert interim.startswith(b"HTTP/1.1 104 Upload Resumption Supported\r\n") and b"Location: /v1/materials/uploads/" in interim
        raw.sendall(data)
        answer = http.client.HTTPResponse(raw)
        answer.begin()
        assert answer.status == 201 and json.loads(answer.read())["sha256"] == sha256(data)


def test_what_fields_must_be(origin):
    place = begin(origin)
    for headers in ({"Upload-Complete": "yes"}, {"Upload-Length": "-1"}, {"Upload-Offset": "5"},
                    {"Upload-Length": "9" * 16}, {"Upload-Complete": "?1", "Upload-Length": "5"}):
        assert origin.request("PUT", "/v1/materials", data=b"%PDF-", headers=headers).status_code in (400, 201), headers
    for headers in ({}, {"Upload-Offset": "0"}, {"Upload-Complete": "?1"}, {"Upload-Offset": "x", "Upload-Complete": "?1"}):
        assert origin.request("PATCH", place, data=b"%PDF-", headers=headers).status_code == 400, headers


def test_only_so_many_files_are_sent_at_once(gateways, number):
    gateway = gateways.start({"materials": {"reads_max": 1}}, name="reads")
    large = pdf(30_000_000)
    with gateway.client(ORIGIN) as client:
        assert put(client, large).status_code == 201
        path = f"/v1/cases/{file_case(client, number, sha256(large))}/materials/{sha256(large)}"
        with gateway.tls_socket(ORIGIN) as raw:  # which takes the head, and not all of the body
            raw.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            assert raw.recv(12) == b"HTTP/1.1 200"
            answer = client.get(path)
            assert answer.status_code == 503 and answer.json()["type"].endswith(":busy"), answer.text
            assert gateway.metric("tongban_materials_limit_total", limit="reads") == 1
            assert client.request("HEAD", path).status_code == 200
            assert gateway.metric("tongban_materials_reading") == 1
        eventually(lambda: gateway.metric("tongban_materials_reading") == 0, what="the place is given back")
        assert client.get(path).content == large


def test_only_so_much_is_unfinished(gateways):
    gateway = gateways.start({"materials": {"unfinished_bytes_per_partner_max": "1MiB", "unfinished_per_partner_max": 2}},
                             name="unfinished")
    with gateway.client(ORIGIN) as client:
        first, second = begin(client), begin(client)
        assert put(client, b"", Upload_Complete="?0").status_code == 429
        assert patch(client, first, pdf(900_000), 0, complete=False).status_code == 204
        answer = patch(client, second, pdf(500_000), 0, complete=False)
        assert answer.status_code == 429 and answer.json()["type"].endswith(":too-many-bytes"), answer.text
        assert gateway.metric("tongban_materials_limit_total", limit="unfinished") == 2
        assert 900_000 <= gateway.metric("tongban_materials_unfinished_bytes") <= 1024 * 1024
        assert client.request("DELETE", first).status_code == 204
        assert gateway.metric("tongban_materials_unfinished_bytes") == offset(client, second)
        data = pdf(1_000_000)
        third = begin(client)
        assert client.request("DELETE", second).status_code == 204
        assert patch(client, third, data, 0).status_code == 201
        assert gateway.metric("tongban_materials_unfinished_bytes") == 0


def test_curl_sends_and_reads(gateway, origin, dest, number, tmp_path):
    data = pdf(3_000_000)
    (tmp_path / "a.pdf").write_bytes(data)

    def curl(party, *arguments):
        who = gateway.authority.parties[party]
        done = subprocess.run(["curl", "-sS", "--fail-with-body", "--cacert", gateway.authority.ca, "--cert", who.certificate,
                               "--key", who.key, *arguments], capture_output=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    base = f"https://127.0.0.1:{gateway.port}"
    told = json.loads(curl(ORIGIN, "-T", tmp_path / "a.pdf", f"{base}/v1/materials"))
    assert told["sha256"] == sha256(data)
    case_id = file_case(origin, number, told["sha256"])
    url = f"{base}/v1/cases/{case_id}/materials/{told['sha256']}"
    (tmp_path / "part").write_bytes(data[:1_000_000])
    curl(DEST, "-C", "-", "-o", tmp_path / "part", url)  # curl's own way to resume
    assert (tmp_path / "part").read_bytes() == data


def test_no_personal_names_in_paths(gateway):
    for folder, _, names in os.walk(gateway.folder / "data" / "materials"):
        for name in names:
            assert len(name) == 64, (folder, name)


# -- in messages ------------------------------------------------------------------------------------------------------


def test_inline_files_go_to_the_store(gateway, origin, dest, number):
    data = pdf(200_000)
    message = with_content(number, data, sm3=hashlib.new("sm3", data).hexdigest())
    assert origin.message(message).status_code == 202
    assert origin.message(message).status_code == 200  # the same message is the same event
    case_id = origin.find(number)[0]["case"]["case_id"]
    shown = dest.case(case_id)["submission"]["dossier"]["materials"][0]["files"][0]
    assert shown["sha256"] == sha256(data) and "content" not in shown and shown["media_type"] == "application/pdf"
    assert sha256(data) in stored(gateway)[0]
    assert dest.get(f"/v1/cases/{case_id}/materials/{sha256(data)}").content == data
    with gateway.client(STRANGER) as stranger:
        assert stranger.get(f"/v1/cases/{case_id}/materials/{sha256(data)}").status_code == 404


def test_small_inline_files_stay_in_the_message(gateway, origin, dest, number):
    data = pdf(1000)
    assert origin.message(with_content(number, data)).status_code == 202
    case_id = origin.find(number)[0]["case"]["case_id"]
    assert base64.b64decode(dest.case(case_id)["submission"]["dossier"]["materials"][0]["files"][0]["content"]) == data
    assert sha256(data) not in stored(gateway)[0]
    assert dest.get(f"/v1/cases/{case_id}/materials").json()["files"][0]["state"] == "inline"


@pytest.mark.parametrize("file, rule", [({"sha256": "0" * 64}, "digest"), ({"sm3": "0" * 64}, "digest")])
def test_inline_files_with_a_wrong_digest_are_refused(origin, number, file, rule):
    for size in (100, 200_000):
        answer = origin.message(with_content(number, pdf(size), **file))
        assert answer.status_code == 422, answer.text
        [violation] = [v for v in answer.json()["violations"] if not v.get("warning")]
        assert violation["rule"] == rule and violation["field"] == "dossier.materials[0].files[0]"


def test_inline_files_of_a_wrong_type_are_refused(gateway, origin, number):
    before = stored(gateway)
    answer = origin.message(with_content(number, b"\x7fELF" + b"\0" * 100_000))
    assert answer.status_code == 422 and answer.json()["violations"][0]["rule"] == "type", answer.text
    assert stored(gateway) == before


def test_a_message_sent_again_is_the_same_also_when_its_files_would_not_be_taken_any_more(gateways, number):
    gateway = gateways.start(name="stricter")
    filed, brought = with_content(number, pdf(200_000)), {"materials": [{"name": "身份证明", "files": [
        {"name": "b.pdf", "content": base64.b64encode(pdf(150_000)).decode()}]}]}
    with gateway.client(ORIGIN) as client:
        first = client.message(filed)
        assert first.status_code == 202, first.text
        case_id, at = first.json()["case_id"], "2026-11-20T09:00:00+08:00"
        assert client.event(case_id, "shipped_to_dest", occurred_at=at, dossier=brought).status_code == 202
    gateway.stop()
    gateway.settings["materials"] = {"types": "image/jpeg"}
    gateway.write_config()
    gateway.start()
    with gateway.client(ORIGIN) as client:
        again = client.message(filed)
        assert (again.status_code, again.json()["event_id"]) == (200, first.json()["event_id"]), again.text
        assert "violations" not in again.json(), again.text
        assert client.event(case_id, "shipped_to_dest", occurred_at=at, dossier=brought).status_code == 200
        assert client.case(case_id)["case"]["papers"]["shipments"] == 1
        other = client.message(with_content(number + "B", pdf(200_000)))
        assert other.status_code == 422 and other.json()["violations"][0]["rule"] == "type", other.text


def test_only_who_has_a_file_may_reference_it(gateway, origin, dest, number):
    data = pdf(1000)
    answer = origin.message(with_file(number, sha256(data)))
    assert answer.status_code == 422 and answer.json()["violations"][0]["rule"] == "material_missing", answer.text
    assert put(origin, data).status_code == 201
    with gateway.client(STRANGER) as stranger:  # knows the digest, and nothing else
        answer = stranger.message(with_file(number, sha256(data), case={"origin_region": "370200", "dest_region": "140400"}))
        assert answer.status_code == 422 and answer.json()["violations"][0]["rule"] == "material_missing", answer.text
    file_case(origin, number, sha256(data))
    # The other side sees it in its case, and may pass it on in another.
    answer = dest.message(with_file(number, sha256(data), case={"origin_region": "140400", "dest_region": "370800"}))
    assert answer.status_code == 202, answer.text


def test_a_lifted_file_is_delivered_by_its_address(gateway, origin, dest, number):
    data = pdf(100_000)
    assert origin.message(with_content(number, data)).status_code == 202
    case_id = origin.find(number)[0]["case"]["case_id"]
    with gateway.client(DEST) as line:
        events = line.get("/v1/deliveries", params={"limit": 200}).json()["deliveries"]
    bodies = [base64.b64decode(each["body_base64"]).decode("gb18030") if "body_base64" in each else json.dumps(each["message"])
              for each in events]
    address = f"/v1/cases/{case_id}/materials/{sha256(data)}"
    assert any(address in body for body in bodies), bodies[-1:]
    assert dest.get(address).content == data


def test_no_city_writes_the_gateways_notes(gateway, origin, dest, number):
    """A note says who sent a file: whoever only knows a digest must not be able to write one."""
    data = pdf(2000)
    assert put(dest, data).status_code == 201
    note = f"tongban holder\n370800\n{sha256(data)}\n".encode()
    assert put(origin, note).status_code == 415
    assert origin.message(with_content(number, note)).status_code == 422
    assert origin.message(with_file(f"{number}A", sha256(data))).status_code == 422
    assert put(origin, b"tongban leaving\n" + sha256(data).encode() + b"\n").status_code == 415
    assert put(dest, data).status_code == 201


def test_a_file_is_taken_as_it_is(gateway, origin):
    answer = put(origin, pdf(1000), Content_Encoding="gzip")
    assert answer.status_code == 415 and "no Content-Encoding" in answer.json()["title"], answer.text
