// Builds the records by which two children of a bundle ask each other for archives 档案材料调取, as the first of them holds them.
#pragma once

#include "gateway/cases/archives.hpp"
#include "gateway/cases/bundles.hpp"
#include "tests/unit/gateway/cases/story.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tongban::cases::story {

inline constexpr const char* other_region = "370200";

// The first child of a bundle, as far as that; its parent knows how far it is.
inline told child_until(const std::vector<v1::CaseEvent::BodyCase>& events) {
    told t;
    auto filing = submission();
    filing.mutable_event()->mutable_case_submitted()->mutable_parent()->set_case_id("P");
    filing.mutable_event()->mutable_case_submitted()->mutable_parent()->set_child(1);
    EXPECT_EQ(t.tell(filing), verdict::applied);
    for (const auto body : events) {
        EXPECT_EQ(t.tell(body, platform_b()), verdict::applied) << name(body);
    }
    t.state.set_parent_knows(told_status(t.state.status()));
    return t;
}

inline v1::LedgerRecord about_sibling(v1::LedgerRecord record) {
    auto& other = *record.mutable_sibling();
    other.set_case_id("TB-2");
    other.set_child(2);
    other.set_region(other_region);
    return record;
}

inline v1::LedgerRecord request(const std::vector<std::string>& codes, const v1::Sender& by = platform_b()) {
    auto r = about_sibling(record(event::kArchiveRequested, by));
    for (const auto& code : codes) {
        r.mutable_event()->mutable_archive_requested()->add_materials()->set_code(code);
    }
    return r;
}

// What child 2 asks of this one.
inline v1::LedgerRecord siblings_request(const char* number, const std::vector<std::string>& codes) {
    auto r = request(codes, gateway());
    r.mutable_event()->mutable_archive_requested()->set_request_no(number);
    return r;
}

inline v1::LedgerRecord reply(v1::ArchiveResult result, const std::vector<std::string>& codes, const char* number = "",
                       const v1::Sender& by = platform_b()) {
    auto r = record(event::kArchiveReplied, by);
    auto& said = *r.mutable_event()->mutable_archive_replied();
    said.set_archive_result(result);
    said.set_request_no(number);
    for (const auto& code : codes) {
        said.add_codes(code);
    }
    return r;
}

inline v1::LedgerRecord informed(const char* number, v1::ArchiveResult result = v1::ARCHIVE_RESULT_UNSPECIFIED) {
    auto r = record(event::kArchiveInformed, gateway());
    r.mutable_event()->mutable_archive_informed()->set_request_no(number);
    r.mutable_event()->mutable_archive_informed()->set_archive_result(result);
    return r;
}

inline v1::LedgerRecord warning(v1::SupervisionBand band, std::int64_t due_ms) {
    auto r = record(event::kSupervisionWarning, gateway());
    auto& said = *r.mutable_event()->mutable_supervision_warning();
    said.set_band(band);
    said.set_clock(v1::CLOCK_KIND_ARCHIVE);
    said.mutable_due()->set_seconds(due_ms / 1000);
    return r;
}

// The reply of child 2 is late, as the gateway says it in the case of this one.
inline v1::LedgerRecord late_reply(std::int64_t due_ms) {
    return about_sibling(warning(v1::SUPERVISION_BAND_RED, due_ms));
}

} // namespace tongban::cases::story
