"""What no case references is collected: by a running gateway, and by hand."""

import json

from gateway import eventually, run
from materials import file_case, pdf, put, sha256, stored, with_content, with_file

ORIGIN = "jining-platform"


def test_unreferenced_files_are_collected(gateways, number):
    short = {"materials": {"tidy_every": "1s", "unreferenced_age_max": "4s", "unfinished_age_max": "4s"}}
    gateway = gateways.start(short, name="collected")
    kept, lost = pdf(2000), pdf(2000)
    with gateway.client(ORIGIN) as origin:
        assert put(origin, kept).status_code == 201 and put(origin, lost).status_code == 201
        case_id = file_case(origin, number, sha256(kept))
        begun = put(origin, b"", Upload_Complete="?0")
        assert begun.status_code == 201
        eventually(lambda: stored(gateway) == ({sha256(kept)}, [], []), 30, "what nobody references is gone")
        assert origin.request("HEAD", begun.headers["Location"]).status_code == 404
        assert origin.get(f"/v1/cases/{case_id}/materials/{sha256(kept)}").content == kept
        # What was collected must be sent again; what is in a case may be used in another.
        assert origin.message(with_file(f"{number}A", sha256(lost))).status_code == 422
        assert origin.message(with_file(f"{number}B", sha256(kept))).status_code == 202
    assert gateway.metric("tongban_materials_collected_total") >= 3 and gateway.metric("tongban_materials_expired_total") == 1


def test_the_commands_list_collect_and_verify(gateways, number):
    gateway = gateways.start({"materials": {"unreferenced_age_max": "1s"}}, name="commands")
    kept, lost = pdf(3000), pdf(4000)
    with gateway.client(ORIGIN) as origin:
        # Its age counts from here; a reference must come while it is young.
        assert put(origin, lost).status_code == 201
        inline = pdf(100_000)
        assert origin.message(with_content(number, inline)).status_code == 202
        assert put(origin, kept).status_code == 201
    busy = run("materials", "list", "--config", gateway.config)
    assert busy.returncode == 3, busy.stderr
    gateway.stop()
    listed = [json.loads(line) for line in run("materials", "list", "--json", "--config", gateway.config).stdout.splitlines()]
    assert {(each["sha256"], each["referenced"]) for each in listed} >= {
        (sha256(kept), False), (sha256(lost), False), (sha256(inline), True)}
    eventually(lambda: json.loads(run("materials", "gc", "--json", "--config", gateway.config).stdout)["old"] >= 2, 10,
               "they are old")
    counted = json.loads(run("materials", "gc", "--json", "--config", gateway.config).stdout)
    assert counted["removed"] == 0 and sha256(lost) in stored(gateway)[0]
    removed = json.loads(run("materials", "gc", "--json", "--remove", "--config", gateway.config).stdout)
    assert removed["removed"] == removed["old"] >= 4  # with the notes of who sent them
    assert stored(gateway)[0] == {sha256(inline)}
    told = run("materials", "gc", "--config", gateway.config).stdout
    assert "材料清理：" in told and "个文件，无引用 " in told and "materials gc: " in told, "in both languages"
    assert "有办件引用 referenced" in run("materials", "list", "--config", gateway.config).stdout
    whole = run("materials", "verify", "--config", gateway.config)
    assert whole.returncode == 0 and "0 damaged" in whole.stdout and "已损坏 0 个" in whole.stdout, whole.stdout + whole.stderr
    digest = sha256(inline)
    file = gateway.folder / "data" / "materials" / digest[:2] / digest[2:4] / digest
    file.write_bytes(b"other")
    damaged = run("materials", "verify", "--config", gateway.config)
    assert damaged.returncode == 1 and f"damaged {sha256(inline)}" in damaged.stdout
    file.unlink()
    missing = run("materials", "verify", "--config", gateway.config)
    assert missing.returncode == 1 and f"missing {sha256(inline)}" in missing.stdout
