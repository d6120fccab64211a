// Records: equal content gives equal ids on every replica; different content, case or sender does not.
#include "gateway/ledger/record.hpp"

#include <gtest/gtest.h>

namespace tongban::ledger {
namespace {

v1::CaseEvent filed(const std::string& name) {
    v1::CaseEvent event;
    event.mutable_case_()->set_case_id("TB370800AAAAAAAAAAAAAAAAAAAAAAAAAA");
    event.mutable_case_submitted()->set_window_id("W");
    event.mutable_dossier()->mutable_applicant()->set_name(name);
    return event;
}

record_facts facts_of(const std::string& region) {
    record_facts facts;
    facts.sender.set_region(region);
    facts.sender.set_partner(region + "-platform");
    return facts;
}

v1::LedgerRecord record_of(v1::CaseEvent event, const record_facts& facts) {
    v1::LedgerRecord record;
    make_record(std::move(event), facts, record);
    return record;
}

TEST(Record, SameContentHasTheSameIdWhoeverOfTheRegionSendsIt) {
    auto other_partner = facts_of("370800");
    other_partner.sender.set_partner("jining-window");
    other_partner.received_at += std::chrono::hours(1);
    EXPECT_EQ(record_of(filed("甲"), facts_of("370800")).event_id(), record_of(filed("甲"), other_partner).event_id());
}

TEST(Record, OtherContentCaseOrRegionHasAnotherId) {
    const auto id = record_of(filed("甲"), facts_of("370800")).event_id();
    EXPECT_EQ(id.size(), 16u);
    EXPECT_NE(id, record_of(filed("乙"), facts_of("370800")).event_id());
    EXPECT_NE(id, record_of(filed("甲"), facts_of("140400")).event_id());
    auto other_case = filed("甲");
    other_case.mutable_case_()->set_case_id("TB370800BBBBBBBBBBBBBBBBBBBBBBBBBB");
    EXPECT_NE(id, record_of(other_case, facts_of("370800")).event_id());
}

TEST(Record, RenewedClaimDoesNotMakeARetryAnotherEvent) {
    auto renewed = filed("甲");
    renewed.set_fencing_token(7);
    const auto record = record_of(renewed, facts_of("370800"));
    EXPECT_EQ(record.event_id(), record_of(filed("甲"), facts_of("370800")).event_id());
    EXPECT_EQ(record.event().fencing_token(), 7u);
}

TEST(Record, IdempotencyKeyStandsForTheContent) {
    auto keyed = facts_of("370800");
    keyed.idempotency_key = "k-1";
    const auto id = record_of(filed("甲"), keyed).event_id();
    EXPECT_EQ(id, record_of(filed("乙"), keyed).event_id());
    keyed.part = 1;
    EXPECT_NE(id, record_of(filed("甲"), keyed).event_id());
    keyed.part = 0;
    keyed.sender.set_partner("another");
    EXPECT_NE(id, record_of(filed("甲"), keyed).event_id()) << "a key is its partner's own";
    keyed = facts_of("370800");
    keyed.idempotency_key = "k-1";
    auto released = filed("甲");
    released.mutable_released();
    EXPECT_NE(id, record_of(released, keyed).event_id()) << "and of one kind of event";
}

TEST(Record, PeopleAreOnlyInTheSealedPartAndComeBack) {
    const auto record = record_of(filed("测试甲"), facts_of("370800"));
    EXPECT_FALSE(record.event().has_dossier());
    EXPECT_EQ(record.event().SerializeAsString().find("测试甲"), std::string::npos);
    EXPECT_EQ(open_event(record).dossier().applicant().name(), "测试甲");
}

TEST(Record, DossierOfAnUnknownSealingIsNotOpened) {
    auto record = record_of(filed("甲"), facts_of("370800"));
    record.set_sealing(v1::SEALING_UNSPECIFIED);
    EXPECT_FALSE(open_event(record).has_dossier());
}

} // namespace
} // namespace tongban::ledger
