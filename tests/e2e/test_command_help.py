"""What `--help` shows runs as it stands, and what is typed wrong is refused in both languages."""

import re
import shutil
import subprocess

import pytest

from gateway import EXAMPLE, ROOT, binary, run, submission

BOTH = re.compile("[\u4e00-\u9fff].*[A-Za-z]{4}", re.DOTALL)
EXAMPLE_ID = "TB3708000ZPS21RGP5MJKSHAM8PH9SQFHZ"


def help_of(path=()):
    """(words, text) of each command below, the program itself left out."""
    done = run(*path, "--help")
    assert done.returncode == 0, done.stderr
    if path:
        yield " ".join(path), done.stdout
    _, _, below = done.stdout.partition("Subcommands:\n")
    for name in re.findall(r"^  ([a-z]+)  ", below.partition("\n\n")[0], re.MULTILINE):
        yield from help_of((*path, name))


HELP = dict(help_of())


def examples_of(text):
    """The lines under Example(s), those that a backslash breaks put together."""
    _, _, below = text.partition("Example")
    lines = below.replace("\\\n", " ").splitlines()[1:]
    shown = []
    for line in lines:
        if not line.startswith("  "):
            break
        shown.append(line.strip())
    return shown


@pytest.mark.parametrize("command", HELP)
def test_help_shows_examples_of_the_command_itself(command):
    shown = [line for line in examples_of(HELP[command]) if not line.startswith("WHO=")]
    assert shown and all(f"tongban {command} " in line + " " for line in shown), HELP[command]
    assert not any("…" in line for line in shown), "what is shown can be typed"


def ends_by_itself(command):
    """Not a gateway or a city that goes on, and nothing that needs brokers or a second ledger."""
    return command.split()[0] not in ("serve", "quickstart", "emulate", "partner") and command != "ledger copy"


# Examples that rightly do not end with 0 where they are tried here.
OTHER_CODES = {
    "tongban deadletter show": 3,  # with a certificate: this listener is plain HTTP
    "tongban deadletter replay TB": 1, "tongban deadletter discard TB": 1,  # no such delivery
    "tongban probe livez": 3,
    "tongban case read": 1,  # nothing was sent back
    "tongban case event": 1,  # fencing token 1 was of the claim before
    "tongban case release": None, "tongban case claim": None,
    "tongban catalogue import": 0,
    "tongban pki init": None, "tongban pki issue": None,
}


@pytest.fixture(scope="module")
def desk(gateways, gateway):
    """A folder that has every file which an example names, of a gateway that was stopped."""
    stopped = gateways.start(name="desk")
    stopped.stop()
    folder = stopped.folder
    for party, name in (("jining-window-1", "window"), ("jining-platform", "jining"), ("jining-window-1", "operator")):
        shutil.copy(gateway.authority.parties[party].certificate, folder / f"{name}.pem")
        shutil.copy(gateway.authority.parties[party].key, folder / f"{name}.key")
    shutil.copy(gateway.authority.ca, folder / "ca.pem")
    shutil.copytree(EXAMPLE / "messages", folder / "messages")
    for name, of in (("apply.xml", "messages/JINING-01-gjj-apply.xml"), ("jining-new.yaml", "dialects/jining.yaml")):
        shutil.copy(EXAMPLE / of, folder / name)
    for name in ("items.yaml", "agreements.yaml"):
        shutil.copy(EXAMPLE / name, folder / name)
    (folder / "old").mkdir()
    for name in ("items.yaml", "agreements.yaml"):
        shutil.copy(EXAMPLE / name, folder / "old" / name)
    shutil.copy(ROOT / "schemas" / "calendars" / "cn.yaml", folder / "calendar.yaml")
    shutil.copy(EXAMPLE / "items.yaml", folder / "事项.yaml")
    assert run("catalogue", "import", folder / "items.yaml", folder / "agreements.yaml", "--output",
               folder / "catalogue.binpb").returncode == 0
    (folder / "bin").mkdir()
    (folder / "bin" / "tongban").symlink_to(binary())
    if not (folder / "tongban.yaml").exists():
        shutil.copy(stopped.config, folder / "tongban.yaml")
    return folder


@pytest.mark.parametrize("command", filter(ends_by_itself, HELP))
def test_examples_run_as_they_stand(command, desk, gateway, number):
    with gateway.client("changzhi-platform") as client:
        case_id = client.message(submission(number, origin="140400", dest="370800")).json()["case_id"]
    environment = {"PATH": f"{desk / 'bin'}:/usr/bin:/bin", "TONGBAN_URL": f"https://127.0.0.1:{gateway.port}"}
    for line in examples_of(HELP[command]):
        if "事项.xlsx" in line:
            line = line.replace("事项.xlsx 材料.csv", "事项.yaml")
        line = line.replace(EXAMPLE_ID, case_id).replace("--port 9443", f"--port {gateway.operations_port}")
        line = re.sub(r"^(tongban (?:deadletter \w+|probe))", rf"\1 --port {gateway.operations_port}", line) \
            if "--port" not in line else line
        done = subprocess.run(["bash", "-c", line], cwd=desk, env=environment, capture_output=True, text=True, timeout=60,
                              check=False)
        told = f"{line}\n{done.returncode}\n{done.stdout[:400]}\n{done.stderr[:400]}"
        assert "用法有误" not in done.stderr and done.returncode != 2, told
        expected = next((code for begin, code in OTHER_CODES.items() if begin in re.sub(r" --port \d+", "", line)), 0)
        assert expected is None or done.returncode == expected, told


WRONG = [
    ["nonsense"], ["--nonsense"], ["case"], ["case", "nonsense"], ["case", "claim"], ["config", "check"],
    ["config", "check", "--config", "nowhere.yaml"], ["send", "nowhere.xml"], ["inbox", "--cert", "nowhere.pem"],
    ["calendar", "show", "--year", "x"], ["calendar", "check", "--file", "nowhere.yaml"], ["calendar", "due", "2026-13-01", "15"],
    ["probe", "nonsense"], ["probe", "--port", "70000"], ["probe", "--cert", "nowhere.pem"],
    ["pki", "issue", "window", "w", "--region", "37"], ["pki", "issue", "window", "w", "--region", "3708000"],
    ["pki", "issue", "king", "w", "--region", "370800"],
    ["catalogue", "show", EXAMPLE / "items.yaml", "--region", "37"], ["catalogue", "show", EXAMPLE / "items.yaml", "--limit", "-1"],
    ["catalogue", "check", EXAMPLE / "items.yaml", "--partners", "nowhere"],
    ["report", "--from", "2026-09-01", "--to", "x"], ["report", "--from", "2026-09-01", "--to", "2026-09-30", "--origin", "37"],
    ["deadletter", "list", "--region", "37"], ["deadletter", "replay", "--operator", "1", "--reason", "x"],
    ["ledger", "dump", "--config", "x.yaml", "--limit", "-1"], ["ledger", "dump", "--config", "x.yaml", "--from", "-1"],
    ["ledger", "dump", "--config", "x.yaml", "--case", "TB1"], ["ledger", "reconcile"],
    ["dialect", "check", "nowhere.yaml"], ["dialect", "try", "nowhere.yaml", "x"], ["quickstart", "--example", "/tmp"],
    ["partner", "acl", "37", "--config", "x.yaml"],
]


@pytest.mark.parametrize("words", WRONG, ids=lambda words: " ".join(map(str, words))[:60])
def test_what_is_typed_wrong_is_refused_in_both_languages(words, tmp_path):
    done = run(*words, cwd=tmp_path)
    said = done.stderr + done.stdout
    assert done.returncode == 2 and BOTH.search(said.partition("用法有误 / usage: ")[2] or said), said


def test_what_is_wrong_with_partner_files_is_said_where_a_catalogue_is_held_against_them(tmp_path):
    shutil.copytree(EXAMPLE / "partners", tmp_path / "partners")
    wrong = tmp_path / "partners" / "jining.yaml"
    wrong.write_text(wrong.read_text().replace("role: window", "role: king", 1))
    done = run("catalogue", "check", EXAMPLE / "items.yaml", "--partners", tmp_path / "partners")
    assert done.returncode == 2 and f"{wrong}:" in done.stderr, done.stderr
    assert "partner check" not in done.stderr, "there is no such command"


def test_a_partition_or_a_case_that_the_ledger_does_not_have_is_no_success(desk):
    config = desk / "tongban.yaml"
    beyond = run("ledger", "dump", "--config", config, "--partition", "99")
    assert beyond.returncode == 2 and BOTH.search(beyond.stderr) and beyond.stdout == "", beyond
    none = run("ledger", "dump", "--config", config, "--case", EXAMPLE_ID)
    assert none.returncode == 1 and EXAMPLE_ID in none.stderr and BOTH.search(none.stderr), none
    assert run("ledger", "dump", "--config", config, "--partition", "0", "--limit", "1").returncode == 0


def test_config_check_says_what_was_checked(desk):
    said = run("config", "check", "--config", desk / "tongban.yaml").stdout
    for words in (f"{desk / 'tongban.yaml'}: 正确 / ok", "警告 warnings", "接入单位 partners [1-9]", "报文格式 dialects 6",
                  "事项版本 item versions ", "协议 agreements ", "日历 / calendar: 2026.1 内置 built-in，年度 years 3，止 until 2026-12-31"):
        assert re.search(words, said), said


def test_the_script_in_the_documentation_is_what_it_says(desk, gateway):
    text = (ROOT / "docs" / "emulator.md").read_text()
    script = desk / "documented.yaml"
    who = gateway.authority.parties["changzhi-platform"]

    def emulated():
        return run("emulate", "changzhi-platform", "--config", desk / "tongban.yaml", "--certificate", who.certificate, "--key",
                   who.key, "--ca", gateway.authority.ca, "--gateway", "https://127.0.0.1:1", "--script", script)

    script.write_text(re.search(r"```yaml\n(speak:.*?)```", text, re.DOTALL)[1])
    assert emulated().returncode == 3, "no mistake in it: the gateway is what is not there"
    script.write_text("cases: [{name: hasty, steps: [receive, close]}]\n")
    said = emulated()
    assert said.returncode == 2 and "close (CASE_CLOSED) is not possible in state DEST_RECEIVED" in said.stderr, said


def test_a_dialect_is_compared_only_by_samples_that_it_reads():
    dialect, sample = EXAMPLE / "dialects" / "jining.yaml", EXAMPLE / "messages" / "JINING-01-gjj-apply.xml"
    done = run("dialect", "diff", dialect, dialect, sample, ROOT / "README.md")
    assert (done.returncode, done.stdout) == (0, "1 个样例没有差别 / no difference in 1 samples\n"), done
    assert "未作比较" in done.stderr and "not compared" in done.stderr, done.stderr
    nothing = run("dialect", "diff", dialect, dialect, ROOT / "README.md")
    assert nothing.returncode == 1, "green would say that something was compared"
