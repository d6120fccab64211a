#!/usr/bin/env python3
"""CPU per request and per handshake, and memory per idle connection, of our HTTP server and of nginx, in one run.

Both read the same body over mutual TLS and answer 202, with the same certificates, threads and load. Figures are CPU
time of the server's processes (user and system) from /proc/<pid>/task/*/schedstat, so a busy machine disturbs them
less than wall-clock time would; still, read the ratios. The two take turns within each round, and the median counts.

    tests/bench/http/run.py --build build/release [--json]
"""
import argparse
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent


def make_certificates(folder):
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/O=Tongban Bench/CN=CA", "-keyout", "ca.key", "-out", "ca.pem")
    for name, extension in (("server", "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n"),
                            ("client", "subjectAltName=URI:tongban://370800/platform\nextendedKeyUsage=clientAuth\n")):
        (folder / f"{name}.ext").write_text(extension)
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", f"/O=Tongban Bench/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        openssl("x509", "-req", "-days", "2", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-extfile", f"{name}.ext", "-out", f"{name}.pem")


def processes(pid):
    """The process and its children."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def cpu_seconds(pid):
    total = 0
    for process in processes(pid):
        for task in pathlib.Path(f"/proc/{process}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def memory_kb(pid):
    """Private and shared memory in use, each shared page counted once per sharer's part (Pss)."""
    total = 0
    for process in processes(pid):
        for line in pathlib.Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for_port(port, process):
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"server on port {port} did not start")


class Tongban:
    name = "tongban"

    def __init__(self, build, folder, threads, log=None):
        command = [build / "tests/bench/http/bench_http_server", "--cert", folder / "server.pem", "--key",
                   folder / "server.key", "--ca", folder / "ca.pem", "--threads", str(threads)]
        if log:
            command.append("--log")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        stderr=log or None)
        self.port = json.loads(self.process.stdout.readline())["port"]
        self.pid = self.process.pid

    def stop(self):
        self.process.stdin.close()
        self.process.wait(20)


class TongbanWithLog(Tongban):
    name = "tongban with request log"

    def __init__(self, build, folder, threads):
        with open(folder / "requests.log", "w") as log:
            super().__init__(build, folder, threads, log)


class Nginx:
    name = "nginx"

    def __init__(self, _build, folder, threads, crl=None):
        """`crl`: the revocation list that it asks at each handshake, as the server beside it does."""
        nginx = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if nginx is None:
            raise SystemExit("nginx is missing: install nginx-light and libnginx-mod-http-echo")
        self.port = free_port()
        text = (HERE / "nginx.conf.in").read_text()
        for key, value in (("threads", threads), ("folder", folder), ("port", self.port),
                           ("crl", f"ssl_crl {crl};" if crl else "")):
            text = text.replace(f"@{key}@", str(value))
        (folder / "nginx.conf").write_text(text)
        self.process = subprocess.Popen([nginx, "-p", folder, "-e", folder / "error.log", "-c", folder / "nginx.conf"])
        self.pid = self.process.pid
        wait_for_port(self.port, self.process)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


def load(build, folder, server, *arguments, hold=False):
    command = [build / "tests/bench/http/load", "--port", str(server.port), "--cert", folder / "client.pem", "--key",
               folder / "client.key", "--ca", folder / "ca.pem", *map(str, arguments)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if hold:
        return process, json.loads(process.stdout.readline())
    output, _ = process.communicate()
    result = json.loads(output)
    if process.returncode != 0 or set(result["by_status"]) != {"202"}:
        raise SystemExit(f"{server.name}: not every request was answered 202: {output}")
    return result


def measure(build, folder, server, options):
    figures = {}
    body = ["--body", folder / "body", "--field", "Content-Type: application/json"]

    def cpu_of(count, *arguments):
        before = cpu_seconds(server.pid)
        result = load(build, folder, server, *body, "--count", count, *arguments)
        return (cpu_seconds(server.pid) - before) / count * 1e6, result

    cpu_of(options.requests // 10, "--connections", 64)  # warm
    figures["request_us"], closed = cpu_of(options.requests, "--connections", 64)
    figures["closed_per_second"] = closed["per_second"]
    if options.rate:
        figures["request_at_rate_us"], opened = cpu_of(options.rate * 3, "--connections", 64, "--rate", options.rate)
        figures["at_rate_p50_ms"], figures["at_rate_p99_ms"] = opened["p50_ms"], opened["p99_ms"]
    full, _ = cpu_of(options.handshakes, "--mode", "handshakes", "--connections", 8)
    resumed, _ = cpu_of(options.handshakes, "--mode", "handshakes", "--connections", 8, "--resume")
    figures["handshake_us"] = full - figures["request_us"]
    figures["resumed_us"] = resumed - figures["request_us"]
    before = memory_kb(server.pid)
    process, _ = load(build, folder, server, *body, "--mode", "idle", "--connections", options.idle, hold=True)
    figures["idle_kb"] = (memory_kb(server.pid) - before) / options.idle
    process.stdin.close()
    process.wait()
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="build folder of a release build")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--requests", type=int, default=100000)
    parser.add_argument("--handshakes", type=int, default=1000)
    parser.add_argument("--idle", type=int, default=2000)
    parser.add_argument("--rate", type=int, default=2000, help="requests a second of the open loop; 0: none")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true", help="exit 1 when a goal of docs/performance.md is missed")
    options = parser.parse_args()
    options.build = options.build.resolve()
    rounds = {}
    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as name:
        folder = pathlib.Path(name)
        os.chmod(folder, 0o755)  # nginx's workers are another user
        make_certificates(folder)
        text = json.dumps({"number": "{{n}}", "text": "x" * 2000})
        (folder / "body").write_text(text)
        for _ in range(options.rounds):
            for kind in (Tongban, Nginx, TongbanWithLog):
                server = kind(options.build, folder, options.threads)
                try:
                    for figure, value in measure(options.build, folder, server, options).items():
                        rounds.setdefault(kind.name, {}).setdefault(figure, []).append(value)
                finally:
                    server.stop()
    median = {who: {f: statistics.median(v) for f, v in figures.items()} for who, figures in rounds.items()}
    ratio = {f: median["tongban"][f] / median["nginx"][f] for f in median["nginx"]}
    if options.json:
        json.dump({"median": median, "ratio_to_nginx": ratio, "rounds": rounds, "load": os.getloadavg()[0]}, sys.stdout)
        print()
    else:
        print(f"{'':20}" + "".join(f"{who:>28}" for who in median) + f"{'tongban : nginx':>20}")
        for figure in median["nginx"]:
            print(f"{figure:20}" + "".join(f"{median[who][figure]:28.2f}" for who in median)
                  + f"{ratio[figure]:20.2f}")
    missed = [goal for goal, met in {
        "CPU per request at most 1.25 times nginx": ratio["request_us"] <= 1.25,
        "CPU per full handshake at most 1.1 times nginx": ratio["handshake_us"] <= 1.1,
        "at most 35 KB per idle connection": median["tongban"]["idle_kb"] <= 35,
    }.items() if not met]
    if options.check and missed:
        sys.exit("missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
