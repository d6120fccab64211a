// May this case be sent: is its item handled at the destination, in a version, scope and way that holds, under an
// agreement, with what must be brought along. Pure; a case that may be sent costs no allocation here.
#pragma once

#include "gateway/cases/catalogue.hpp"
#include "gateway/cases/findings.hpp"

#include "tongban/v1/view.pb.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tongban::cases {

struct catalogue_judgement {
    const item_row* item = nullptr;           // the version that counts; null when refused before it was found
    const agreement_row* agreement = nullptr; // null when none is asked for: no list, or within one region
    std::vector<v1::Violation> found;         // warnings among them
    std::vector<v1::OwedMaterial> missing;    // required ones that nobody brought, where that is no reason to refuse
    std::optional<v1::BundleStarted> bundle{}; // of a filing for several items, in place of item and agreement

    bool refused() const noexcept;
};

// Of a submission or a collection; `day` is the day of receipt at +08:00, in days since 1970-01-01.
catalogue_judgement judge(const catalogue& known, const v1::CaseEvent& event, std::int32_t day,
                          const source_path_of& source_path);

// Of a filing that answers a 补正: the case runs on under the version and the agreement that it was routed under, whatever the
// catalogue says since. Nothing when that version is not there any more.
catalogue_judgement judge_answer(const catalogue& known, const v1::CaseEvent& event, const v1::CaseState& standing,
                                 const source_path_of& source_path);

// Regions between which an item of the scope may be sent.
bool within_scope(v1::ServiceScope scope, std::string_view origin, std::string_view destination) noexcept;

// Codes at the region that `code` was perhaps meant to be, the likeliest first, at most three.
std::vector<std::string_view> nearest_codes(const catalogue& known, std::string_view region, std::string_view code);

} // namespace tongban::cases
