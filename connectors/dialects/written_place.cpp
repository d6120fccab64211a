// Where a text is written: the path is grown, a list gets an entry.
#include "connectors/dialects/rule_writer.hpp"

#include <simdjson.h>

#include <algorithm>

namespace tongban::dialects {

namespace {

bool is_json_structure(std::string_view text) {
    thread_local simdjson::dom::parser parser;
    simdjson::dom::element parsed;
    return (text.starts_with('{') || text.starts_with('[')) &&
           parser.parse(text.data(), text.size()).get(parsed) == simdjson::SUCCESS;
}

} // namespace

void rule_writer::place(const field_rule& rule, out_tree::base base, std::string text, node_kind kind) {
    if (!rule.joins) {
        put(rule.from.front(), base, text, kind, rule.takes_json && is_json_structure(text));
        return;
    }
    std::string_view rest = text;
    for (std::size_t i = 0; i < rule.from.size(); ++i) {
        const bool last = i + 1 == rule.from.size();
        const auto end = last || rule.join.empty() ? std::string_view::npos : rest.find(rule.join);
        if (const auto piece = rest.substr(0, end); !piece.empty()) {
            put(rule.from[i], base, piece, kind, false);
        }
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + rule.join.size());
    }
}

void rule_writer::put(const path& where, out_tree::base base, std::string_view text, node_kind kind,
                      bool raw_json) {
    if (where.has_wildcard()) {
        return;
    }
    out_node* start = where.origin == path_origin::document ? &tree_.root()
                      : where.origin == path_origin::root   ? base.root
                                                            : base.scope;
    const bool lists = start != nullptr && format_at(*start) == format_kind::json;
    out_node* n = tree_.reach(where, base, lists);
    if (n == nullptr) {
        return;
    }
    if (where.takes_name) {
        n->name = text;
        return;
    }
    if (n->has_text) {
        return; // the first rule that speaks decides
    }
    n->text = text;
    n->has_text = true;
    n->kind = kind;
    n->raw_json = raw_json;
}

format_kind rule_writer::format_at(const out_node& at) const {
    std::vector<std::string_view> way;
    for (const auto* n = &at; n->parent != nullptr; n = n->parent) {
        if (!n->name.empty()) {
            way.push_back(n->name);
        }
    }
    std::reverse(way.begin(), way.end());
    auto format = wire_.format.kind;
    for (const auto& embed : wire_.embeds) {
        const auto& steps = embed.at.steps;
        if (steps.size() <= way.size() && std::equal(steps.begin(), steps.end(), way.begin(),
                                                     [](const path_step& s, std::string_view name) {
                                                         return s.kind == step_kind::any || s.name == name;
                                                     })) {
            format = embed.format.kind;
        }
    }
    return format;
}

out_node* rule_writer::new_entry(const path& each, out_tree::base base, bool named_later, bool first) {
    out_node* start = each.origin == path_origin::document ? &tree_.root()
                      : each.origin == path_origin::root   ? base.root
                                                           : base.scope;
    if (each.steps.empty()) {
        return first ? start : nullptr;
    }
    path above = each;
    const path_step last = above.steps.back();
    above.steps.pop_back();
    const bool json = format_at(*start) == format_kind::json;
    out_node* parent = tree_.reach(above, base, json);
    if (parent == nullptr || last.kind == step_kind::parent) {
        return nullptr;
    }
    if (last.kind == step_kind::any) {
        if (!named_later) {
            parent->kind = node_kind::list;
        }
        return &tree_.add(*parent, "");
    }
    if (format_at(*parent) == format_kind::json) {
        path_step plain = last;
        plain.has_predicate = false;
        plain.index = 0;
        path list_path = above;
        list_path.steps.push_back(plain);
        out_node* list = tree_.reach(list_path, base, json);
        if (list == nullptr || list->has_text) {
            return nullptr;
        }
        list->kind = node_kind::list;
        parent = list;
    }
    out_node& made = tree_.add(*parent, parent->kind == node_kind::list ? std::string_view()
                                                                        : std::string_view(last.name));
    made.prefix = last.prefix;
    if (last.has_predicate) {
        out_node& key = tree_.add(made, last.predicate.name);
        key.text = last.predicate.value;
        key.has_text = true;
        key.kind = node_kind::text;
    }
    return &made;
}

} // namespace tongban::dialects
