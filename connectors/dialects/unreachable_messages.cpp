// Messages are tried in the order of the file: one whose conditions include those of an earlier one is never it.
#include "connectors/dialects/plan_loader.hpp"

#include <algorithm>

namespace tongban::dialects {

namespace {

bool same(const path& a, const path& b) {
    return a.text == b.text;
}

bool includes(const std::vector<path>& all, const std::vector<path>& some) {
    return std::ranges::all_of(some, [&](const path& one) {
        return std::ranges::any_of(all, [&](const path& other) { return same(one, other); });
    });
}

bool within(const std::vector<std::string>& few, const std::vector<std::string>& many) {
    return std::ranges::all_of(few, [&](const std::string& one) { return std::ranges::find(many, one) != many.end(); });
}

// True when whatever meets `later` meets `earlier`.
bool implies(const condition& later, const condition& earlier) {
    const auto is = std::ranges::all_of(earlier.is, [&](const path_values& one) {
        return std::ranges::any_of(later.is, [&](const path_values& other) {
            return same(one.where, other.where) && within(other.values, one.values);
        });
    });
    const auto isnt = std::ranges::all_of(earlier.isnt, [&](const path_values& one) {
        return std::ranges::any_of(later.isnt, [&](const path_values& other) {
            return same(one.where, other.where) && within(one.values, other.values);
        });
    });
    return is && isnt && includes(later.has, earlier.has) && includes(later.lacks, earlier.lacks);
}

bool takes_all_of(const message_plan& earlier, const message_plan& later) {
    const bool same_place = earlier.at ? later.at && same(*earlier.at, *later.at) : !later.at;
    return same_place ? implies(later.match, earlier.match) : !earlier.at && earlier.match.empty();
}

} // namespace

void check_unreachable(load_context& context, const yaml_place& messages) {
    if (context.mistakes.any_wrong()) {
        return; // a condition with a mistake in it may be empty
    }
    const auto& all = context.plan.messages;
    for (auto later = all.begin(); later != all.end(); ++later) {
        const auto earlier =
            std::find_if(all.begin(), later, [&](const auto& one) { return takes_all_of(*one, **later); });
        if (earlier != later) {
            messages[(*later)->name].warn("不会读到这种报文：“" + (*earlier)->name + "”在前，它的条件已包含了这里的条件",
                                          "this message is never read: '" + (*earlier)->name +
                                              "' stands before it and takes all that this one would");
        }
    }
}

} // namespace tongban::dialects
