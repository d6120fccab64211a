// Which cases a filing for several items 一件事 becomes, by the catalogue's bundle: every child is judged as if it were filed
// by itself, and what refuses one refuses the whole. Pure; the plan then travels in the parent's record.
#pragma once

#include "gateway/cases/bilingual.hpp"
#include "gateway/cases/catalogue_rules.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tongban::cases {

struct bundle_judgement {
    v1::BundleStarted plan;           // complete when nothing in `found` refuses
    std::vector<v1::Violation> found; // warnings among them

    bool refused() const noexcept;
};

// The number of a child's case, and what such a number says: the parent's, and which child. Nullopt: no bundle gives it.
std::string child_case_no(std::string_view parent_case_no, std::uint32_t child);
struct child_number {
    std::string_view parent_case_no;
    std::uint32_t child = 0;
};
std::optional<child_number> child_number_of(std::string_view source_case_no) noexcept;

// Which child a sentence is about: its number, and its item by name and code.
bilingual words_of(const v1::BundleChild& child);

// `filed` with its dossier; `day` as judge() takes it. Precondition: filed.case_submitted.bundle_code is not empty.
bundle_judgement plan_bundle(const catalogue& known, const v1::CaseEvent& filed, std::int32_t day,
                             const source_path_of& source_path);

} // namespace tongban::cases
