"""Files at addresses of their senders: fetched from hosts an operator named, checked, kept and read like any file; and that
nothing else is ever called, and no case waits for it."""

import datetime
import http.server
import signal
import ssl
import threading

import pytest
import yaml

import bundles
from gateway import eventually, free_port, megabytes, now, submission
from handler import add_to_partner
from materials import pdf, put, sha256

ORIGIN, DEST = "jining-platform", "changzhi-platform"


class FileServer:
    """A city's file server: paths to (status, bytes, headers), or to a function that writes the answer itself."""

    def __init__(self, authority, name="files", port=0):
        self.paths, self.asked, self.lock = {}, [], threading.Lock()
        served = self

        class Requests(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                with served.lock:
                    served.asked.append(self.path)
                    given = served.paths.get(self.path, (404, b"not here", {}))
                if callable(given):
                    given = given(self)
                    if given is None:
                        return
                status, body, headers = given
                try:
                    self.send_response(status)
                    for key, value in headers.items():
                        self.send_header(key, value)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_):
                pass

        who = authority.parties.get(name) or authority.issue("server", name, "--dns", "localhost", "--ip", "127.0.0.1")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(who.certificate, who.key)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Requests)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def url(self, path, host="localhost"):
        return f"https://{host}:{self.port}{path}"

    def offer(self, path, body, **headers):
        self.paths[path] = (200, body, headers)
        return self.url(path)

    def count(self, path):
        with self.lock:
            return self.asked.count(path)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def files(authority):
    made = FileServer(authority)
    yield made
    made.stop()


def fetching(gateways, files, hosts=None, **settings):
    made = gateways.make({"materials": {"file_bytes_max": "2MiB", "fetch": {
        "ca": str(gateways.authority.ca), "retry_first": "100ms", **settings}}})
    add_to_partner(made, "jining.yaml", file_hosts=hosts or [{"host": "localhost", "port": files.port, "internal": True}])
    return made.start()


def file_case(gateway, number, *offered):
    event = submission(number)
    event["dossier"]["materials"] = [{"code": f"CL{i}", "name": f"材料{i}", "files": [{"name": f"{i}.pdf", **one}]}
                                     for i, one in enumerate(offered)]
    with gateway.client(ORIGIN) as origin:
        answer = origin.message(event)
    assert answer.status_code == 202, answer.text
    return answer.json()


def listed(gateway, case_id):
    with gateway.client(DEST) as client:
        return client.get(f"/v1/cases/{case_id}/materials").json()["files"]


def settled(gateway, case_id, seconds=20):
    """The case's files when none is waited for any more."""
    def look():
        found = listed(gateway, case_id)
        return found if all(each["state"] != "waiting" for each in found) else None
    return eventually(look, seconds, f"files of {case_id} are fetched or given up")


def test_file_is_fetched_kept_and_read_by_both_sides(gateways, files, number):
    gateway = fetching(gateways, files)
    data, other = pdf(300_000), pdf(2000)
    url = files.offer("/f/1?token=T%20x", data)
    receipt = file_case(gateway, number, {"url": url, "sha256": sha256(data), "size": len(data)},
                        {"url": files.offer("/f/2", other)})
    assert not receipt.get("violations"), receipt
    found = settled(gateway, receipt["case_id"])
    assert [(each["state"], each["sha256"], each["size"], each["media_type"]) for each in found] == [
        ("stored", sha256(data), len(data), "application/pdf"), ("stored", sha256(other), len(other), "application/pdf")]
    for who in (ORIGIN, DEST):
        with gateway.client(who) as client:
            for one in (data, other):
                read = client.get(f"/v1/cases/{receipt['case_id']}/materials/{sha256(one)}")
                assert read.status_code == 200 and read.content == one
    with gateway.client("qingdao-platform") as stranger:
        assert stranger.get(f"/v1/cases/{receipt['case_id']}/materials/{sha256(data)}").status_code == 404
    # The other side's delivery has the gateway's address, the sender's would be of no use to it.
    with gateway.client(DEST) as client:
        (due,) = client.get("/v1/deliveries", params={"format": "canonical"}).json()["deliveries"]
    given = [material["files"][0] for material in due["message"]["dossier"]["materials"]]
    assert [each["url"] for each in given] == [f"/v1/cases/{receipt['case_id']}/materials/{sha256(one)}"
                                               for one in (data, other)], given
    assert gateway.metric("tongban_materials_fetches_total", outcome="fetched") == 2
    eventually(lambda: gateway.metric("tongban_materials_to_fetch") == 0)
    assert files.count("/f/1?token=T%20x") == 1
    assert "token=T" not in gateway.log_text()


def yesterday():
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_what_cannot_be_had_is_told_and_given_up(gateways, files, number):
    """Each for its own reason, while the good one beside them comes."""
    gateway = fetching(gateways, files)
    good, big = pdf(1000), pdf(3 * 1024 * 1024)
    files.paths["/moved"] = (302, b"", {"Location": files.offer("/elsewhere", good)})
    files.offer("/script", b"#!/bin/sh\nrm -rf /\n" * 500)
    offers = {
        "": {"url": files.offer("/good", good)},
        "wrong_digest": {"url": files.url("/good"), "sha256": "0" * 64},
        "wrong_size": {"url": files.url("/good"), "size": 5000},
        "too_large": {"url": files.offer("/big", big)},
        "too_large ": {"url": files.url("/good"), "size": 10},
        "expired": {"url": files.url("/good"), "expires_at": yesterday()},
        "http_404": {"url": files.url("/missing")},
        "http_302": {"url": files.url("/moved")},
        "type": {"url": files.url("/script")},
        "host_not_allowed": {"url": files.url("/good", host="127.0.0.1")},
        "host_not_allowed ": {"url": f"https://localhost:{free_port()}/good"},
        "host_not_allowed  ": {"url": f"http://localhost:{files.port}/good"},
        "host_not_allowed   ": {"url": f"https://user@localhost:{files.port}/good"},
        "host_not_allowed    ": {"url": f"//localhost:{files.port}/good"},
    }
    receipt = file_case(gateway, number, *offers.values())
    # What is known at once is told at once, and is no reason to refuse the case.
    told = {violation["rule"] for violation in receipt["violations"]}
    assert told == {"file_host", "file_expired"} and all(each["warning"] for each in receipt["violations"]), receipt
    found = settled(gateway, receipt["case_id"])
    assert [each.get("failure", "") for each in found] == [code.strip() for code in offers], found
    assert found[0]["state"] == "stored" and {each["state"] for each in found[1:]} == {"failed"}
    assert files.count("/elsewhere") == 0, "redirects are not followed"
    assert gateway.metric("tongban_materials_given_up_total", code="host_not_allowed") == 5
    with gateway.client(DEST) as client:
        assert client.case(receipt["case_id"])["state"] == "QUEUED"


def test_what_may_pass_is_tried_again(gateways, files, number):
    gateway = fetching(gateways, files)
    data = pdf(5000)
    answers = [(503, b"", {}), (429, b"", {}), (500, b"", {})]
    files.paths["/late"] = lambda _: answers.pop() if answers else (200, data, {})

    def cut(request):
        if files.count("/cut") > 1:
            return 200, data, {}
        request.send_response(200)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data[:1000])
        request.wfile.flush()
        request.close_connection = True
        return None

    files.paths["/cut"] = cut
    receipt = file_case(gateway, number, {"url": files.url("/late")}, {"url": files.url("/cut")})
    assert [each["state"] for each in settled(gateway, receipt["case_id"])] == ["stored", "stored"]
    assert files.count("/late") == 4 and files.count("/cut") == 2
    assert gateway.metric("tongban_materials_fetches_total", outcome="unreachable") == 1
    assert list((gateway.folder / "data" / "uploads").iterdir()) == [], "nothing half fetched is left"


def test_names_that_lead_into_the_gateways_own_network_are_refused(gateways, files, number):
    """The list allows the host; where its name leads, or that it is an address, still counts."""
    gateway = fetching(gateways, files, hosts=[{"host": "localhost", "port": files.port},
                                               {"host": "127.0.0.1", "port": files.port},
                                               {"host": "169.254.169.254", "internal": True}])
    data = pdf(1000)
    receipt = file_case(gateway, number, {"url": files.offer("/x", data)}, {"url": files.url("/x", host="127.0.0.1")},
                        {"url": "https://169.254.169.254/latest/meta-data"})
    found = settled(gateway, receipt["case_id"])
    assert [each["failure"] for each in found] == ["address_refused"] * 3
    assert files.asked == []


def test_server_with_another_authority_is_not_believed(gateways, files, tmp_path, number):
    gateway = fetching(gateways, files, ca=str(other_authority(tmp_path)))
    receipt = file_case(gateway, number, {"url": files.offer("/x", pdf(1000))})
    assert [each["failure"] for each in settled(gateway, receipt["case_id"])] == ["untrusted"]
    assert files.asked == []


def other_authority(folder):
    from gateway import Authority
    return Authority(folder / "pki", "Another CA").ca


def test_restart_and_a_server_that_is_away_forget_nothing(gateways, authority, number):
    port = free_port()
    away = FileServer(authority, port=port)
    away.stop()
    gateway = fetching(gateways, away)
    data = pdf(1000)
    receipt = file_case(gateway, number, {"url": away.url("/x")})
    eventually(lambda: gateway.metric("tongban_materials_fetches_total", outcome="unreachable") >= 1)
    gateway.kill()
    gateway.start()
    assert [each["state"] for each in listed(gateway, receipt["case_id"])] == ["waiting"]
    back = FileServer(authority, port=port)
    try:
        back.offer("/x", data)
        assert [each["state"] for each in settled(gateway, receipt["case_id"])] == ["stored"]
    finally:
        back.stop()


def test_time_for_trying_ends(gateways, files, number):
    gateway = fetching(gateways, files, age_max="1s")
    files.paths["/busy"] = (503, b"", {})
    receipt = file_case(gateway, number, {"url": files.url("/busy")})
    (given_up,) = settled(gateway, receipt["case_id"])
    assert given_up["failure"] == "http_503" and files.count("/busy") >= 2


def test_slow_server_holds_up_nobody_else(gateways, files, number):
    """Its partner's places are taken, the others' are not; the gateway ends while it waits."""
    gateway = gateways.make({"materials": {"fetch": {"ca": str(gateways.authority.ca), "retry_first": "100ms"}}})
    for city in ("jining.yaml", "xuzhou.yaml"):
        add_to_partner(gateway, city, file_hosts=[{"host": "localhost", "port": files.port, "internal": True}])
    gateway.start()
    inside, go_on = threading.Semaphore(0), threading.Event()

    def hang(_):
        inside.release()
        go_on.wait(60)
        return 200, pdf(1000), {}

    files.paths["/hang"] = hang
    data = pdf(1000)
    slow = file_case(gateway, number, *[{"url": files.url("/hang")} for _ in range(6)])
    assert inside.acquire(timeout=10) and inside.acquire(timeout=10)
    event = submission(number + "B", origin="320300")
    event["dossier"]["materials"] = [{"code": "CL0", "name": "材料", "files": [{"name": "0.pdf",
                                                                              "url": files.offer("/quick", data)}]}]
    with gateway.client("xuzhou-platform") as origin:
        quick = origin.message(event).json()
    assert [each["state"] for each in settled(gateway, quick["case_id"])] == ["stored"]
    assert {each["state"] for each in listed(gateway, slow["case_id"])} == {"waiting"}
    assert files.count("/hang") == 2, "two of one partner at a time"
    gateway.stop()
    go_on.set()
    gateway.start()
    assert {each["state"] for each in settled(gateway, slow["case_id"])} == {"stored"}


def test_partner_without_hosts_has_its_addresses_passed_on(gateways, files, number):
    gateway = gateways.start()
    receipt = file_case(gateway, number, {"url": files.offer("/x", pdf(1000))})
    assert [each["state"] for each in listed(gateway, receipt["case_id"])] == ["elsewhere"]
    with gateway.client(DEST) as client:
        (due,) = client.get("/v1/deliveries", params={"format": "canonical"}).json()["deliveries"]
    assert due["message"]["dossier"]["materials"][0]["files"][0]["url"] == files.url("/x")
    assert files.asked == []


def test_large_file_costs_no_memory(gateways, files, number):
    size = 64 * 1024 * 1024
    gateway = fetching(gateways, files)
    gateway.stop()
    gateway.settings["materials"]["file_bytes_max"] = "128MiB"
    gateway.write_config()
    gateway.start()
    piece = pdf(1024 * 1024)

    def stream(request):
        request.send_response(200)
        request.send_header("Content-Length", str(size))
        request.end_headers()
        for _ in range(size // len(piece)):
            request.wfile.write(piece)
        return None

    files.paths["/huge"] = stream
    before = gateway.resident_bytes()
    receipt = file_case(gateway, number, {"url": files.url("/huge"), "size": size})
    (found,) = settled(gateway, receipt["case_id"], 60)
    assert found["state"] == "stored" and found["size"] == size
    assert gateway.resident_bytes() - before < megabytes(20)


def test_who_sent_it_is_told_what_was_given_up_and_repairs_it(gateways, files, number):
    gateway = fetching(gateways, files)
    other, right = pdf(1000), pdf(2000)
    gone = files.url("/gone")
    receipt = file_case(gateway, number, {"url": files.offer("/other", other), "sha256": sha256(right)}, {"url": gone})
    case_id = receipt["case_id"]
    assert [each["failure"] for each in settled(gateway, case_id)] == ["wrong_digest", "http_404"]
    with gateway.client(ORIGIN) as origin, gateway.client(DEST) as dest:
        for client in (origin, dest):
            lines = sorted((each for each in client.get(f"/v1/cases/{case_id}/timeline").json()["entries"]
                            if each["event"] == "MATERIAL_GIVEN_UP"), key=lambda each: each["said_en"])
            assert [each["said_en"].split(":")[0] for each in lines] == ["materials[0].files[0]", "materials[1].files[0]"]
            assert "内容与摘要不符" in lines[0]["said_zh"] and "文件服务器答复 HTTP 404（http_404）" in lines[1]["said_zh"], lines
            assert lines[0]["status"] == "CASE_STATUS_QUEUED" and lines[0]["recorded_at"], lines
        # What was refused is nobody's to follow; what was away may still be had by who knows its sender.
        (due,) = dest.get("/v1/deliveries", params={"format": "canonical"}).json()["deliveries"]
        given = [material["files"][0] for material in due["message"]["dossier"]["materials"]]
        assert "url" not in given[0] and given[1]["url"] == gone, given
        # Sent by PUT and named by its digest in the next event.
        assert put(origin, right).status_code == 201
        brought = {"materials": [{"name": "材料0", "files": [{"name": "0.pdf", "sha256": sha256(right)}]}]}
        assert origin.event(case_id, "shipped_to_dest", dossier=brought).status_code == 202
        assert dest.get(f"/v1/cases/{case_id}/materials/{sha256(right)}").content == right


def test_a_file_that_is_sent_instead_is_not_fetched(gateways, files, number):
    """While its address does not answer."""
    gateway = fetching(gateways, files)
    data = pdf(1000)
    files.paths["/busy"] = (503, b"", {})
    receipt = file_case(gateway, number, {"url": files.url("/busy"), "sha256": sha256(data)})
    eventually(lambda: files.count("/busy") > 1, what="it was asked for")
    with gateway.client(ORIGIN) as origin:
        assert put(origin, data).status_code == 201
    assert [each["state"] for each in settled(gateway, receipt["case_id"])] == ["stored"]


def test_a_bundles_files_are_fetched_once_for_all_children(gateways, files, number):
    """Also for children that are filed long after."""
    gateway = gateways.make({**bundles.SETTINGS, "materials": {"fetch": {"ca": str(gateways.authority.ca),
                                                                          "retry_first": "100ms"}}})
    add_to_partner(gateway, "xuzhou.yaml", file_hosts=[{"host": "localhost", "port": files.port, "internal": True}])
    gateway.start()
    event, offered = bundles.form(number), []
    for count, material in enumerate(event["dossier"]["materials"]):
        offered.append(pdf(1000))
        material["files"] = [{"name": "a.pdf", "url": files.offer(f"/bundle/{count}", offered[-1])}]
    case_id = bundles.file_bundle(gateway, number, event)
    tree = bundles.Tree(gateway, case_id)
    tree.filed(1, 4)

    def stored(case_id):
        with gateway.client(bundles.ORIGIN) as origin:
            found = origin.get(f"/v1/cases/{case_id}/materials").json()["files"]
            return found and all(each["state"] == "stored" and origin.get(
                f"/v1/cases/{case_id}/materials/{each['sha256']}").status_code == 200 for each in found)

    for each in [tree.child(1)["case_id"], tree.child(4)["case_id"], case_id]:
        eventually(lambda each=each: stored(each), what=f"the files of {each} are there")
    files.paths.clear()  # its address is gone when the others are filed
    bundles.succeed(gateway, tree, 1)
    tree.filed(1, 2, 3, 4)
    for child in (2, 3):
        eventually(lambda child=child: stored(tree.child(child)["case_id"]), what=f"the files of child {child} are there")
    assert [files.count(f"/bundle/{count}") for count in range(len(offered))] == [1] * len(offered)
