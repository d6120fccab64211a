// Collects the faults of one catalogue; the parts of the check write into it.
#pragma once

#include "gateway/cases/catalogue_check.hpp"

#include <string>
#include <utility>

namespace tongban::cases {

class catalogue_faults {
public:
    using subject = catalogue_fault::subject;

    void about(subject of, std::size_t position) {
        of_ = of;
        position_ = position;
    }
    void wrong(std::string field, std::string zh, std::string en) { add(std::move(field), std::move(zh), std::move(en), false); }
    void warn(std::string field, std::string zh, std::string en) { add(std::move(field), std::move(zh), std::move(en), true); }
    bool full() const noexcept { return wrong_ >= catalogue_faults_max; }
    std::vector<catalogue_fault> take() &&;

private:
    void add(std::string field, std::string zh, std::string en, bool warning) {
        // Each kind has its own bound: a column of warnings must not hide what is wrong.
        auto& told = warning ? warned_ : wrong_;
        if (told >= (warning ? catalogue_warnings_max : catalogue_faults_max)) {
            (warning ? more_warned_ : more_wrong_) = true;
            return;
        }
        ++told;
        found_.push_back({of_, position_, std::move(field), std::move(zh), std::move(en), warning});
    }

    std::vector<catalogue_fault> found_;
    subject of_ = subject::whole;
    std::size_t position_ = 0;
    std::size_t wrong_ = 0;
    std::size_t warned_ = 0;
    bool more_wrong_ = false;
    bool more_warned_ = false;
};

void check_items(const catalogue& read, const check_settings& settings, catalogue_faults& faults);
void check_agreements(const catalogue& read, const check_settings& settings, catalogue_faults& faults);
void check_bundles(const catalogue& read, const check_settings& settings, catalogue_faults& faults);

// Six digits that begin as a province does, GB/T 2260; withdrawn codes stay good for old data.
bool is_region_code(std::string_view region) noexcept;
// Both are days when given, and in order.
void check_validity(std::string_view from, std::string_view to, catalogue_faults& faults);
// Not below `least`, not absurd, and with a unit.
void check_limit(const v1::Limit& limit, const std::string& field, std::int32_t least, catalogue_faults& faults);
// Copies, and what is said of tolerance 容缺; of an item's material or a bundle's, at the place `in` ("materials[2].").
void check_material(const v1::CatalogueMaterial& material, const std::string& in, catalogue_faults& faults);
// Promise, statutory and supplement limits, each and against one another.
void check_limits(const v1::CatalogueItem& item, catalogue_faults& faults);
// Empty, or a social credit code that adds up.
void check_body(const v1::Organisation& body, const std::string& field, catalogue_faults& faults);

} // namespace tongban::cases
