# What schemathesis cannot know by itself: how the bytes of a Protobuf body are made (whole messages, from the schema), and
# that a part of a file is any bytes.
import pathlib
import sys

import schemathesis
from google.protobuf import descriptor_pool, json_format, message_factory, timestamp_pb2  # noqa: F401
from hypothesis import strategies

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "schemas"))
import openapi_components


def message_batch():
    """The class of tongban.v1.MessageBatch."""
    pool = descriptor_pool.Default()
    for file in openapi_components.descriptors().file:
        if file.package == "tongban.v1":
            pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("tongban.v1.MessageBatch"))


BATCH = message_batch()
BODIES = ["dest_received", "review_started", "signed", "withdraw_requested", "released", "case_submitted", "decided"]


@strategies.composite
def batches(draw):
    events = []
    for _ in range(draw(strategies.integers(0, 3))):
        events.append({
            "case": {"origin_region": draw(strategies.sampled_from(["370800", "140400", "", "1"])),
                     "dest_region": "140400", "source_case_no": draw(strategies.text("0123456789AB", max_size=20))},
            "occurred_at": "2026-11-22T01:00:00Z",
            "dossier": {"applicant": {"name": draw(strategies.text(max_size=20))}},
            draw(strategies.sampled_from(BODIES)): {},
        })
    return json_format.ParseDict({"events": events}, BATCH()).SerializeToString()


schemathesis.openapi.media_type("application/vnd.tongban.v1+protobuf", batches())
schemathesis.openapi.media_type("application/partial-upload", strategies.binary(max_size=1000))
