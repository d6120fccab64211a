// Captures that find nothing: their paths start where the message's do.
#include "connectors/dialects/plan_loader.hpp"

#include <algorithm>

namespace tongban::dialects {

namespace {

// What a path that leads to the root, or up from the message, names first there; empty for other paths.
std::string name_above(const path& p) {
    const auto down = std::ranges::find_if(p.steps, [](const path_step& s) { return s.kind != step_kind::parent; });
    const bool above = p.origin == path_origin::root || (p.origin == path_origin::scope && down != p.steps.begin());
    return above && down != p.steps.end() ? down->name : std::string();
}

bool names_above(const message_plan& message, const std::string& name) {
    const auto is = [&](const path& p) { return name_above(p) == name; };
    const auto is_of = [&](const path_values& v) { return is(v.where); };
    const auto& match = message.match;
    return message.at->steps.front().name == name || std::ranges::any_of(match.has, is) || std::ranges::any_of(match.lacks, is) ||
           std::ranges::any_of(match.is, is_of) || std::ranges::any_of(match.isnt, is_of) ||
           std::ranges::any_of(message.events, [&](const auto& event) {
               const auto reads = [&](const field_rule& rule) { return std::ranges::any_of(rule.from, is); };
               return std::ranges::any_of(event->rules.all(), reads);
           });
}

} // namespace

void check_captures(load_context& context, const yaml_place& captures) {
    const auto& messages = context.plan.messages;
    const bool all_below =
        !messages.empty() && std::ranges::all_of(messages, [](const auto& m) { return m->at && !m->at->steps.empty(); });
    if (!all_below) {
        return;
    }
    std::size_t next = 0;
    for (const auto& [key, place] : captures.members()) {
        const path& p = context.plan.captures[next++].second;
        if (p.origin != path_origin::scope || p.steps.empty() || p.steps.front().kind != step_kind::child) {
            continue;
        }
        const std::string& name = p.steps.front().name;
        if (std::ranges::any_of(messages, [&](const auto& m) { return names_above(*m, name); })) {
            place.warn("capture 的路径从报文的 at 开始，而“" + name + "”在其上：请写 /" + p.text,
                       "paths of capture start at the message's at, and '" + name + "' stands above it: say /" + p.text);
        }
    }
}

} // namespace tongban::dialects
