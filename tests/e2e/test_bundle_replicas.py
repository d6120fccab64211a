"""Two replicas on one Kafka topic carry bundles on, each for its own partitions: everything once."""

from archives import ask, give, is_answered, is_asked, lines, open_children
from bundles import ORIGIN, SETTINGS, Tree, file_bundle, succeed
from handler import Handler, add_to_partner, caller_settings


def test_two_replicas_carry_a_bundle_on_once(gateways, kafka, number):
    settings = {**kafka.settings(), **SETTINGS}
    first = gateways.start(settings, name="bundle-replica-1")
    second = gateways.start(settings, name="bundle-replica-2")
    trees = [Tree(second, file_bundle(first, f"{number[:30]}-{i}")) for i in range(6)]
    for tree in trees:
        tree.filed(1, 4)
        succeed(first, tree, 1)
        tree.filed(1, 2, 3, 4)
        for child, at in ((4, second), (2, first), (3, second)):
            succeed(at, tree, child)
        tree.ends("CLOSED", "COMPLETED")
    with first.client(ORIGIN) as client:
        for tree in trees:
            assert applied(client, tree.case_id).count("BUNDLE_CLOSED") == 1
            for child in tree.now()["children"]:
                assert applied(client, child["case_id"]).count("CASE_SUBMITTED") == 1


def test_two_replicas_have_each_child_decided_once(gateways, kafka, number):
    handler = Handler(gateways.authority)
    try:
        replicas = []
        settings = {**kafka.settings(), **SETTINGS, **caller_settings(gateways.authority)}  # one topic for both
        for name in ("deciding-replica-1", "deciding-replica-2"):
            replica = gateways.make(settings, name=name)
            add_to_partner(replica, "jining.yaml", automatic=[{
                "name": "rules", "items": ["*"], "dialect": "canonical", "url": handler.url, "timeout_ms": 700,
                "pins": [{"san_dns": "localhost"}]}])
            replicas.append(replica.start())
        trees = [Tree(replicas[0], file_bundle(replicas[0], f"{number[:30]}-{i}")) for i in range(6)]
        for tree in trees:
            tree.reaches(1, "SUCCEEDED")
            tree.filed(1, 2, 3, 4)
        with replicas[0].client(ORIGIN) as client:
            for tree in trees:
                assert applied(client, tree.child(1)["case_id"]).count("DECIDED") == 1
        assert len(handler.asked) == len(trees), "each was asked about once"
    finally:
        handler.stop()


def test_two_replicas_carry_archives_over_once(gateways, kafka, number):
    settings = {**kafka.settings(), **SETTINGS}
    first = gateways.start(settings, name="archive-replica-1")
    second = gateways.start(settings, name="archive-replica-2")
    for i in range(4):
        _, asking, asked = open_children(first, f"{number[:30]}-{i}")
        ask(second, asking)
        is_asked(first, asked)
        give(second, asked, [{"code": "DA01", "name": "参保缴费凭证", "paper_copies": 1}], codes=["DA01"],
             archive_result="ARCHIVE_RESULT_PARTLY_GRANTED")
        is_answered(first, asking, "PARTLY_GRANTED")
        for case_id in (asking, asked):
            for event in ("ARCHIVE_REQUESTED", "ARCHIVE_REPLIED"):
                assert len(lines(first, ORIGIN, case_id, event)) == 1


def applied(client, case_id):
    entries = client.get(f"/v1/cases/{case_id}/timeline").json()["entries"]
    return [each["event"] for each in entries if not each.get("refused_code")]
