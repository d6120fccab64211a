"""Clients that are not ours and not Python's: curl, and the JDK's."""

import gzip
import json
import pathlib
import shutil
import subprocess

import pytest

import cities
from gateway import EXAMPLE, submission

HERE = pathlib.Path(__file__).parent


def curl(gateway, party, path, *options):
    tool = shutil.which("curl")
    assert tool, "curl is missing (package curl)"
    party = gateway.authority.parties[party]
    done = subprocess.run([tool, "--silent", "--show-error", "--noproxy", "*", "--max-time", "20", "--cacert",
                           gateway.authority.ca, "--cert", party.certificate, "--key", party.key, *options,
                           f"https://localhost:{gateway.port}{path}", "--connect-to",
                           f"localhost:{gateway.port}:127.0.0.1:{gateway.port}"],
                          capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_curl_claims_and_receives(gateway, number):
    filed = curl(gateway, "jining-platform", "/v1/messages", "-H", "Content-Type: application/vnd.tongban.v1+json",
                 "--data-binary", json.dumps(submission(number)))
    case_id = json.loads(filed)["case_id"]
    claim = json.loads(curl(gateway, "changzhi-window-1", f"/v1/cases/{case_id}/claim", "-H",
                            "Content-Type: application/json", "-d", '{"operator_id":"017"}'))
    event = {"occurred_at": "2026-11-22T09:00:00+08:00", "fencing_token": claim["fencing_token"], "dest_received": {}}
    received = json.loads(curl(gateway, "changzhi-window-1", f"/v1/cases/{case_id}/events", "-H",
                               "Content-Type: application/json", "-d", json.dumps(event)))
    assert received["outcome"] == "RECEIPT_OUTCOME_ACCEPTED" and received["event"] == "DEST_RECEIVED"


def test_curl_sends_a_form_post_in_chunks_and_gzip_with_tls_1_2(gateway, tmp_path):
    body = tmp_path / "body.gz"
    body.write_bytes(gzip.compress((EXAMPLE / "messages" / "JINING-02-gjj-apply-formbody.txt").read_bytes()))
    answer = curl(gateway, "jining-platform", "/v1/messages", "--tls-max", "1.2", "-H", "Transfer-Encoding: chunked", "-H",
                  "Content-Encoding: gzip", "-H", "Content-Type: application/x-www-form-urlencoded", "--data-binary",
                  f"@{body}")
    assert b"<STATUS>1</STATUS>" in answer, answer


def test_curl_sends_a_large_body_after_100_continue(gateway, number, tmp_path):
    event = submission(number)
    event["dossier"]["materials"] = [{"name": "户口簿", "files": [{"name": "a.pdf", "content": "JVBERi0x" + "A" * 2_000_000}]}]
    file = tmp_path / "body.json"
    file.write_text(json.dumps(event))
    done = curl(gateway, "jining-platform", "/v1/messages", "-H", "Expect: 100-continue", "-H",
                "Content-Type: application/vnd.tongban.v1+json", "--data-binary", f"@{file}", "-w", "\n%{http_code}")
    assert done.endswith(b"202"), done


@pytest.mark.parametrize("protocol", ["TLSv1.2", "TLSv1.3"])
def test_java_sends_gb18030_xml(gateway, protocol):
    java = shutil.which("java")
    assert java, "java is missing (package openjdk-17-jdk-headless)"
    party, _, kind = cities.sample("CHANGZHI-01")
    party = gateway.authority.parties[party]
    file = EXAMPLE / "messages" / "CHANGZHI-01-sbzy-apply.xml"
    done = subprocess.run([java, "-Xmx128m", "-XX:TieredStopAtLevel=1", f"-Djdk.tls.client.protocols={protocol}",
                           "-Djdk.httpclient.HttpClient.log=errors", str(HERE / "Client.java"),
                           f"https://localhost:{gateway.port}/v1/messages", str(gateway.authority.ca), party.certificate,
                           party.key, str(file), kind, "GB18030", protocol],
                          capture_output=True, text=True, timeout=120, check=False, encoding="utf-8",
                          env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "JAVA_TOOL_OPTIONS": "-Dfile.encoding=UTF-8"})
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 2 and all(line.startswith("200 HTTP_1_1 ") for line in lines), lines
    assert "<结果>重复</结果>" in lines[1] and "140400202410210031" in lines[1]
