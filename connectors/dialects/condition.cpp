// Whether what a message says meets a condition, and what of it does not.
#include "connectors/dialects/reader.hpp"

#include <algorithm>

namespace tongban::dialects {

namespace {

bool says_something(document& doc, node_index i) {
    const node& n = doc.at(i);
    return n.kind != node_kind::null && (n.first_child != no_node || !doc.trimmed(i).empty());
}

bool one_of(document& doc, const path_values& wanted, const path_base& base) {
    const node_index i = find_first(doc, wanted.where, base);
    if (i == no_node) {
        return false;
    }
    doc.at(i).used = true;
    const auto text = wanted.where.takes_name ? doc.at(i).name : doc.trimmed(i);
    return std::find(wanted.values.begin(), wanted.values.end(), text) != wanted.values.end();
}

std::string listed(const std::vector<std::string>& values) {
    constexpr std::size_t most = 5;
    std::string text;
    for (std::size_t i = 0; i < values.size() && i < most; ++i) {
        text += (i == 0 ? "" : "/") + values[i];
    }
    return values.size() > most ? text + "/…" : text;
}

} // namespace

sentence first_failing(document& doc, const condition& c, const path_base& base) {
    const auto there = [&](const path& p) {
        const node_index i = find_first(doc, p, base);
        return i != no_node && says_something(doc, i);
    };
    const auto missing = [](const path& p) { return sentence{"没有 " + p.text, "no " + p.text}; };
    for (const auto& p : c.has) {
        if (!there(p)) {
            return missing(p);
        }
    }
    for (const auto& p : c.lacks) {
        if (there(p)) {
            return {"有 " + p.text, p.text + " is there"};
        }
    }
    for (const auto& v : c.is) {
        if (!one_of(doc, v, base)) {
            return there(v.where) ? sentence{v.where.text + " 不是 " + listed(v.values), v.where.text + " is not " + listed(v.values)}
                                  : missing(v.where);
        }
    }
    for (const auto& v : c.isnt) {
        if (one_of(doc, v, base)) {
            return {v.where.text + " 是 " + listed(v.values), v.where.text + " is " + listed(v.values)};
        }
    }
    return {};
}

bool condition_holds(document& doc, const condition& c, const path_base& base) {
    const auto there = [&](const path& p) {
        const node_index i = find_first(doc, p, base);
        if (i != no_node) {
            doc.at(i).used = true;
        }
        return i != no_node && says_something(doc, i);
    };
    return std::all_of(c.has.begin(), c.has.end(), there) &&
           std::none_of(c.lacks.begin(), c.lacks.end(), there) &&
           std::all_of(c.is.begin(), c.is.end(), [&](const auto& v) { return one_of(doc, v, base); }) &&
           std::none_of(c.isnt.begin(), c.isnt.end(), [&](const auto& v) { return one_of(doc, v, base); });
}

} // namespace tongban::dialects
