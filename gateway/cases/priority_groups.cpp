#include "gateway/cases/priority_groups.hpp"

#include <algorithm>
#include <iterator>

namespace tongban::cases {

namespace {

struct group_words {
    v1::PriorityGroup group;
    std::string_view name;
    std::string_view term;
};

constexpr group_words nothing{v1::PRIORITY_GROUP_UNSPECIFIED, "", ""};
constexpr group_words groups[] = {
    {v1::PRIORITY_GROUP_ELDERLY, "ELDERLY", "老年人"},
    {v1::PRIORITY_GROUP_DISABLED, "DISABLED", "残疾人"},
    {v1::PRIORITY_GROUP_EXPECTANT, "EXPECTANT", "孕产妇"},
    {v1::PRIORITY_GROUP_SERIOUSLY_ILL, "SERIOUSLY_ILL", "重病患者"},
    {v1::PRIORITY_GROUP_SERVICE, "SERVICE", "现役军人、退役军人"},
    {v1::PRIORITY_GROUP_OTHER, "OTHER", "其他"},
};

const group_words& words_of(v1::PriorityGroup group) noexcept {
    const auto* found = std::ranges::find(groups, group, &group_words::group);
    return found == std::end(groups) ? nothing : *found;
}

} // namespace

std::string_view name(v1::PriorityGroup group) noexcept {
    return words_of(group).name;
}

std::string_view term(v1::PriorityGroup group) noexcept {
    return words_of(group).term;
}

} // namespace tongban::cases
