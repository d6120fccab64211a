"""A file of more than two gigabytes: sent and read back over mutual TLS with the memory of a small one."""

import shutil
import uuid

from gateway import eventually, megabytes
from large_files import BLOCK, Made, Memory, read, send
from materials import file_case, sha256

ORIGIN, DEST = "jining-platform", "changzhi-platform"
SIZE = 2 * 1024 ** 3 + 4097  # its last bytes are beyond what 31 bits count
FREE_GIGABYTES = 5


def test_two_gigabytes_are_sent_and_read_with_constant_memory(gateways, number):
    gateway = gateways.start(name="large")
    free = shutil.disk_usage(gateway.folder).free
    assert free >= FREE_GIGABYTES * 10 ** 9, \
        f"{gateway.folder} has {free / 10 ** 9:.1f} GB free: this test keeps a file of 2 GB and needs {FREE_GIGABYTES}"
    kept = gateway.folder / "data" / "materials"
    try:
        # What a first file costs once is not the large one's.
        small = send(gateway, ORIGIN, Made(8 * BLOCK, uuid.uuid4()))
        with gateway.client(ORIGIN) as origin:
            assert read(gateway, ORIGIN, file_case(origin, number + "A", small), small) == 8 * BLOCK
        made = Made(SIZE, uuid.uuid4())
        with Memory(gateway) as sending:
            name = send(gateway, ORIGIN, made)
        [whole] = kept.glob(f"*/*/{name}")
        assert whole.stat().st_size == SIZE and not list((kept / "tmp").iterdir())
        assert not list((gateway.folder / "data" / "uploads").iterdir()), "nothing is kept a second time"
        with gateway.client(ORIGIN) as origin, gateway.client(DEST) as dest:
            case_id = file_case(origin, number, name)
            with Memory(gateway) as reading:
                assert read(gateway, DEST, case_id, name) == SIZE
            for first, last in ((2 ** 31 - 5000, 2 ** 31 + 4096), (SIZE - 3, SIZE - 1), (0, 99), (SIZE // 2, SIZE // 2 + 3 * BLOCK)):
                part = dest.get(f"/v1/cases/{case_id}/materials/{name}", headers={"Range": f"bytes={first}-{last}"})
                assert part.status_code == 206 and part.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
                assert sha256(part.content) == sha256(made.part(first, last)), (first, last)
        for what, memory in (("sent", sending), ("read", reading)):
            told = f"{what}: {memory.grown / 1e6:.1f} MB of anonymous memory more, resident {memory.peak / 1e6:.1f} MB more at most"
            print(told)
            assert max(memory.grown, memory.peak) < megabytes(20), told
        eventually(lambda: gateway.metric("tongban_materials_reading") == 0, what="the place is given back")
        gateway.stop()
    finally:
        gateway.close()
        shutil.rmtree(kept)  # pytest keeps the folders of three runs
