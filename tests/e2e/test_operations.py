"""What an operations team relies on: health, status, metrics, reload, refusal of a wrong configuration, a clean stop."""

import json
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest
import requests
import yaml

import raw
from gateway import ROOT, eventually, run, submission


def test_live_ready_status(gateway):
    assert gateway.operations("/livez").status_code == 200
    ready = gateway.operations("/readyz")
    assert ready.status_code == 200 and ready.json()["ready"] is True
    assert set(ready.json()["checks"].values()) == {"ok"}
    status = gateway.status()
    assert status["cases"]["unexplained"] == 0 and status["ledger"]["ready"] is True
    assert list(status["certificates_days_left"]) == ["gateway"]
    assert 300 < status["certificates_days_left"]["gateway"] <= 365


def test_operations_listener_tells_nothing_about_cases(gateway):
    for path in ("/v1/inbox", "/v1/cases?source_case_no=1", "/", "/v1/messages"):
        assert gateway.operations(path).status_code == 404


def test_gateway_listener_has_no_metrics(gateway):
    with gateway.client("jining-platform") as client:
        for path in ("/metrics", "/status", "/livez"):
            assert client.get(path).status_code == 404


def test_metrics_count_what_happened(gateway, number):
    before = gateway.metric("tongban_messages_total", dialect="canonical", outcome="accepted")
    with gateway.client("jining-platform") as client:
        client.message(submission(number))
        client.message(submission(number))
        client.message(submission(number, dest="14040"))
    assert gateway.metric("tongban_messages_total", dialect="canonical", outcome="accepted") == before + 1
    assert gateway.metric("tongban_messages_total", dialect="canonical", outcome="duplicate") >= 1
    assert gateway.metric("tongban_messages_total", dialect="canonical", outcome="rejected") >= 1
    assert gateway.metric("tongban_build_info") == 1
    assert gateway.metric("tongban_certificate_not_after_timestamp_seconds", use="gateway") - time.time() > 300 * 86400
    eventually(lambda: gateway.metric("tongban_log_appended_total") >= 1, what="the log tells its figures")
    assert gateway.metric("process_resident_memory_bytes") > 1_000_000


def test_metrics_are_bounded_whatever_a_client_sends(gateway):
    with gateway.client("jining-platform") as client:
        client.get("/v1/nothing")
        before = len(gateway.metrics_text().splitlines())
        for i in range(300):
            client.get(f"/v1/nothing/{i}")
            client.get(f"/v1/cases/TB{i:032}")
            client.post(f"/v1/messages/dialect-{i}", b"{}")
    after = len(gateway.metrics_text().splitlines())
    assert after - before < 60, f"{after - before} new series lines for 900 requests"


def promtool(gateway):
    path = shutil.which("promtool")
    assert path, "promtool is missing (package prometheus); ./test --without promtool leaves this out"
    return subprocess.run([path, "check", "metrics"], input=gateway.metrics_text(), capture_output=True, text=True,
                          timeout=60, check=False)


@pytest.mark.promtool
def test_promtool_finds_nothing_wrong_with_the_metrics(gateway):
    done = promtool(gateway)
    assert done.returncode == 0 and not done.stderr.strip(), done.stdout + done.stderr


# -- probe ------------------------------------------------------------------------------------------------------------


def probed(gateway, *arguments):
    return run("probe", *arguments, "--port", gateway.operations_port)


def test_probe_says_yes_by_its_exit_code(gateway):
    for check in ("livez", "readyz"):
        done = probed(gateway, check)
        assert (done.returncode, done.stdout, done.stderr) == (0, f"{check}: ok\n", "")
    told = json.loads(probed(gateway, "--json").stdout)
    assert told["check"] == "readyz" and told["ok"] is True and told["answer"]["checks"]["log"] == "ok"


def test_probe_says_why_not(gateways, gateway):
    stopping = gateways.start(name="probe-drain")
    with stopping.tls_socket("jining-platform") as under_way:
        begin_request(under_way)
        stopping.process.send_signal(signal.SIGTERM)
        eventually(stopping.unready_reason, what="/readyz is no")
        done = probed(stopping, "readyz")
        assert done.returncode == 1 and "未就绪 / not ready" in done.stderr, done
        assert "停机 drain: 正在停机 / the process is stopping" in done.stderr and "view" not in done.stderr
        told = probed(stopping, "readyz", "--json")
        assert told.returncode == 1 and json.loads(told.stdout)["status"] == 503
        assert probed(stopping, "livez").returncode == 0, "it lives as long as it answers"
        under_way.sendall(BODY)
        raw.read_answer(under_way)
    assert stopping.process.wait(20) == 0
    nobody = probed(stopping, "livez")
    assert nobody.returncode == 3 and "网关未应答 / no answer" in nobody.stderr
    assert json.loads(probed(stopping, "--json").stdout)["ok"] is False
    stopping.process = None
    for wrong in (["healthz"], ["--port", "0"], ["--cert", "nowhere.pem"], ["--timeout", "0"]):
        assert run("probe", *wrong).returncode == 2, wrong


def test_probe_of_a_listener_that_asks_for_a_certificate(rotating):
    gateway, old, _, _ = rotating
    operator, city = old.parties["desk"], old.parties["jining-platform"]
    shown = ["--cert", operator.certificate, "--key", operator.key]
    eventually(lambda: probed(gateway, "readyz", *shown).returncode == 0, what="ready")
    assert run("probe", "--url", f"https://localhost:{gateway.operations_port}", *shown, "--ca", old.ca).returncode == 0
    refused = probed(gateway, "readyz", "--cert", city.certificate, "--key", city.key)
    assert refused.returncode == 1 and "运维" in refused.stderr and "operator" in refused.stderr, refused
    assert probed(gateway, "readyz").returncode == 3, "plain HTTP to a TLS port"
    wrong_port = run("probe", "--url", f"https://localhost:{gateway.port}", "--cert", city.certificate, "--key", city.key)
    assert wrong_port.returncode == 1 and "not the operations listener" in wrong_port.stderr, wrong_port


# -- configuration ----------------------------------------------------------------------------------------------------


def test_wrong_configuration_lists_every_fault_and_exits_2(gateways):
    gateway = gateways.make(name="wrong", settings={
        "gateway": {"port": 70000, "body_bytes_max": "4 apples", "colour": "red", "tls": {"key": "nowhere.key"}},
        "window": {"lease_default": "1ms"}, "limits": {"events_max": -1}})
    for command in ("serve", "config check"):
        done = run(*command.split(), "--config", gateway.config)
        assert done.returncode == 2, done
        said = done.stdout + done.stderr
        for key in ("gateway.port", "gateway.body_bytes_max", "gateway.colour", "gateway.tls.key",
                    "window.lease_default", "limits.events_max"):
            line = next((one for one in said.splitlines() if f" {key}:" in one), None)
            assert line and line.startswith(f"{gateway.config}:"), f"{key} in {said}"
            assert re.search("[\u4e00-\u9fff].* / .*[a-z]", line), f"{line}: in both languages"
    assert "are checked once these are mended" in said, "what was not looked at is said"


def test_wrong_partners_and_dialects_are_listed_together(gateways):
    gateway = gateways.make(name="wrong-folders")
    partners = gateway.folder / "partners" / "jining.yaml"
    partners.write_text(partners.read_text().replace("role: window", "role: king", 1))
    (gateway.folder / "dialects" / "nonsense.yaml").write_text("dialect: nonsense\nfolly: true\n")
    done = run("serve", "--config", gateway.config)
    assert done.returncode == 2
    assert "jining.yaml:" in done.stderr and "nonsense.yaml:" in done.stderr, done.stderr


def test_good_configuration_is_checked(gateways):
    gateway = gateways.make(name="good")
    done = run("config", "check", "--config", gateway.config, "--json")
    assert done.returncode == 0, done.stdout
    assert yaml.safe_load(done.stdout)["ok"] is True


def test_port_in_use_is_told(gateways, gateway):
    second = gateways.make(name="second", settings={"gateway": {"port": gateway.port}})
    done = run("serve", "--config", second.config)
    assert done.returncode == 1
    assert "failed" in done.stderr and "in use" in done.stderr, done.stderr


# -- stop -------------------------------------------------------------------------------------------------------------


BODY = b'{"events":[]}'


def begin_request(connection):
    """A request that is surely under way: the gateway has read its head and asked for the body."""
    connection.sendall(raw.head(Content_Length=len(BODY), Expect="100-continue"))
    assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")


def not_accepting(gateway):
    try:
        gateway.tls_socket("jining-platform").close()
        return False
    except OSError:
        return True


def test_drain_answers_the_request_under_way_and_exits_0(gateways):
    gateway = gateways.start(name="drain")
    with gateway.tls_socket("jining-platform") as under_way:
        begin_request(under_way)
        gateway.process.send_signal(signal.SIGTERM)
        eventually(lambda: not_accepting(gateway), what="no new connections")
        assert "drain" in eventually(gateway.unready_reason, what="/readyz is no")
        gateway.process.send_signal(signal.SIGHUP)  # there is nothing left to reload, and no reason to die
        under_way.sendall(BODY)
        assert raw.read_answer(under_way).status == 422, "the body under way is still answered"
    assert gateway.process.wait(20) == 0
    gateway.process = None
    assert [line for line in gateway.log() if line["event"] == "stopped"]


def test_drain_has_a_bound(gateways):
    """A client that never finishes its request does not hold the process."""
    gateway = gateways.start(name="drain-bound", settings={"drain_timeout": "1s"})
    with gateway.tls_socket("jining-platform") as under_way:
        begin_request(under_way)
        gateway.stop(seconds=10)


def test_clients_may_hold_connections_open_while_it_stops(gateways):
    gateway = gateways.start(name="idle-clients")
    sockets = [gateway.tls_socket("jining-platform") for _ in range(10)]
    gateway.stop(seconds=10)
    for one in sockets:
        one.close()


def test_operations_over_mutual_tls(gateways, authority):
    """Asked for certificates, the operations listener answers operators."""
    operator = authority.issue("operator", "operations-desk", "--uri", "tongban://operator/operations")
    gateway = gateways.make(name="operations-tls", settings={"operations": {"mutual_tls": True}})
    gateway.start(ready=False)
    with requests.Session() as session:
        session.trust_env = False
        session.verify, session.cert = str(authority.ca), (operator.certificate, operator.key)
        address = f"https://127.0.0.1:{gateway.operations_port}"
        eventually(lambda: session.get(f"{address}/readyz", timeout=5).status_code == 200)
        assert "tongban_build_info" in session.get(f"{address}/metrics", timeout=5).text
    with requests.Session() as nobody:
        nobody.trust_env = False
        nobody.verify = str(authority.ca)
        with pytest.raises(requests.RequestException):
            nobody.get(f"{address}/metrics", timeout=5)
    platform = authority.parties["jining-platform"]
    with requests.Session() as city:
        city.trust_env = False
        city.verify, city.cert = str(authority.ca), (platform.certificate, platform.key)
        refused = city.get(f"{address}/metrics", timeout=5)
    assert refused.status_code == 403, "a city is no operator"
    problem = refused.json()
    assert problem["type"] == "urn:tongban:problem:not-your-role", "but it is registered"
    assert "运维角色" in problem["title_zh"] and "role operator" in problem["title"]
    assert "role: operator" in problem["detail_zh"] and "role: operator" in problem["detail"]
    assert [line["reason"] for line in gateway.log() if line["event"] == "connection_refused"] == ["not_operator"]


def test_example_configuration_has_no_unknown_key():
    text = (ROOT / "examples" / "five-cities" / "tongban.yaml").read_text()
    known = run("config", "reference").stdout
    for section, values in yaml.safe_load(text).items():
        for key in values if isinstance(values, dict) else ():
            assert f"`{section}.{key}" in known
