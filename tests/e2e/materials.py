"""Files that tests send, and cases that reference them."""

import base64
import hashlib
import uuid

from gateway import submission

PDF = b"%PDF-1.7\n"


def pdf(size, seed=None):
    """A file of that size that looks like a PDF and is no other's."""
    text = PDF + (seed or uuid.uuid4().hex).encode() + b"\n"
    return (text + b"0123456789abcdef" * (size // 16 + 1))[:max(size, len(text))]


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def digest_field(data, algorithm="sha256"):
    name = {"sha256": "sha-256", "sm3": "sm3"}[algorithm]
    return f"{name}=:{base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}:"


def put(client, data, **headers):
    return client.request("PUT", "/v1/materials", data=data,
                          headers={name.replace("_", "-"): value for name, value in headers.items()})


def with_file(number, *digests, **members):
    files = [{"name": f"材料{n}.pdf", "sha256": digest} for n, digest in enumerate(digests)]
    return submission(number, dossier={"materials": [{"code": "01", "name": "身份证明", "files": files}]}, **members)


def file_case(client, number, *digests, **members):
    """A case that references these files; its id."""
    answer = client.message(with_file(number, *digests, **members))
    assert answer.status_code == 202, answer.text
    return client.find(number)[0]["case"]["case_id"]


def with_content(number, data, **file):
    files = [{"name": "照片.pdf", "content": base64.b64encode(data).decode(), **file}]
    return submission(number, dossier={"materials": [{"code": "01", "name": "身份证明", "files": files}]})


def stored(gateway):
    """Names of all files in the object store, and whatever is half written there or in the staging folder."""
    folder = gateway.folder / "data" / "materials"
    names = {path.name for path in folder.glob("??/??/*") if not path.read_bytes().startswith(b"tongban leaving\n")}
    return names, list((folder / "tmp").iterdir()), list((gateway.folder / "data" / "uploads").iterdir())
