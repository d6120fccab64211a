// Paths, conditions, tables, texts to send: what every section is made of.
#include "connectors/dialects/plan_loader.hpp"

#include <algorithm>

namespace tongban::dialects {

namespace {

sentence wrong_path(const std::string& text, const sentence& why) {
    return sentence{"路径“" + text + "”：", "path '" + text + "': "} + why;
}

} // namespace

path load_path(load_context& context, const yaml_place& at) {
    path p;
    if (!at.present()) {
        at.wrong("应为路径", "expected a path");
        return p;
    }
    const auto text = at.text();
    if (text.empty() && !at.is_text()) {
        return p; // told already
    }
    if (const auto wrong = parse_path(text, context.plan.names, context.plan.namespaces, p); !wrong.empty()) {
        at.wrong(wrong_path(text, wrong));
    }
    return p;
}

std::vector<path> load_paths(load_context& context, const yaml_place& at) {
    std::vector<path> all;
    for (const auto& item : at.items()) {
        all.push_back(load_path(context, item));
    }
    return all;
}

std::vector<std::string> load_empty(const yaml_place& at) {
    std::vector<std::string> all;
    for (const auto& item : at.items()) {
        all.push_back(item.is_null() ? "null" : item.text());
    }
    return all;
}

namespace {

std::vector<path_values> load_values(load_context& context, const yaml_place& at) {
    std::vector<path_values> all;
    for (const auto& [key, values] : at.members()) {
        path_values one;
        if (const auto wrong = parse_path(key, context.plan.names, context.plan.namespaces, one.where);
            !wrong.empty()) {
            values.wrong(wrong_path(key, wrong));
        }
        one.values = values.texts();
        all.push_back(std::move(one));
    }
    return all;
}

} // namespace

condition load_condition(load_context& context, const yaml_place& at) {
    condition c;
    if (!at.present()) {
        return c;
    }
    at.only({"has", "lacks", "is", "not"});
    c.has = load_paths(context, at["has"]);
    c.lacks = load_paths(context, at["lacks"]);
    c.is = load_values(context, at["is"]);
    c.isnt = load_values(context, at["not"]);
    if (c.empty()) {
        at.wrong("条件须有 has、lacks、is 或 not", "a condition needs has, lacks, is or not");
    }
    return c;
}

std::shared_ptr<const code_table> load_table(load_context& context, const yaml_place& at) {
    if (at.is_text()) {
        const auto name = at.text();
        context.used_tables.insert(name);
        const auto found = context.plan.tables.find(name);
        if (found != context.plan.tables.end()) {
            return found->second;
        }
        std::vector<std::string_view> known;
        for (const auto& [other, table] : context.plan.tables) {
            known.emplace_back(other);
        }
        at.wrong(sentence{"没有代码表“" + name + "”", "no table '" + name + "'"} + did_you_mean(name, known));
        return nullptr;
    }
    auto table = std::make_shared<code_table>();
    table->name = at.field();
    for (const auto& [source, canonical] : at.members()) {
        if (source == "else" && canonical.is_map()) {
            canonical.only({"value"});
            table->other = code_table::otherwise::value;
            table->other_value = canonical["value"].text();
        } else if (source == "else") {
            const auto what = canonical.text();
            table->other = what == "keep" ? code_table::otherwise::keep : code_table::otherwise::drop;
            if (what != "keep" && what != "drop") {
                canonical.wrong("else 应为 keep、drop 或 {value: …}", "else is keep, drop or {value: …}");
            }
        } else if (source == "write" && canonical.is_map()) {
            for (const auto& [code, text] : canonical.members()) {
                table->writes.emplace_back(code, text.text());
            }
        } else {
            table->entries.emplace_back(source, canonical.text());
        }
    }
    if (table->entries.empty() && table->other == code_table::otherwise::refuse) {
        at.wrong("代码表是空的", "the table is empty");
    }
    table->index();
    return table;
}

sentence parse_template(std::string_view text, text_template& out) {
    while (!text.empty()) {
        const auto mark = text.find("${");
        template_piece piece;
        piece.literal = text.substr(0, mark);
        if (mark == std::string_view::npos) {
            out.pieces.push_back(std::move(piece));
            break;
        }
        text.remove_prefix(mark + 2);
        const auto end = text.find('}');
        if (end == std::string_view::npos) {
            return {"“${”没有结束", "a '${' is not closed"};
        }
        const auto inside = text.substr(0, end);
        const auto bar = inside.find('|');
        piece.name = inside.substr(0, bar);
        piece.filter = bar == std::string_view::npos ? std::string_view() : inside.substr(bar + 1);
        out.pieces.push_back(std::move(piece));
        text.remove_prefix(end + 1);
    }
    return {};
}

text_template load_template(const yaml_place& at) {
    text_template t;
    if (const auto wrong = parse_template(at.text(), t); !wrong.empty()) {
        at.wrong(wrong);
    }
    return t;
}

std::vector<send_rule> load_sends(load_context& context, const yaml_place& at) {
    std::vector<send_rule> all;
    for (const auto& [key, value] : at.members()) {
        send_rule one;
        one.line = value.line();
        if (const auto wrong = parse_path(key, context.plan.names, context.plan.namespaces, one.where);
            !wrong.empty()) {
            value.wrong(wrong_path(key, wrong));
        }
        if (value.is_map()) {
            value.only({"number"});
            one.number = true;
            one.text = value["number"].text();
        } else {
            one.text = value.text();
        }
        text_template parsed;
        if (const auto wrong = parse_template(one.text, parsed); !wrong.empty()) {
            value.wrong(wrong);
        }
        if (one.where.has_wildcard()) {
            value.wrong("要写出的内容须有不含“*”的路径", "what is sent needs a path without '*'");
        }
        all.push_back(std::move(one));
    }
    return all;
}

} // namespace tongban::dialects
