"""Who may connect, and what each may do: every refusal with its reason, counted, and nothing read."""

import signal
import ssl

import pytest

import raw
from gateway import Authority, eventually, submission, tls_context


@pytest.fixture(autouse=True)
def nothing_is_stored(gateway, request):
    """What is refused leaves no case behind."""
    before = gateway.status()["cases"]["accepted"]
    yield
    if "stores" not in request.keywords:
        assert gateway.status()["cases"]["accepted"] == before


def handshakes(gateway, result):
    return gateway.metric("tongban_tls_handshakes_total", listener="gateway", result=result)


def refused_in_handshake(gateway, party, result, context=None):
    """The alert; checks that the handshake was counted under `result`."""
    before = handshakes(gateway, result)
    alert = raw.tls_failure(gateway, party, context)
    eventually(lambda: handshakes(gateway, result) == before + 1, what=f"handshake counted as {result}")
    return alert


def logged(gateway, event, **members):
    return eventually(lambda: [line for line in gateway.log() if line["event"] == event and
                               all(line.get(key) == value for key, value in members.items())],
                      what=f"log line {event} {members}")


def test_no_certificate_is_refused_in_the_handshake(gateway):
    assert "CERTIFICATE_REQUIRED" in refused_in_handshake(gateway, None, "no_certificate")
    logged(gateway, "tls_handshake_failed", reason="no_certificate")


def test_no_certificate_is_refused_with_tls_1_2(gateway, authority):
    context = tls_context(authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    refused_in_handshake(gateway, None, "no_certificate", context)


def test_expired_certificate_is_refused_and_its_serial_logged(gateway, authority):
    party = authority.issue("platform", "jining-expired", "--unit", "370800", "--uri", "tongban://370800/platform",
                            "--not-before", "2025-01-01T00:00:00Z", "--not-after", "2025-06-01T00:00:00Z")
    assert "EXPIRED" in refused_in_handshake(gateway, party, "expired")
    logged(gateway, "tls_handshake_failed", reason="expired", serial=party.serial)


def test_certificate_of_a_foreign_authority_is_refused(gateway, authority, tmp_path):
    foreign = Authority(tmp_path / "pki", "Somebody else's CA")
    party = foreign.issue("platform", "jining-platform", "--uri", "tongban://370800/platform")
    alert = refused_in_handshake(gateway, None, "unknown_ca", tls_context_of(authority, party))
    assert "UNKNOWN_CA" in alert


def tls_context_of(authority, party):
    context = tls_context(authority)
    context.load_cert_chain(party.certificate, party.key)
    return context


def revoke(gateway, authority, name):
    authority.revoke(name)
    begun = gateway.log_file.stat().st_size
    gateway.process.send_signal(signal.SIGHUP)
    eventually(lambda: [line for line in gateway.log(begun) if line["event"] == "reloaded" and
                        line.get("part") == "certificates"], what="certificates are reloaded")


@pytest.mark.parametrize("path, method", [("/v1/messages", "POST"), ("/v1/materials", "PUT")])
def test_a_body_is_not_taken_when_its_certificate_is_revoked_on_the_way(gateway, authority, path, method):
    name = f"jining-{method.lower()}"
    party = authority.issue("platform", name, "--unit", "370800", "--uri", "tongban://370800/platform")
    with gateway.tls_socket(party) as connection:
        connection.sendall(raw.head(path, method, Content_Length=4, Expect="100-continue"))
        assert connection.recv(4096).startswith(b"HTTP/1.1 100 ")
        revoke(gateway, authority, name)
        connection.sendall(b"%PDF")
        answer = raw.read_answer(connection, method)
    assert answer.status == 403 and answer.json()["type"] == "urn:tongban:problem:certificate-revoked", answer.text
    assert gateway.metric("tongban_materials_uploads_total", outcome="stored") == 0


def test_revoked_certificate_is_refused_after_a_reload(gateway, authority):
    party = authority.issue("platform", "jining-lost", "--unit", "370800", "--uri", "tongban://370800/platform")
    with gateway.client(party) as lost, gateway.client("jining-platform") as good:
        assert lost.get("/v1/whoami").status_code == good.get("/v1/whoami").status_code == 200
        revoke(gateway, authority, "jining-lost")
        answer = lost.message(submission("LOST-1"))
        assert answer.status_code == 403 and answer.json()["type"] == "urn:tongban:problem:certificate-revoked", \
            "also on the connection that was open"
        served = good.get("/v1/whoami")
        assert served.status_code == 200 and served.headers["Connection"] == "close"
        assert not good.find("LOST-1"), "it had no effect"
    assert "REVOKED" in refused_in_handshake(gateway, party, "revoked")
    logged(gateway, "tls_handshake_failed", reason="revoked", serial=party.serial)


def test_certificate_of_no_partner_gets_403_and_its_serial_is_logged(gateway, authority):
    party = authority.issue("platform", "nowhere-platform", "--region", "999999")
    before = gateway.metric("tongban_http_connections_refused_total", reason="unknown_partner")
    with gateway.client(party) as client:
        answer = client.message(submission("NOBODY-1"))
    assert answer.status_code == 403
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "urn:tongban:problem:unknown-partner" and problem["title_zh"] and problem["title"]
    assert party.serial in problem["detail"]
    assert gateway.metric("tongban_http_connections_refused_total", reason="unknown_partner") == before + 1
    logged(gateway, "connection_refused", reason="unknown_partner", serial=party.serial)


def test_operator_certificate_is_no_platform(gateway, authority):
    party = authority.issue("operator", "operations")
    with gateway.client(party) as client:
        assert client.get("/v1/whoami").json()["role"] == "ROLE_OPERATOR"
        for answer in (client.message(submission("OPERATOR-1")), client.get("/v1/inbox"),
                       client.get("/v1/cases", params={"source_case_no": "1"})):
            assert answer.status_code == 403 and answer.json()["type"] == "urn:tongban:problem:not-your-role"


def test_region_in_the_payload_must_be_the_certificates(gateway, number):
    with gateway.client("xuzhou-platform") as client:
        answer = client.message(submission(number, origin="370200"))
    assert answer.status_code == 403
    text = answer.text
    assert "320300" in text and "370200" in text, "the reason names both regions"
    assert answer.json()["type"] == "urn:tongban:problem:not-your-region"


def test_region_of_the_acting_body_must_be_the_certificates(gateway, number):
    with gateway.client("xuzhou-platform") as client:
        answer = client.message(submission(number, origin="320300", actor={"name": "机关", "region": "370200"}))
    assert answer.status_code == 403 and "320300" in answer.text and "370200" in answer.text


def names_who_may(answer, event, zh, en, mine):
    problem = answer.json()
    assert all(word in problem["title"] for word in (event, en, mine)), problem
    assert all(word in problem["title_zh"] for word in (event, zh, mine)), problem


@pytest.mark.stores
def test_event_that_is_not_this_partners_to_send(gateway, number):
    with gateway.client("jining-platform") as origin:
        case_id = origin.message(submission(number)).json()["case_id"]
        answer = origin.event(case_id, "dest_received")
        assert answer.status_code == 403, answer.text
        assert answer.json()["type"] == "urn:tongban:problem:wrong-side"
        names_who_may(answer, "DEST_RECEIVED", "办理地 140400", "the destination 140400", "370800")
        answer = origin.event(case_id, "routed", queue_region="140400")
        assert answer.status_code == 403, answer.text
        names_who_may(answer, "ROUTED", "网关自身", "the gateway alone", "370800")
        answer = origin.event(case_id, "claimed", operator_id="017")
        assert origin.case(case_id)["state"] == "QUEUED"
        assert origin.claim(case_id).status_code == 403, "a platform has no claims"


@pytest.mark.stores
def test_case_of_other_regions_does_not_exist_for_a_window(gateway, number):
    with gateway.client("jining-platform") as origin:
        case_id = origin.message(submission(number)).json()["case_id"]
    with gateway.client("hexi-window-1") as stranger:
        for answer in (stranger.get(f"/v1/cases/{case_id}"), stranger.get(f"/v1/cases/{case_id}/timeline"),
                       stranger.claim(case_id), stranger.release(case_id, 1),
                       stranger.event(case_id, "dest_received")):
            assert answer.status_code == 404, answer.text
            assert number not in answer.text and "140400" not in answer.text
        assert stranger.find(number) == []
        answer = stranger.get("/v1/inbox", params={"region": "140400"})
        assert answer.status_code == 403 and "120103" in answer.text and "140400" in answer.text


def test_tls_versions_and_ciphers(gateway, authority):
    context = tls_context(authority, "jining-platform")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with gateway.tls_socket("jining-platform", context) as connection:
        assert connection.version() == "TLSv1.2"
        name = connection.cipher()[0]
        assert name.startswith("ECDHE") and ("GCM" in name or "CHACHA20" in name)
    with gateway.tls_socket("jining-platform") as connection:
        assert connection.version() == "TLSv1.3"
    context = tls_context(authority, "jining-platform")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:@SECLEVEL=0")
    refused_in_handshake(gateway, "jining-platform", "protocol", context)
