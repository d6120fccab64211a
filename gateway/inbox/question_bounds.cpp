#include "gateway/inbox/question_bounds.hpp"

namespace tongban::inbox {

namespace {

std::chrono::seconds left(std::chrono::steady_clock::time_point until, std::chrono::steady_clock::time_point now) {
    return std::chrono::ceil<std::chrono::seconds>(until - now);
}

} // namespace

question_bounds::count* question_bounds::count_of(counts& all, const std::string& key, std::chrono::seconds within,
                                                  time_point now) {
    auto found = all.find(key);
    if (found == all.end()) {
        if (all.size() >= limits_.counted_max) {
            std::erase_if(all, [now](const auto& one) { return one.second.until <= now; });
        }
        if (all.size() >= limits_.counted_max) {
            return nullptr;
        }
        found = all.emplace(key, count{now + within}).first;
    }
    if (found->second.until <= now) {
        found->second = {now + within};
    }
    return &found->second;
}

std::optional<std::chrono::seconds> question_bounds::wait_for(const std::string& partner, const std::string& case_id,
                                                              time_point now) {
    const std::lock_guard lock(mutex_);
    auto* const by_partner = count_of(of_partners_, partner, limits_.of_partner_within, now);
    if (by_partner != nullptr && by_partner->asked >= limits_.of_partner_max) {
        return left(by_partner->until, now);
    }
    auto* const of_case = count_of(of_cases_, case_id, limits_.of_case_within, now);
    if (of_case != nullptr && of_case->asked >= limits_.of_case_max) {
        return left(of_case->until, now);
    }
    for (auto* const each : {by_partner, of_case}) {
        if (each != nullptr) {
            ++each->asked;
        }
    }
    return std::nullopt;
}

} // namespace tongban::inbox
