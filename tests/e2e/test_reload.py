"""SIGHUP: what is read anew, what is kept out, and certificates that are replaced on disk."""

import shutil
import signal
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

import cities
import raw
from gateway import eventually, run, submission, tls_context


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


@pytest.mark.parametrize("path", ["/v1/deliveries", "/v1/inbox"])
def test_who_waits_while_the_right_is_taken_away_is_given_nothing(reloaded, path, number):
    gateway, reload = reloaded
    with gateway.client("jining-platform") as origin, gateway.client("changzhi-platform") as dest, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(dest.get, f"{path}?wait=20")
        eventually(lambda: gateway.metric("tongban_ledger_waiting") >= 1, what="somebody waits")
        file = gateway.folder / "partners" / "changzhi.yaml"
        file.write_text(file.read_text().replace("tongban://140400/platform", "tongban://140400/new-platform"))
        assert reload()["partners"]["event"] == "reloaded"
        assert origin.message(submission(number, origin="370800", dest="140400")).status_code == 202
        answer = waiting.result()
        assert answer.status_code == 200 and next(iter(answer.json().values())) == [], answer.text
        assert dest.get(path).status_code == 403


def test_wrong_partners_are_kept_out_and_the_place_is_logged(reloaded):
    gateway, reload = reloaded
    file = gateway.folder / "partners" / "jining.yaml"
    whole = file.read_text()
    file.write_text(whole.replace("role: window", "role: king", 1))
    told = reload()
    assert told["partners"]["event"] == "reload_refused"
    line = next(i for i, text in enumerate(file.read_text().splitlines(), 1) if "king" in text)
    assert f"jining.yaml:{line}:" in told["partners"]["reason"], told
    assert "must be platform, window or operator" in told["partners"]["reason"], told
    assert "应为 platform、window 或 operator" in told["partners"]["reason_zh"], told
    assert told["dialects"]["event"] == "reload_refused", "they are read as one"
    assert told["certificates"]["event"] == "reloaded", "the other parts are taken"
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
    assert told["partners"]["event"] == "reload_refused", "they are read as one"
    assert gateway.metric("tongban_reloads_total", part="dialects", result="refused") == 1
    file.unlink()
    assert reload()["dialects"]["event"] == "reloaded"


def test_the_same_bytes_are_the_same_message_when_their_dialect_reads_more_in_them(reloaded):
    gateway, reload = reloaded
    file = gateway.folder / "dialects" / "xuzhou.yaml"
    whole = file.read_text()
    line = "      dossier.applicant.nation: mz\n"
    assert line in whole
    file.write_text(whole.replace(line, "", 1))
    assert reload()["dialects"]["event"] == "reloaded"
    first = cities.send(gateway, "XUZHOU-01")
    file.write_text(whole)
    assert reload()["dialects"]["event"] == "reloaded"
    again = cities.send(gateway, "XUZHOU-01")
    assert (first.case_id, again.case_id) == (again.case_id, first.case_id) and again.code != "", again
    assert gateway.metric("tongban_messages_total", dialect="xuzhou", outcome="duplicate") == 1, again


def refused_as_one(told, *words):
    for part in ("partners", "dialects"):
        assert told[part]["event"] == "reload_refused", told
        assert all(word in told[part]["reason_zh"] + told[part]["reason"] for word in words), told


def test_partner_and_its_dialect_are_taken_together(reloaded):
    """What the next start would refuse is not taken by a running gateway either."""
    gateway, reload = reloaded
    partners, dialect = gateway.folder / "partners" / "jining.yaml", gateway.folder / "dialects" / "jining.yaml"
    whole = partners.read_text()
    partners.write_text(whole.replace("dialects: [jining]", "dialects: [jinin]", 1))
    line = next(i for i, text in enumerate(partners.read_text().splitlines(), 1) if "[jinin]" in text)
    refused_as_one(reload(), f"jining.yaml:{line}:", "没有名为 jinin 的格式；已有：", "no dialect named jinin; known: ")
    assert run("config", "check", "--config", gateway.config).returncode == 2
    partners.write_text(whole)
    kept = dialect.read_text()
    dialect.unlink()
    refused_as_one(reload(), "jining.yaml:", "no dialect named jining; known: ")
    assert cities.send(gateway, "JINING-01").status != 415, "what was there stays"
    dialect.write_text(kept)
    told = reload()
    assert (told["partners"]["event"], told["dialects"]["event"]) == ("reloaded", "reloaded")


def test_a_certificate_that_has_ended_or_is_for_clients_is_kept_out(reloaded, authority, tmp_path):
    gateway, reload = reloaded
    ended = authority.issue("server", "ended", "--dns", "localhost", "--not-before", "2025-01-01T00:00:00Z",
                            "--not-after", "2025-06-01T00:00:00Z")
    tls = gateway.settings["gateway"]["tls"]
    own = {key: open(tls[key], "rb").read() for key in ("certificate", "key")}
    try:
        for other, why in ((ended, "expired"), (authority.parties["jining-platform"], "not for servers")):
            shutil.copy(other.certificate, tls["certificate"])
            shutil.copy(other.key, tls["key"])
            told = reload()["certificates"]
            assert told["event"] == "reload_refused" and why in told["reason"], told
            check = run("config", "check", "--config", gateway.config)
            assert check.returncode == 2 and why in check.stdout, check.stdout
            with gateway.client("jining-platform") as client:
                assert client.get("/v1/whoami").status_code == 200, "the old one stays"
    finally:
        for key, content in own.items():
            open(tls[key], "wb").write(content)


def test_a_certificate_that_pushes_cannot_use_is_told(gateways, authority):
    """Whoever fetches and sends is served all the same."""
    good = authority.issue("platform", "calls-good", "--region", "370800")
    ended = authority.issue("platform", "calls-ended", "--region", "370800", "--not-before", "2025-01-01T00:00:00Z",
                            "--not-after", "2025-06-01T00:00:00Z")
    shown = {"certificate": good.certificate, "key": good.key}
    gateway = gateways.make({"deliveries": {"tls": shown}}, name="calls").start()
    shutil.copy(ended.certificate, shown["certificate"])
    shutil.copy(ended.key, shown["key"])
    check = run("config", "check", "--config", gateway.config)
    assert check.returncode == 0 and f"{shown['certificate']}: the certificate has expired" in check.stdout, check.stdout
    assert "被调用的平台会拒绝推送 / platforms that are called will refuse it" in check.stdout
    gateway.stop()
    gateway.start()  # all the same


def test_an_authority_without_its_list_is_told(reloaded, authority, tmp_path):
    """Once there is a list, clients of an authority that has none are refused."""
    gateway, _ = reloaded
    other = tmp_path / "other"
    assert run("pki", "init", "--dir", other).returncode == 0
    tls = gateway.settings["gateway"]["tls"]
    whole = open(tls["client_ca"], encoding="ascii").read()
    assert "没有该机构的吊销列表" not in run("config", "check", "--config", gateway.config).stdout
    try:
        with open(tls["client_ca"], "a", encoding="ascii") as bundle:
            bundle.write((other / "ca.pem").read_text())
        told = run("config", "check", "--config", gateway.config)
        assert told.returncode == 0 and "no revocation list of this authority: clients that it issued are refused" in told.stdout
    finally:
        with open(tls["client_ca"], "w", encoding="ascii") as bundle:
            bundle.write(whole)


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


def test_the_end_of_each_certificate_that_is_shown_is_told(reloaded, authority, gateways):
    """A certificate for pushes that runs out stops them as surely as the listeners' own."""
    def made(days):
        return authority.issue("platform", f"calls-{days}", "--region", "370800", "--days", str(days))

    calls, later = made(20), made(200)
    own = gateways.make({"deliveries": {"tls": {"certificate": calls.certificate, "key": calls.key}}}, name="shown").start()
    left = own.status()["certificates_days_left"]
    assert set(left) == {"gateway", "deliveries"} and left["deliveries"] in (19, 20) and left["gateway"] > 300
    end = own.metric("tongban_certificate_not_after_timestamp_seconds", use="deliveries")
    for now, then in ((calls.certificate, later.certificate), (calls.key, later.key)):
        shutil.copy(then, now)
    own.process.send_signal(signal.SIGHUP)
    eventually(lambda: own.status()["certificates_days_left"]["deliveries"] in (199, 200), what="the new certificate's end")
    assert own.metric("tongban_certificate_not_after_timestamp_seconds", use="deliveries") > end + 170 * 86400


# -- certificates that are replaced on disk ---------------------------------------------------------------------------


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
    """New connections see the new certificate and the new clients' CA; who is of the old one is sent away to come again."""
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
        assert (answer.status, answer.headers["Connection"]) == (503, "close"), "nobody vouches for it any more"
        assert answer.json()["type"] == "urn:tongban:problem:connect-again"
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
