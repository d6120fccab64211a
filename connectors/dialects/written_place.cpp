// Where a text is written: the path is grown, a list gets an entry.
#include "connectors/dialects/rule_writer.hpp"
#include "connectors/dialects/writer.hpp"

#include <simdjson.h>

#include <algorithm>

namespace tongban::dialects {

namespace {

bool is_xml_name(std::string_view name) {
    if (name.empty() || (name[0] >= '0' && name[0] <= '9') || name[0] == '-' || name[0] == '.') {
        return false;
    }
    return std::all_of(name.begin(), name.end(),
                       [](char c) {
                           return static_cast<unsigned char>(c) >= 0x80 || (c >= 'a' && c <= 'z') ||
                                  (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
                                  c == '.';
                       }) &&
           name.find("　") == std::string_view::npos;
}

bool is_json_structure(std::string_view text) {
    thread_local simdjson::dom::parser parser;
    simdjson::dom::element parsed;
    return (text.starts_with('{') || text.starts_with('[')) &&
           parser.parse(text.data(), text.size()).get(parsed) == simdjson::SUCCESS;
}

} // namespace

void rule_writer::place(const field_rule& rule, out_tree::base base, std::string text, node_kind kind) {
    if (!rule.joins) {
        put(rule.from.front(), base, text, kind, rule.takes_json && is_json_structure(text), &rule);
        return;
    }
    std::string_view rest = text;
    std::string again; // as it is read: parts that are empty are left out with what parts them
    for (std::size_t i = 0; i < rule.from.size(); ++i) {
        const bool last = i + 1 == rule.from.size();
        const auto end = last || rule.join.empty() ? std::string_view::npos : rest.find(rule.join);
        if (const auto piece = rest.substr(0, end); !piece.empty()) {
            put(rule.from[i], base, piece, kind, false, &rule);
            (again += again.empty() ? "" : rule.join) += piece;
        }
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + rule.join.size());
    }
    const auto without_blanks = [](std::string all) { // white space around values means nothing
        std::erase_if(all, [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); });
        return all;
    };
    if (again != text && without_blanks(again) != without_blanks(text)) {
        tell(rule, rule.join);
    }
}

void rule_writer::put(const path& where, out_tree::base base, std::string_view text, node_kind kind,
                      bool raw_json, const field_rule* rule) {
    out_node* n = is_one_place(where, true) ? reach(where, base) : nullptr;
    if (n == nullptr) {
        return;
    }
    if (where.takes_name) {
        n->name = text;
        n->rule = rule;
        n->entry = in_;
        return;
    }
    if (n->has_text) {
        return; // the first rule that speaks decides
    }
    n->text = text;
    n->has_text = true;
    n->kind = kind;
    n->raw_json = raw_json;
    n->rule = rule;
    n->entry = in_;
}

bool is_one_place(const path& p, bool lists) {
    return std::all_of(p.steps.begin(), p.steps.end(),
                       [&](const path_step& s) { return s.kind != step_kind::any || (lists && s.index > 0); });
}

bool has_json(const wire_plan& wire) {
    return wire.format.kind == format_kind::json ||
           std::any_of(wire.embeds.begin(), wire.embeds.end(), [](const embed_spec& e) { return e.format.kind == format_kind::json; });
}

out_node* rule_writer::reach(const path& p, out_tree::base base, bool make) {
    out_node* at = p.origin == path_origin::document ? &tree_.root()
                   : p.origin == path_origin::root   ? base.root
                                                     : base.scope;
    for (const auto& s : p.steps) {
        const bool counts = s.index > 0 || s.has_predicate;
        at = at == nullptr ? nullptr : tree_.step(*at, s, make, counts && format_at(*at).kind == format_kind::json);
    }
    return at;
}

const embed_spec* rule_writer::embed_at(const out_node& at) const {
    std::vector<const out_node*> way; // an entry of a list is no level of its own
    for (const auto* n = &at; n->parent != nullptr; n = n->parent) {
        if (!n->name.empty()) {
            way.push_back(n);
        }
    }
    std::reverse(way.begin(), way.end());
    const embed_spec* found = nullptr;
    for (const auto& embed : wire_.embeds) {
        const auto& steps = embed.at.steps;
        const auto is_on = [](const path_step& s, const out_node* n) {
            return s.kind == step_kind::any || (s.name == n->name && satisfies(*n, s));
        };
        if (steps.size() <= way.size() && std::equal(steps.begin(), steps.end(), way.begin(), is_on)) {
            found = &embed;
        }
    }
    return found;
}

const format_spec& rule_writer::format_at(const out_node& at) const {
    const auto* in = embed_at(at);
    return in == nullptr ? wire_.format : in->format;
}

// Whether a name that came from the data can be written as it is.
bool rule_writer::can_be_name(const out_node& at) const {
    const auto* in = embed_at(*at.parent);
    const auto& format = in == nullptr ? wire_.format : in->format;
    const auto lacks = [&](text_encoding encoding) {
        return !encoding.escapes && first_lacking(encoding.bytes, at.name) != std::string_view::npos;
    };
    const auto has = [&](std::string_view marks) { return at.name.find_first_of(marks) != std::string::npos; };
    const text_encoding here{in == nullptr ? wire_.bytes : charset::utf8, false};
    switch (format.kind) {
    case format_kind::xml:
        return is_xml_name(at.name) && !lacks(encoding_in(wire_, in));
    case format_kind::form:
        return format.form.percent ? !lacks(here)
                                   : !has({&format.form.pair, 1}) && !has({&format.form.separator, 1}) &&
                                         !lacks(encoding_in(wire_, in));
    case format_kind::multipart:
        return !has("\"\r\n") && !lacks(here);
    case format_kind::csv:
        return !lacks(encoding_in(wire_, in));
    default:
        return true;
    }
}

out_node* rule_writer::holder_of(const path& each, out_tree::base base) {
    path above = each;
    const path_step last = above.steps.back();
    above.steps.pop_back();
    out_node* parent = reach(above, base);
    const bool counted = last.index > 0 && !last.has_predicate;
    const bool json = parent != nullptr && format_at(*parent).kind == format_kind::json;
    if (counted && (json || last.kind == step_kind::any)) {
        out_node* list = json ? reach(each, base) : nullptr; // a list by its place: each of its entries
        if (list == nullptr || list->has_text || !list->children.empty()) {
            return nullptr;
        }
        list->kind = node_kind::list;
        return list;
    }
    if (parent == nullptr || last.kind == step_kind::any || !json) {
        return parent;
    }
    path_step plain = last;
    plain.has_predicate = false;
    plain.index = 0;
    above.steps.push_back(plain);
    out_node* list = reach(above, base);
    if (list == nullptr || list->has_text) {
        return nullptr;
    }
    list->kind = node_kind::list;
    return list;
}

out_node* rule_writer::new_entry(const path& each, out_tree::base base, bool named_later, bool first, out_node*& holder) {
    out_node* start = each.origin == path_origin::document ? &tree_.root()
                      : each.origin == path_origin::root   ? base.root
                                                           : base.scope;
    if (each.steps.empty()) {
        return first ? start : nullptr;
    }
    const path_step& last = each.steps.back();
    if (last.kind == step_kind::parent) {
        return nullptr;
    }
    holder = holder == nullptr ? holder_of(each, base) : holder;
    if (holder == nullptr) {
        return nullptr;
    }
    if (last.index > 0 && !last.has_predicate && holder->kind == node_kind::list) { // the list at that place
        return &tree_.add(*holder, "");
    }
    if (last.kind == step_kind::any) {
        holder->kind = named_later ? holder->kind : node_kind::list;
        return &tree_.add(*holder, "");
    }
    out_node& made = tree_.add(*holder, holder->kind == node_kind::list ? std::string_view() : std::string_view(last.name));
    made.prefix = last.prefix;
    if (last.has_predicate) {
        out_node& key = tree_.add(made, last.predicate.name);
        key.text = last.predicate.value;
        key.prefix = last.predicate.prefix;
        key.has_text = true;
        key.kind = node_kind::text;
    }
    return &made;
}

} // namespace tongban::dialects
