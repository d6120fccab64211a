// Limits of items: each by itself, and the promise against the law's, whatever their units.
#include "gateway/cases/catalogue_faults.hpp"

#include <algorithm>

namespace tongban::cases {

namespace {

struct longest {
    v1::LimitUnit unit;
    std::int32_t value;
};
// Three years; what is longer was meant in another unit.
constexpr longest absurd[] = {{v1::LIMIT_UNIT_WORKDAY, 750},
                              {v1::LIMIT_UNIT_CALENDAR_DAY, 1096},
                              {v1::LIMIT_UNIT_HOUR, 26304},
                              {v1::LIMIT_UNIT_MONTH, 36}};

// How long a limit can last at least and at most, in hours: what a day brings depends on the day it begins.
struct span_of_hours {
    std::int64_t least;
    std::int64_t most;
};

// Working days in natural ones. At best they begin on a Sunday and meet make-up Saturdays; at worst they begin on a Friday
// and meet the long holidays: two in the first weeks, one more for every ten working days.
span_of_hours of_working_days(std::int64_t days) {
    constexpr std::int64_t made_up = 2;
    constexpr std::int64_t days_off = 10;
    const auto least = std::max(days, days + (days - 1) / 5 * 2 - made_up);
    const auto most = days + (days + 4) / 5 * 2 + days_off + days / 10;
    return {24 * least, 24 * (most + 1)};
}

span_of_hours span_of(const v1::Limit& limit) {
    const std::int64_t value = std::max(limit.value(), 0);
    switch (limit.unit()) {
    case v1::LIMIT_UNIT_HOUR: return {value, value};
    case v1::LIMIT_UNIT_MONTH: return {24 * value * 28, 24 * (value * 31 + 1)};
    case v1::LIMIT_UNIT_WORKDAY: return of_working_days(value);
    default: return {24 * value, 24 * (value + 1)}; // to the end of the last day
    }
}

// Of one unit by their numbers; else what holds on any day is wrong, and what some days bring is told.
void compare_with_statutory(const v1::CatalogueItem& item, catalogue_faults& faults) {
    const auto& promise = item.promise();
    const auto& statutory = item.statutory();
    if (promise.unit() == v1::LIMIT_UNIT_UNSPECIFIED || statutory.unit() == v1::LIMIT_UNIT_UNSPECIFIED) {
        return; // told already
    }
    const bool same_unit = promise.unit() == statutory.unit();
    const auto promised = span_of(promise);
    const auto allowed = span_of(statutory);
    if (same_unit ? promise.value() > statutory.value() : promised.least > allowed.most) {
        faults.wrong("promise", "承诺时限长于法定时限", "the promised limit is longer than the statutory one");
    } else if (!same_unit && promise.value() > 0 && promised.most > allowed.least) {
        faults.warn("promise", "遇节假日等，承诺时限可能长于法定时限（单位不同）",
                    "may be longer than the statutory limit on some days: their units differ");
    }
}

} // namespace

void check_limit(const v1::Limit& limit, const std::string& field, std::int32_t least, catalogue_faults& faults) {
    if (limit.value() < least) {
        faults.wrong(field, "时限不能小于 " + std::to_string(least) + "：" + std::to_string(limit.value()),
                     "a limit cannot be below " + std::to_string(least) + ": " + std::to_string(limit.value()));
    }
    const auto of_unit = std::ranges::find(absurd, limit.unit(), &longest::unit);
    if (of_unit == std::end(absurd)) {
        faults.wrong(field, "时限没有单位", "the limit has no unit");
    } else if (limit.value() > of_unit->value) {
        faults.wrong(field, "时限不合常理：" + std::to_string(limit.value()) + "，该单位最多 " + std::to_string(of_unit->value),
                     "absurd limit: " + std::to_string(limit.value()) + ", at most " + std::to_string(of_unit->value) +
                         " of this unit");
    }
}

void check_material(const v1::CatalogueMaterial& material, const std::string& in, catalogue_faults& faults) {
    if (material.copies() > 1000) {
        faults.wrong(in + "copies", "份数不合常理", "absurd number of copies");
    }
    if (material.consequence() != v1::OWED_CONSEQUENCE_UNSPECIFIED && !material.tolerance()) {
        faults.wrong(in + "consequence", "有逾期后果但不可容缺", "has a consequence of tolerance, which is not allowed");
    }
    if (material.has_tolerance_limit()) {
        check_limit(material.tolerance_limit(), in + "tolerance_limit", 1, faults);
        if (!material.tolerance()) {
            faults.wrong(in + "tolerance_limit", "有补齐期限但不可容缺", "has a limit for tolerance, which is not allowed");
        }
    }
}

void check_limits(const v1::CatalogueItem& item, catalogue_faults& faults) {
    if (item.has_promise()) {
        check_limit(item.promise(), "promise", 0, faults);
    }
    if (item.has_statutory()) {
        check_limit(item.statutory(), "statutory", 0, faults);
    }
    if (item.has_supplement()) {
        check_limit(item.supplement(), "supplement", 1, faults);
    }
    if (item.has_promise() && item.has_statutory()) {
        compare_with_statutory(item, faults);
    }
    if (item.case_type() == v1::CASE_TYPE_COMMITMENT && !item.has_promise()) {
        faults.wrong("promise", "承诺件须有承诺时限", "a commitment item needs a promised limit");
    }
    if (item.case_type() == v1::CASE_TYPE_IMMEDIATE && item.promise().value() > 0 &&
        item.promise().unit() != v1::LIMIT_UNIT_HOUR) {
        faults.wrong("promise", "即办件的承诺时限为0（当日）", "an immediate item's promise is 0 (the same day)");
    }
}

} // namespace tongban::cases
