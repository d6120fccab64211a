// Where a schema field stands in the sender's message, told from the rules alone.
#include "connectors/dialects/reader.hpp"

#include <algorithm>
#include <charconv>

namespace tongban::dialects {

namespace {

struct place_step {
    std::string name;
    std::uint32_t index{}; // from 1; 0: none
};

void follow(std::vector<place_step>& at, const path& p, const std::vector<place_step>& root) {
    if (p.origin == path_origin::document) {
        at.clear();
    } else if (p.origin == path_origin::root) {
        at = root;
    }
    for (const auto& s : p.steps) {
        if (s.kind == step_kind::parent) {
            if (!at.empty()) {
                at.pop_back();
            }
        } else {
            const auto& key = s.predicate;
            at.push_back({(s.kind == step_kind::any ? "*" : s.name) +
                              (s.has_predicate ? '[' + key.name + '=' + key.value + ']' : ""),
                          s.index});
        }
    }
}

// "materials[1].name" → "materials", 1, "name".
bool split_field(std::string_view field, std::string& head, std::uint32_t& index, std::string_view& rest) {
    const auto open = field.find('[');
    const auto close = field.find(']', open == std::string_view::npos ? 0 : open);
    if (open == std::string_view::npos || close == std::string_view::npos) {
        return false;
    }
    head = field.substr(0, open);
    index = 0;
    std::from_chars(field.data() + open + 1, field.data() + close, index);
    rest = field.substr(close + 1);
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
    }
    return true;
}

bool locate(const rule_list& list, std::string_view field, const std::vector<place_step>& root,
            std::vector<place_step>& at) {
    std::string head;
    std::uint32_t index = 0;
    std::string_view rest;
    if (!split_field(field, head, index, rest)) {
        for (const auto& rule : list.all()) {
            // a rule for "promise" answers for "promise.unit" too
            if (rule.name == field ||
                (field.starts_with(rule.name) && field.substr(rule.name.size()).starts_with('.'))) {
                if (rule.repeats) {
                    follow(at, rule.each, root);
                    return true;
                }
                if (!rule.from.empty()) {
                    follow(at, rule.from.front(), root);
                    return true;
                }
            }
        }
        return false;
    }
    for (const auto& rule : list.all()) {
        if (rule.repeats && rule.name == head) {
            follow(at, rule.each, root);
            if (!at.empty() && rule.split.empty() && !rule.each.steps.empty()) {
                at.back().index = index + 1;
            }
            if (!rest.empty() && rule.inner) {
                locate(*rule.inner, rest, root, at);
            }
            return true;
        }
    }
    return false;
}

// Drops the envelope: what lies above the innermost embedded document of another format.
format_kind cut_envelope(const wire_plan& wire, std::vector<place_step>& at) {
    format_kind style = wire.format.kind;
    std::size_t cut = 0;
    for (const auto& embed : wire.embeds) {
        const auto& steps = embed.at.steps;
        const bool below =
            at.size() > steps.size() &&
            std::equal(steps.begin(), steps.end(), at.begin(), [](const path_step& s, const place_step& p) {
                return s.kind == step_kind::any || s.name == p.name;
            });
        if (below && (embed.format.kind != style || style == format_kind::xml)) {
            style = embed.format.kind;
            cut = steps.size();
        }
    }
    at.erase(at.begin(), at.begin() + static_cast<std::ptrdiff_t>(cut));
    return style;
}

// "files row for row 2 column x": in a file whose rows were put under those of another.
std::string joined_place(const wire_plan& wire, const std::vector<place_step>& at) {
    for (const auto& join : wire.joins) {
        if (at.size() > 1 && at[1].name == join.as && !join.with.steps.empty()) {
            auto text = join.with.steps.front().name + " row for row " + std::to_string(std::max(at.front().index, 1U));
            return at.size() > 2 ? text + " column " + at[2].name : text;
        }
    }
    return {};
}

std::string print(const wire_plan& wire, const std::vector<place_step>& at, format_kind style) {
    std::string text = style == format_kind::json ? "$" : "";
    if (style == format_kind::csv) {
        if (auto joined = joined_place(wire, at); !joined.empty()) {
            return joined;
        }
        text = "row " + std::to_string(at.empty() ? 1 : std::max(at.front().index, 1U));
        return at.size() > 1 ? text + " column " + at[1].name : text;
    }
    for (const auto& step : at) {
        if (style == format_kind::json) {
            text += step.name == "*" ? "" : "." + step.name;
            text += step.index > 0 ? '[' + std::to_string(step.index - 1) + ']' : "";
        } else {
            text += '/' + step.name;
            text += step.index > 0 ? '[' + std::to_string(step.index) + ']' : "";
        }
    }
    return text;
}

} // namespace

std::string place_of_field(const event_plan& plan, std::uint32_t wire_number, std::uint32_t row,
                           std::string_view field) {
    const wire_plan& wire = plan.dialect->wires[wire_number];
    std::vector<place_step> root;
    if (wire.root) {
        follow(root, *wire.root, {});
    }
    std::vector<place_step> at = root;
    if (plan.message->at) {
        follow(at, *plan.message->at, root);
    }
    if (plan.message->has_rows) {
        follow(at, plan.message->each, root);
        if (!at.empty()) {
            at.back().index = row;
        }
    }
    std::string name(field);
    if (name.starts_with(plan.body->name() + ".")) {
        name = "body" + name.substr(plan.body->name().size());
    }
    if (!locate(plan.rules, name, root, at)) {
        return {};
    }
    const auto style = cut_envelope(wire, at);
    return print(wire, at, style);
}

std::string translated_event::source_path(std::string_view field) const {
    return plan == nullptr ? std::string() : place_of_field(*plan, wire, row, field);
}

} // namespace tongban::dialects
