"""Certificates for tests, made by the openssl command: an authority and what it issues. Nothing here is a secret.

    authority = Authority(directory, "ca")
    certificate, key = authority.issue("gateway")            # directory/gateway.pem, directory/gateway.key
    authority.issue("broker", addresses=["127.0.0.1"], names=["localhost"])
"""

import pathlib
import subprocess


class Authority:
    """A certificate authority whose files live in `directory`; keys are P-256 and PKCS#8."""

    def __init__(self, directory, name):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.certificate, self.key = self._files(name)
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                 "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE",
                 "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                 "-keyout", self.key, "-out", self.certificate)

    def issue(self, name, addresses=(), names=(), expired=False):
        """A certificate with CN=`name` for client and server use; its path and its key's."""
        certificate, key = self._files(name)
        request = self.directory / f"{name}.csr"
        extensions = self.directory / f"{name}.ext"
        alternatives = [f"IP:{each}" for each in addresses] + [f"DNS:{each}" for each in names]
        extensions.write_text("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
                              "extendedKeyUsage=serverAuth,clientAuth\n" +
                              (f"subjectAltName={','.join(alternatives)}\n" if alternatives else ""))
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                 "-keyout", key, "-out", request)
        # A certificate that ended: its last day lies before its first.
        _openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                 "-days", "-1" if expired else "30", "-extfile", extensions, "-out", certificate)
        return certificate, key

    def _files(self, name):
        return self.directory / f"{name}.pem", self.directory / f"{name}.key"


def _openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(map(str, arguments))}: {done.stdout.decode(errors='replace')}")
