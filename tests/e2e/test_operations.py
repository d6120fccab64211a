"""What an operations team relies on: health, status, metrics, reload, refusal of a wrong configuration, a clean stop."""

import json
import shutil
import signal
import socket
import ssl
import subprocess
import time

import pytest
import requests
import yaml

import raw
from gateway import ROOT, Authority, eventually, run, submission, tls_context


def test_live_ready_status(gateway):
    assert gateway.operations("/livez").status_code == 200
    ready = gateway.operations("/readyz")
    assert ready.status_code == 200 and ready.json()["ready"] is True
    assert set(ready.json()["checks"].values()) == {"ok"}
    status = gateway.status()
    assert status["cases"]["unexplained"] == 0 and status["ledger"]["ready"] is True
    assert 300 < status["certificate_days_left"] <= 365


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
    assert gateway.metric("tongban_certificate_not_after_timestamp_seconds") - time.time() > 300 * 86400
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


# -- reload -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def reloaded(gateways, request):
    """A gateway of its own, and a function that sends SIGHUP and gives what was logged about each part."""
    own = gateways.start(name=request.node.name)

    def reload():
        begun = own.log_file.stat().st_size
        own.process.send_signal(signal.SIGHUP)

        def told():
            lines = [line for line in own.log(begun) if line["event"] in ("reloaded", "reload_refused")]
            return lines if len(lines) == 4 else None

        return {line["part"]: line for line in eventually(told, what="all four parts are told")}

    return own, reload


def test_new_partner_is_known_after_a_reload(reloaded, authority):
    gateway, reload = reloaded
    party = authority.issue("platform", "taian-platform", "--region", "370900")
    with gateway.client(party) as client:
        assert client.get("/v1/whoami").status_code == 403
    (gateway.folder / "partners" / "taian.yaml").write_text(yaml.safe_dump({"partners": [
        {"id": "taian-platform", "name": {"zh": "泰安", "en": "Taian"}, "role": "platform", "regions": ["370900"],
         "identities": [{"san_uri": "tongban://370900/platform"}]}]}))
    assert reload()["partners"]["event"] == "reloaded"
    with gateway.client(party) as client:
        assert client.get("/v1/whoami").json()["partner"] == "taian-platform"
    assert gateway.metric("tongban_reloads_total", part="partners", result="taken") == 1


def test_partner_that_is_gone_is_refused_on_its_open_connection(reloaded):
    gateway, reload = reloaded
    with gateway.client("hexi-platform") as client:
        assert client.get("/v1/whoami").status_code == 200
        (gateway.folder / "partners" / "hexi.yaml").unlink()
        assert reload()["partners"]["event"] == "reloaded"
        assert client.get("/v1/whoami").status_code == 403


def test_wrong_partners_are_kept_out_and_the_place_is_logged(reloaded):
    gateway, reload = reloaded
    file = gateway.folder / "partners" / "jining.yaml"
    whole = file.read_text()
    file.write_text(whole.replace("role: window", "role: king", 1))
    told = reload()
    assert told["partners"]["event"] == "reload_refused"
    line = next(i for i, text in enumerate(file.read_text().splitlines(), 1) if "king" in text)
    assert f"jining.yaml:{line}:" in told["partners"]["reason"], told
    assert told["dialects"]["event"] == "reloaded", "the other parts are taken"
    with gateway.client("jining-window-1") as client:
        assert client.get("/v1/whoami").json()["role"] == "ROLE_WINDOW", "what was there stays"
    file.write_text(whole)
    assert reload()["partners"]["event"] == "reloaded"


def test_wrong_dialects_are_kept_out_and_the_place_is_logged(reloaded):
    gateway, reload = reloaded
    file = gateway.folder / "dialects" / "nonsense.yaml"
    file.write_text("dialect: nonsense\nversion: \"1\"\nfolly: true\n")
    told = reload()
    assert told["dialects"]["event"] == "reload_refused"
    assert "nonsense.yaml:" in told["dialects"]["reason"], told
    assert told["partners"]["event"] == "reloaded"
    assert gateway.metric("tongban_reloads_total", part="dialects", result="refused") == 1
    file.unlink()
    assert reload()["dialects"]["event"] == "reloaded"


def test_wrong_certificate_is_kept_out(reloaded, tmp_path):
    gateway, reload = reloaded
    certificate = gateway.settings["gateway"]["tls"]["crl"]
    whole = open(certificate, encoding="ascii").read()
    try:
        with open(certificate, "w", encoding="ascii") as file:
            file.write("no revocation list")
        assert reload()["certificates"]["event"] == "reload_refused"
        with gateway.client("jining-platform") as client:
            assert client.get("/v1/whoami").status_code == 200
    finally:
        with open(certificate, "w", encoding="ascii") as file:
            file.write(whole)
    assert reload()["certificates"]["event"] == "reloaded"


# -- certificates that are replaced on disk ---------------------------------------------------------------------------


@pytest.fixture
def rotating(gateways, tmp_path, request):
    """A gateway whose certificate files are its own, operations listener included; old and new authority; the copying."""
    old = Authority(tmp_path / "old", "Old CA").issue_story()
    new = Authority(tmp_path / "new", "New CA").issue_story()
    for authority in (old, new):
        authority.issue("operator", "desk", "--uri", "tongban://operator/operations")
    own = gateways.make(name=request.node.name, settings={"operations": {"mutual_tls": True}})
    files = {own.folder / f"own-{name}": name for name in ("gateway.pem", "gateway.key", "ca.pem", "crl.pem")}
    own.settings["gateway"]["tls"] = dict(zip(("certificate", "key", "client_ca", "crl"), map(str, files)))
    own.write_config()

    def replace(authority):
        for own_file, name in files.items():
            shutil.copy(authority.folder / name, own_file)

    replace(old)
    own.start(ready=False)
    return own, old, new, replace


def connect(port, authority, party=None, trust=None):
    """A TLS connection to one of the gateway's ports with the authority's certificate for `party`."""
    context = tls_context(trust or authority)
    if party:
        context.load_cert_chain(authority.parties[party].certificate, authority.parties[party].key)
    plain = socket.create_connection(("127.0.0.1", port), timeout=30)
    try:
        return context.wrap_socket(plain, server_hostname="localhost")
    except BaseException:
        plain.close()
        raise


def asked(connection, path="/v1/whoami"):
    connection.sendall(raw.head(path, "GET", content_type=None))
    return raw.read_answer(connection, "GET")


def serial(connection):
    return int(connection.getpeercert()["serialNumber"], 16)


def test_certificates_replaced_on_disk_are_shown_after_sighup(rotating):
    """New connections see the new certificate and the new clients' CA; the one that is open is told to come again."""
    gateway, old, new, replace = rotating
    served = {authority: int(authority.parties["gateway"].serial, 16) for authority in (old, new)}
    with connect(gateway.port, old, "jining-platform") as open_before:
        assert asked(open_before).json()["partner"] == "jining-platform"
        replace(new)
        with connect(gateway.port, old, "jining-platform") as unchanged:
            assert serial(unchanged) == served[old], "files alone change nothing"
        gateway.process.send_signal(signal.SIGHUP)
        eventually(lambda: [line for line in gateway.log() if line["event"] == "reloaded" and
                            line["part"] == "certificates"], what="the certificates are taken")
        with connect(gateway.port, new, "jining-platform") as connection:
            assert serial(connection) == served[new]
            assert asked(connection).json()["partner"] == "jining-platform", "the same partner by its new certificate"
        answer = asked(open_before)
        assert (answer.status, answer.headers["Connection"]) == (503, "close"), "its issuer is trusted no more"
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(gateway.port, old, "jining-platform").close()
    with pytest.raises(ssl.SSLError):  # TLS 1.3: the alert comes after the client's handshake
        with connect(gateway.port, old, "jining-platform", trust=new) as connection:
            asked(connection)
    with connect(gateway.operations_port, new, "desk") as connection:
        assert serial(connection) == served[new], "the operations listener has it too"
        assert asked(connection, "/livez").status == 200
    with pytest.raises(ssl.SSLError):
        with connect(gateway.operations_port, old, "desk", trust=new) as connection:
            asked(connection, "/livez")


def test_key_that_does_not_fit_is_kept_out(rotating):
    gateway, old, new, replace = rotating
    shutil.copy(new.folder / "gateway.pem", gateway.settings["gateway"]["tls"]["certificate"])
    gateway.process.send_signal(signal.SIGHUP)
    eventually(lambda: [line for line in gateway.log() if line["event"] == "reload_refused" and
                        line["part"] == "certificates"], what="the certificates are refused")
    with connect(gateway.port, old, "jining-platform") as connection:
        assert asked(connection).status == 200
    replace(old)


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
        assert "正在停机 drain: the process is stopping" in done.stderr and "view" not in done.stderr
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
        assert city.get(f"{address}/metrics", timeout=5).status_code == 403, "a city is no operator"


def test_example_configuration_has_no_unknown_key():
    text = (ROOT / "examples" / "five-cities" / "tongban.yaml").read_text()
    known = run("config", "reference").stdout
    for section, values in yaml.safe_load(text).items():
        for key in values if isinstance(values, dict) else ():
            assert f"`{section}.{key}" in known
