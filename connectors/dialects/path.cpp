// Compiling and following paths. A path is at most 32 steps long, so following it may recurse.
#include "connectors/dialects/path.hpp"

#include "connectors/dialects/text.hpp"

#include <algorithm>
#include <charconv>

namespace tongban::dialects {

bool path::has_wildcard() const {
    return std::any_of(steps.begin(), steps.end(),
                       [](const path_step& s) { return s.kind == step_kind::any; });
}

namespace {

constexpr std::size_t steps_max = 32;

class path_parser {
public:
    path_parser(std::string_view text, name_table& names, const std::vector<xml_namespace>& namespaces,
                path& out)
        : rest_(text), names_(names), namespaces_(namespaces), out_(out) {}

    sentence run() {
        auto wrong = parse();
        if (wrong.empty()) {
            index();
        }
        return wrong;
    }

private:
    void index() {
        out_.indexed = out_.origin != path_origin::document &&
                       std::all_of(out_.steps.begin(), out_.steps.end(), [](const path_step& s) {
                           return s.kind == step_kind::child && s.index == 0;
                       });
        const bool climbs = !out_.steps.empty() && out_.steps.front().kind == step_kind::parent;
        if (out_.origin != path_origin::scope || climbs) {
            out_.far = ++names_.far_paths;
        }
        for (const auto& s : out_.steps) {
            if (out_.indexed) {
                out_.trie = names_.paths.add(out_.trie, s.name_id, s.namespace_id,
                                             s.has_predicate ? &s.predicate : nullptr);
            }
        }
    }

    sentence parse() {
        out_ = {};
        out_.text = rest_;
        if (rest_.empty()) {
            return {"路径是空的", "the path is empty"};
        }
        origin();
        while (!rest_.empty()) {
            if (auto wrong = step(); !wrong.empty()) {
                return wrong;
            }
            if (out_.steps.size() > steps_max) {
                return {"路径超过 32 步", "the path has more than 32 steps"};
            }
            if (!rest_.empty() && (!take('/') || rest_.empty())) {
                return {"在“" + std::string(rest_) + "”处应为“/”和名称",
                        "expected '/' and a name at '" + std::string(rest_) + "'"};
            }
        }
        return {};
    }

    bool take(char c) {
        if (!rest_.starts_with(c)) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    void origin() {
        if (rest_ == "~" || rest_.starts_with("~/")) {
            out_.origin = path_origin::document;
            rest_.remove_prefix(std::min<std::size_t>(2, rest_.size()));
        } else if (take('/')) {
            out_.origin = path_origin::root;
        }
    }

    // A name up to '/' or '[', or anything in single quotes.
    sentence name(std::string& out) {
        if (take('\'')) {
            const auto end = rest_.find('\'');
            if (end == std::string_view::npos) {
                return {"路径中的引号没有结束", "a quote in the path does not end"};
            }
            out = rest_.substr(0, end);
            rest_.remove_prefix(end + 1);
        } else {
            const auto end = std::min(rest_.find_first_of("/["), rest_.size());
            out = rest_.substr(0, end);
            rest_.remove_prefix(end);
        }
        return out.empty() ? sentence{"路径中有空的一步", "a step of the path is empty"} : sentence{};
    }

    sentence step() {
        path_step s;
        if (out_.takes_name) {
            return {"name() 须为最后一步", "name() must be the last step"};
        }
        const bool quoted = rest_.starts_with('\'');
        if (auto wrong = name(s.name); !wrong.empty()) {
            return wrong;
        }
        if (!quoted && s.name == ".") {
            return {};
        }
        if (!quoted && s.name == "name()") {
            out_.takes_name = true;
            return {};
        }
        s.kind = quoted           ? step_kind::child
                 : s.name == ".." ? step_kind::parent
                 : s.name == "*"  ? step_kind::any
                                  : step_kind::child;
        if (s.kind == step_kind::child) {
            s.name_id = quoted ? names_.add(s.name) : add_name(s.name, s.prefix, s.namespace_id);
        }
        while (take('[')) {
            if (auto wrong = bracket(s); !wrong.empty()) {
                return wrong;
            }
        }
        out_.steps.push_back(std::move(s));
        return {};
    }

    // The number of a name as it stands in documents, where it has no prefix: "s:Body" is "Body", "@s:type" is "@type".
    std::uint32_t add_name(std::string& name, std::string& prefix, std::uint16_t& namespace_id) {
        const std::size_t begin = name.starts_with('@') ? 1 : 0;
        const auto colon = name.find(':');
        const auto said = colon == std::string::npos ? std::string() : name.substr(begin, colon - begin);
        for (std::size_t i = 0; i < namespaces_.size(); ++i) {
            if (namespaces_[i].prefix == said && !said.empty()) {
                prefix = said;
                namespace_id = static_cast<std::uint16_t>(i + 1);
                auto local = name.substr(0, begin) + name.substr(colon + 1);
                const auto id = names_.add(local);
                if (begin == 0) {
                    name = std::move(local);
                }
                return id;
            }
        }
        return names_.add(name);
    }

    sentence bracket(path_step& s) {
        const auto end = rest_.find(']');
        if (end == std::string_view::npos) {
            return {"路径中的“[”没有结束", "a '[' in the path is not closed"};
        }
        const auto inside = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        if (is_digits(inside)) {
            std::from_chars(inside.data(), inside.data() + inside.size(), s.index);
            return s.index == 0 ? sentence{"位置从 1 开始", "positions count from 1"} : sentence{};
        }
        const auto equals = inside.find('=');
        if (equals == std::string_view::npos || equals == 0) {
            return {"应为 [2] 或 [名称=值]", "expected [2] or [name=value]"};
        }
        if (s.has_predicate) {
            return {"每一步只能有一个 [名称=值]", "only one [name=value] for a step"};
        }
        auto value = inside.substr(equals + 1);
        if (value.size() >= 2 && (value.front() == '\'' || value.front() == '"') &&
            value.back() == value.front()) {
            value = value.substr(1, value.size() - 2);
        }
        s.has_predicate = true;
        s.predicate.name = inside.substr(0, equals);
        s.predicate.name_id = add_name(s.predicate.name, s.predicate.prefix, s.predicate.namespace_id);
        s.predicate.value = value;
        return {};
    }

    std::string_view rest_;
    name_table& names_;
    const std::vector<xml_namespace>& namespaces_;
    path& out_;
};

// Where the step p.steps[step], "..", leads, or no_node: a list is no level of its own. One of lists that is reached so stands
// for its first entry, as in the middle of every path: "../*[2]".
node_index above(const document& doc, const path& p, std::size_t step, node_index i) {
    node_index up = doc.at(i).parent;
    if (up != no_node && doc.at(up).kind == node_kind::list) {
        up = doc.at(up).parent;
    }
    const bool counts = step + 1 < p.steps.size() && p.steps[step + 1].kind == step_kind::any && p.steps[step + 1].index > 0;
    if (counts && up != no_node && doc.at(up).kind == node_kind::list) {
        const node_index first = doc.at(up).first_child;
        up = first != no_node && doc.at(first).kind == node_kind::list ? first : up;
    }
    return up;
}

// Calls `found` for each match until it returns true.
// With `all`, each entry of a list in the middle of the path is gone into, else the first.
template <class Found>
bool follow(document& doc, const path& p, std::size_t step, node_index from, bool all, Found& found) {
    if (step == p.steps.size()) {
        return found(from);
    }
    const path_step& s = p.steps[step];
    if (s.kind == step_kind::parent) {
        const node_index up = above(doc, p, step, from);
        return up != no_node && follow(doc, p, step + 1, up, all, found);
    }
    if (doc.at(from).kind == node_kind::list && s.kind == step_kind::child) {
        for (node_index item = doc.at(from).first_child; item != no_node; item = all ? doc.at(item).next : no_node) {
            if (follow(doc, p, step, item, all, found)) {
                return true;
            }
        }
        return false;
    }
    std::uint32_t position = 0;
    for (node_index c = doc.at(from).first_child; c != no_node; c = doc.at(c).next) {
        const node& n = doc.at(c);
        const bool named =
            s.kind == step_kind::any
                ? !n.name.starts_with('@')
                : n.name_id == s.name_id && (s.namespace_id == 0 || n.namespace_id == s.namespace_id);
        if (!named) {
            continue;
        }
        // A name's list stands for its entries; of '*' each child counts, and a list among them is one.
        const bool counts_inside = s.has_predicate || (s.index > 0 && s.kind == step_kind::child);
        if (n.kind == node_kind::list && counts_inside) {
            for (node_index item = n.first_child; item != no_node; item = doc.at(item).next) {
                if ((!s.has_predicate || holds(doc, s.predicate, item)) &&
                    (s.index == 0 || ++position == s.index) && follow(doc, p, step + 1, item, all, found)) {
                    return true;
                }
            }
        } else if ((!s.has_predicate || holds(doc, s.predicate, c)) &&
                   (s.index == 0 || ++position == s.index) && follow(doc, p, step + 1, c, all, found)) {
            return true;
        }
    }
    return false;
}

node_index start(const path& p, const path_base& base) {
    return p.origin == path_origin::document ? 0 : p.origin == path_origin::root ? base.root : base.scope;
}

node_index follow_first(document& doc, const path& p, std::size_t step, node_index from) {
    node_index result = no_node;
    auto found = [&](node_index i) {
        result = i;
        return true;
    };
    follow(doc, p, step, from, false, found);
    return result;
}

// Where a path begins to lead downwards, and with which step.
struct turn {
    node_index from{no_node};
    std::size_t step{};
};

turn climb(const document& doc, const path& p, node_index from) {
    std::size_t step = 0;
    for (; from != no_node && step < p.steps.size() && p.steps[step].kind == step_kind::parent; ++step) {
        from = above(doc, p, step, from);
    }
    return {from, step};
}

// Rows stand below one node: what is found from there is found once for all of them.
node_index far_first(document& doc, const path& p, node_index start) {
    const auto [from, step] = climb(doc, p, start);
    if (from == no_node) {
        return no_node;
    }
    auto& known = doc.far(p.far);
    if (known.from != from) {
        known = {from, follow_first(doc, p, step, from)};
    }
    return known.at;
}

void follow_all(document& doc, const path& p, const turn& begin, std::vector<node_index>& out) {
    const bool any = !p.steps.empty() && p.steps.back().kind == step_kind::any &&
                     p.steps.back().index == 0; // '*' means the children themselves, '*[2]' the entries of the second
    auto found = [&](node_index i) {
        if (doc.at(i).kind == node_kind::list && !any) {
            for (node_index item = doc.at(i).first_child; item != no_node; item = doc.at(item).next) {
                out.push_back(item);
            }
        } else {
            out.push_back(i);
        }
        return false;
    };
    follow(doc, p, begin.step, begin.from, true, found);
}

} // namespace

bool holds(document& doc, const path_predicate& p, node_index i) {
    for (node_index c = doc.at(i).first_child; c != no_node; c = doc.at(c).next) {
        if (doc.at(c).name_id == p.name_id && (p.namespace_id == 0 || doc.at(c).namespace_id == p.namespace_id) &&
            trim(doc.at(c).text) == p.value) {
            doc.at(c).used = true;
            return true;
        }
    }
    return false;
}

sentence parse_path(std::string_view text, name_table& names, const std::vector<xml_namespace>& namespaces,
                       path& out) {
    return path_parser(text, names, namespaces, out).run();
}

node_index find_first(document& doc, const path& p, const path_base& base) {
    if (p.indexed && base.trie != nullptr) {
        return p.origin == path_origin::root ? base.root_binding->find(doc, *base.trie, base.root, p.trie)
                                             : base.scope_binding->find(doc, *base.trie, base.scope, p.trie);
    }
    return p.far > 0 ? far_first(doc, p, start(p, base)) : follow_first(doc, p, 0, start(p, base));
}

void find_all(document& doc, const path& p, const path_base& base, std::vector<node_index>& out) {
    const auto begin = climb(doc, p, start(p, base));
    if (begin.from == no_node) {
        return;
    }
    if (p.far == 0) {
        follow_all(doc, p, begin, out);
        return;
    }
    auto& known = doc.far_all(p.far);
    if (known.from != begin.from) {
        known.from = begin.from;
        known.at.clear();
        follow_all(doc, p, begin, known.at);
    }
    out.insert(out.end(), known.at.begin(), known.at.end());
}

bool is_plain_entry(const document& doc, const path& each, const std::vector<node_index>& found, std::size_t n) {
    if (each.steps.empty() || each.steps.back().index > 0) {
        return each.steps.empty();
    }
    const auto holder = [&](node_index i) {
        const node_index up = doc.at(i).parent;
        return up != no_node && doc.at(up).kind == node_kind::list ? doc.at(up).parent : up;
    };
    return each.steps.size() < 2 || holder(found[n]) == holder(found.front());
}

} // namespace tongban::dialects
