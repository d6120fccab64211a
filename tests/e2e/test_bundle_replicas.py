"""Two replicas on one Kafka topic carry bundles on, each for its own partitions: everything once."""

from bundles import ORIGIN, SETTINGS, Tree, file_bundle, succeed


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


def applied(client, case_id):
    entries = client.get(f"/v1/cases/{case_id}/timeline").json()["entries"]
    return [each["event"] for each in entries if not each.get("refused_code")]
