# The chart with the real tools: helm lint and template over several value sets, helm-unittest's suites, every rendered
# manifest against Kubernetes' own schemas, and values that must be refused. Given a tongban binary, the rendered
# configuration is checked by it.
#   python chart_test.py [unittest options]        TONGBAN=path of the binary
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import values_schema

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "helm/tongban"
TOOL = str(ROOT / "tests/install/tool")
VALUES = sorted((ROOT / "tests/helm/values").glob("*.yaml"))
# The oldest that the chart names, and the newest that is known.
KUBERNETES = ["1.30", "1.37"]
# Resources that are not Kubernetes' own: their schemas are their operators'.
FOREIGN = {"ServiceMonitor"}


def run(*command, check=True, **options):
    done = subprocess.run([TOOL, *map(str, command)], capture_output=True, text=True, check=False, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done


def render(*options, check=True):
    return run("helm", "template", "gov", CHART, "--namespace", "tongban", "--kube-version", "1.36.0", *options,
               check=check)


def own_manifests(text):
    return [d for d in yaml.safe_load_all(text) if d and d["kind"] not in FOREIGN]


class Chart(unittest.TestCase):
    def test_lint(self):
        for values in VALUES:
            with self.subTest(values.name):
                run("helm", "lint", "--strict", CHART, "-f", values)

    def test_suites(self):
        done = run("helm-unittest", "--strict", CHART)
        # helm-unittest finds nothing wrong when it finds no suite.
        self.assertGreaterEqual(int(re.search(r"^Tests:\s+(\d+) passed", done.stdout, re.M).group(1)), 24, done.stdout)

    def test_manifests_are_kubernetes(self):
        for values in VALUES:
            manifests = own_manifests(render("-f", values).stdout)
            kinds = {m["kind"] for m in manifests}
            self.assertLessEqual({"StatefulSet", "Service", "ConfigMap", "PodDisruptionBudget"}, kinds)
            for version in KUBERNETES:
                with self.subTest(values.name, version=version):
                    self.validate(manifests, version)

    def validate(self, manifests, version, check=True):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            yaml.safe_dump_all(manifests, file)
            file.flush()
            done = run("python", "-m", "kubernetes_validate", "--strict", "-k", version, file.name, check=check)
        if check:
            self.assertEqual((done.stdout + done.stderr).count("passed"), len(manifests), done.stdout + done.stderr)
        return done

    def test_validation_finds_a_wrong_manifest(self):
        manifests = own_manifests(render().stdout)
        stateful = next(m for m in manifests if m["kind"] == "StatefulSet")
        stateful["spec"]["template"]["spec"]["containers"][0]["readOnlyRootFileSystem"] = True
        done = self.validate(manifests, KUBERNETES[-1], check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("readOnlyRootFileSystem", done.stdout + done.stderr)

    def test_restricted_pod_security(self):
        for values in VALUES:
            for manifest in own_manifests(render("-f", values).stdout):
                if manifest["kind"] != "StatefulSet":
                    continue
                pod = manifest["spec"]["template"]["spec"]
                self.assertTrue(pod["securityContext"]["runAsNonRoot"])
                self.assertEqual(pod["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
                self.assertFalse({"hostNetwork", "hostPID", "hostIPC"} & set(pod))
                for volume in pod["volumes"]:
                    self.assertTrue({"configMap", "secret", "emptyDir"} & set(volume), volume)
                for container in pod["containers"]:
                    context = container["securityContext"]
                    self.assertEqual(context["capabilities"], {"drop": ["ALL"]})
                    self.assertFalse(context["allowPrivilegeEscalation"])
                    self.assertTrue(context["readOnlyRootFilesystem"])


class Values(unittest.TestCase):
    REFUSED = {
        "several processes on the embedded ledger": ["--set", "replicas=2"],
        "kafka without brokers": ["--set", "ledger.kind=kafka"],
        "brokers that are no addresses": ["--set", "ledger.kind=kafka,ledger.kafka.bootstrap=kafka"],
        "an unknown value": ["--set", "replicaCount=1"],
        "an unknown setting": ["--set", "config.gateway.colour=red"],
        "a setting out of range": ["--set", "config.gateway.threads=1000"],
        "a duration without its unit": ["--set-string", "config.gateway.request_timeout=5"],
        "a file that no Secret brings": ["--set", "config.deliveries.tls.key=/tmp/push.key"],
        "a setting that the chart decides": ["--set", "config.gateway.port=1"],
        "an exposed listener without its certificate": ["--set", "operations.secretName="],
        "a scraper of a listener on loopback": ["--set", "operations.exposed=false,serviceMonitor.enabled=true"],
        "root": ["--set", "podSecurityContext.runAsUser=0"],
        "a partner file that would not be read": ["--set", "partners.files.notes\\.txt=x"],
    }

    def test_refused(self):
        for what, options in self.REFUSED.items():
            with self.subTest(what):
                done = render(*options, check=False)
                self.assertNotEqual(done.returncode, 0, what)
                self.assertIn("values don't meet the specifications of the schema", done.stderr)

    def test_config_follows_the_reference(self):
        values_schema.main("--check")


class Configuration(unittest.TestCase):
    """What the chart renders is what `tongban` takes."""

    def setUp(self):
        self.tongban = os.environ.get("TONGBAN")
        if not self.tongban:
            raise AssertionError("TONGBAN names no binary: the rendered configuration cannot be checked")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def mount(self, values):
        """The files of a pod below self.root, with the paths in them moved there."""
        etc = self.root / "etc/tongban"
        shutil.rmtree(self.root / "etc", ignore_errors=True)
        maps = {m["metadata"]["name"]: m["data"] for m in own_manifests(render("-f", values).stdout)
                if m["kind"] == "ConfigMap"}
        for folder, name in [("config", "gov-tongban"), ("partners", "gov-tongban-partners"),
                             ("dialects", "gov-tongban-dialects")]:
            (etc / folder).mkdir(parents=True)
            for file, text in (maps.get(name) or {}).items():
                moved = text.replace("/etc/tongban", str(etc)).replace("/var/lib", str(self.root / "var/lib"))
                (etc / folder / file).write_text(moved, encoding="utf-8")
        if not any((etc / "partners").iterdir()):  # in a map that is there already, or still to be given
            sample = yaml.safe_load((ROOT / "tests/helm/values/embedded.yaml").read_text(encoding="utf-8"))
            (etc / "partners/sample.yaml").write_text(sample["partners"]["files"]["10-jining.yaml"], encoding="utf-8")
        for secret in ["gateway", "clients", "kafka"]:
            (etc / "tls" / secret).mkdir(parents=True)
        key, certificate = etc / "tls/gateway/tls.key", etc / "tls/gateway/tls.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-subj", "/CN=chart test", "-days", "2", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
        for copy in ["clients/ca.crt", "kafka/ca.crt", "kafka/tls.crt"]:
            shutil.copy(certificate, etc / "tls" / copy)
        shutil.copy(key, etc / "tls/kafka/tls.key")
        (etc / "s3").mkdir()
        for secret in ["accessKey", "secretKey"]:
            (etc / "s3" / secret).write_text("of a test\n", encoding="utf-8")
        return etc / "config/tongban.yaml"

    def test_accepted(self):
        for values in VALUES:
            with self.subTest(values.name):
                file = self.mount(values)
                text = re.sub(r"^ +crl: .*\n", "", file.read_text(encoding="utf-8"), flags=re.M)
                file.write_text(text, encoding="utf-8")
                done = subprocess.run([self.tongban, "config", "check", "--config", file], capture_output=True,
                                      text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_probes_are_commands_of_the_program(self):
        """Exit 3 is "nobody answers": the command line itself is right, or it were 2."""
        for values in VALUES:
            self.mount(values)
            etc = self.root / "etc/tongban"
            (etc / "tls/operator").mkdir()
            for name in ["tls.crt", "tls.key"]:
                shutil.copy(etc / "tls/gateway" / name, etc / "tls/operator" / name)
            with socket.socket() as taken:  # bound, but nobody listens
                taken.bind(("127.0.0.1", 0))
                pod = next(m for m in own_manifests(render("-f", values).stdout) if m["kind"] == "StatefulSet")
                container = pod["spec"]["template"]["spec"]["containers"][0]
                for probe in ["startupProbe", "livenessProbe", "readinessProbe"]:
                    with self.subTest(values.name, probe=probe):
                        name, *arguments = container[probe]["exec"]["command"]
                        self.assertEqual(name, "tongban")
                        moved = [a.replace("/etc/tongban", str(etc)).replace("9443", str(taken.getsockname()[1]))
                                 for a in arguments]
                        done = subprocess.run([self.tongban, *moved], capture_output=True, text=True, check=False)
                        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
