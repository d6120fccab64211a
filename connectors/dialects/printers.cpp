// The tree as JSON, XML, CSV, form or multipart text.
#include "connectors/dialects/out_tree.hpp"
#include "connectors/dialects/text.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <utility>

namespace tongban::dialects {

void print_json(const out_node& at, bool strings_only, std::string& out) {
    if (at.kind == node_kind::null) {
        out += "null";
        return;
    }
    if (at.has_text) {
        const bool bare =
            !strings_only && ((at.kind == node_kind::number && is_json_number(at.text)) ||
                              (at.kind == node_kind::boolean && (at.text == "true" || at.text == "false")));
        if (bare || at.raw_json) {
            out += at.text;
        } else {
            out += '"';
            append_json_escaped(at.text, out);
            out += '"';
        }
        return;
    }
    const bool list = at.kind == node_kind::list;
    out += list ? '[' : '{';
    bool first = true;
    for (const auto* child : at.children) {
        out += first ? "" : ",";
        first = false;
        if (!list) {
            out += '"';
            append_json_escaped(child->name, out);
            out += "\":";
        }
        print_json(*child, strings_only, out);
    }
    out += list ? ']' : '}';
}

namespace {

// White space of an attribute survives only as references.
void append_attribute(std::string_view text, std::string& out) {
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of("\n\t"), text.size());
        append_xml_escaped(text.substr(0, end), out);
        if (end < text.size()) {
            out += text[end] == '\n' ? "&#10;" : "&#9;";
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

class xml_printer {
public:
    xml_printer(text_encoding target, std::string& out, unwritable_text& fault) : target_(target), out_(out), fault_(fault) {}

    void element(const out_node& at, const std::vector<xml_namespace>* declared) {
        check_characters(at, at.name, target_, fault_); // a name has no escapes
        const std::string tag = at.prefix.empty() ? at.name : at.prefix + ':' + at.name;
        out_ += '<' + tag;
        if (declared != nullptr) {
            for (const auto& n : *declared) {
                out_ += n.prefix.empty() ? " xmlns=\"" : " xmlns:" + n.prefix + "=\"";
                append_xml_escaped(n.uri, out_);
                out_ += '"';
            }
        }
        bool inside = !at.text.empty();
        for (const auto* child : at.children) {
            if (child->name.starts_with('@')) {
                attribute(*child);
            } else {
                inside = true;
            }
        }
        if (!inside) {
            out_ += "/>";
            return;
        }
        out_ += '>';
        if (at.cdata) {
            append_cdata(at.text, out_);
        } else {
            append_xml_escaped(at.text, out_);
        }
        for (const auto* child : at.children) {
            if (!child->name.starts_with('@')) {
                element(*child, nullptr);
            }
        }
        out_ += "</" + tag + '>';
    }

private:
    void attribute(const out_node& at) {
        check_characters(at, at.name, target_, fault_);
        out_ += ' ' + at.name.substr(1) + "=\"";
        append_attribute(at.text, out_);
        out_ += '"';
    }

    text_encoding target_;
    std::string& out_;
    unwritable_text& fault_;
};

void collect_prefixes(const out_node& at, std::vector<std::string>& used) {
    const auto colon = at.name.starts_with('@') ? at.name.find(':') : std::string::npos;
    const auto prefix = colon == std::string::npos ? at.prefix : at.name.substr(1, colon - 1); // "@xsi:type"
    if (std::find(used.begin(), used.end(), prefix) == used.end()) {
        used.push_back(prefix);
    }
    for (const auto* child : at.children) {
        collect_prefixes(*child, used);
    }
}

void append_percent(std::string_view bytes, std::string& out) {
    constexpr char hex[] = "0123456789ABCDEF";
    for (const char c : bytes) {
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
            c == '_' || c == '.' || c == '*') {
            out += c;
        } else if (c == ' ') {
            out += '+';
        } else {
            out += '%';
            out += hex[(static_cast<unsigned char>(c) >> 4) & 0xF];
            out += hex[static_cast<unsigned char>(c) & 0xF];
        }
    }
}

void append_cell(std::string_view text, char delimiter, std::string& out) {
    if (text.find_first_of("\"\r\n") == std::string_view::npos &&
        text.find(delimiter) == std::string_view::npos) {
        out += text;
        return;
    }
    out += '"';
    for (const char c : text) {
        out += c;
        out += c == '"' ? "\"" : "";
    }
    out += '"';
}

} // namespace

void print_xml(const out_node& at, const format_spec& format, charset named, text_encoding target,
               const std::vector<xml_namespace>& namespaces, std::string& out, unwritable_text& fault) {
    if (format.declaration) {
        out += "<?xml version=\"1.0\" encoding=\"" + std::string(charset_name(named)) + "\"?>";
    }
    for (const auto* child : at.children) {
        std::vector<std::string> used;
        collect_prefixes(*child, used);
        std::vector<xml_namespace> declared;
        std::copy_if(namespaces.begin(), namespaces.end(), std::back_inserter(declared),
                     [&](const xml_namespace& n) {
                         return std::find(used.begin(), used.end(), n.prefix) != used.end();
                     });
        xml_printer(target, out, fault).element(*child, &declared);
    }
}

void print_csv(const out_node& at, const csv_options& options, text_encoding target, std::string& out,
               unwritable_text& fault) {
    auto columns = options.columns;
    std::map<std::string, std::size_t, std::less<>> numbers; // form fields may be columns: there are many then
    for (std::size_t i = 0; i < columns.size(); ++i) {
        numbers.emplace(columns[i], i);
    }
    for (const auto* row : at.children) {
        for (const auto* cell : row->children) {
            check_characters(*cell, cell->name, target, fault);
            check_characters(*cell, cell->text, target, fault);
            if (numbers.emplace(cell->name, columns.size()).second) {
                columns.push_back(cell->name);
            }
        }
    }
    const auto line = [&](const auto& texts) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            out += i == 0 ? std::string() : std::string(1, options.delimiter);
            append_cell(texts[i], options.delimiter, out);
        }
        out += "\r\n";
    };
    if (options.header) {
        line(columns);
    }
    for (const auto* row : at.children) {
        std::vector<std::string_view> texts(columns.size());
        for (auto cell = row->children.rbegin(); cell != row->children.rend(); ++cell) { // the first of a name counts
            texts[numbers.find((*cell)->name)->second] = (*cell)->text;
        }
        line(texts);
    }
}

void print_form(const out_node& at, const format_spec& format, charset to, text_encoding target, std::string& out,
                unwritable_text& fault) {
    const auto& options = format.form;
    bool first = true;
    for (const auto* field : at.children) {
        out += first ? std::string() : std::string(1, options.separator);
        first = false;
        const auto encoding = options.percent ? text_encoding{to, false} : target;
        check_characters(*field, field->name, encoding, fault);
        check_characters(*field, field->text, encoding, fault);
        std::string name;
        std::string value;
        from_utf8(to, field->name, name);
        from_utf8(to, options.percent ? field->text : trim(field->text), value); // white space around it means nothing
        if (options.percent) {
            append_percent(name, out);
            out += options.pair;
            append_percent(value, out);
        } else {
            if (name.find(options.pair) != std::string::npos) {
                fault.tell(*field, holds_mark({&options.pair, 1}, "表单字段名与值之间的分隔符", "what parts a field's name from its value"));
            }
            for (const auto* text : {&name, &value}) {
                if (text->find(options.separator) != std::string::npos) {
                    fault.tell(*field, holds_mark({&options.separator, 1}, "表单字段的分隔符", "the separator of the form's fields"));
                }
            }
            out += name + options.pair + value;
        }
    }
}

void print_multipart(const out_node& at, charset to, std::string_view boundary, std::string& out, unwritable_text& fault) {
    // What stands in a part's header is written as it is.
    const auto header = [&](const out_node& from, const std::string& text) {
        check_characters(from, text, {to, false}, fault);
        if (text.find_first_of("\"\r\n") != std::string::npos) {
            fault.tell(from, {"内容含有引号或换行，multipart 的头部无法转义",
                              "the text holds a quote or a line end, which the headers of multipart cannot escape"});
        }
    };
    for (const auto* part : at.children) {
        std::string file;
        std::string type;
        header(*part, part->name);
        for (const auto* child : part->children) {
            if (child->name == "@filename" || child->name == "@content_type") {
                header(*child, child->text);
                (child->name == "@filename" ? file : type) = child->text;
            }
        }
        out += "--" + std::string(boundary) + "\r\nContent-Disposition: form-data; name=\"";
        from_utf8(to, part->name, out);
        out += '"';
        if (!file.empty()) {
            out += "; filename=\"";
            from_utf8(to, file, out);
            out += '"';
        }
        out += type.empty() ? "\r\n\r\n" : "\r\nContent-Type: " + type + "\r\n\r\n";
        if (file.empty()) {
            check_characters(*part, part->text, {to, false}, fault);
            from_utf8(to, part->text, out);
        } else {
            out += part->text; // bytes as they are
        }
        out += "\r\n";
    }
    out += "--" + std::string(boundary) + "--\r\n";
}

namespace {

std::string field_of(const out_node& at) {
    if (at.rule == nullptr) {
        std::string place;
        for (const auto* n = &at; n->parent != nullptr; n = n->parent) {
            place.insert(0, (n->parent->parent == nullptr ? "" : "/") + n->name);
        }
        return place;
    }
    std::string name = at.rule->name;
    for (const auto* in = at.entry; in != nullptr; in = in->up) {
        const auto entry = in->list->name + '[' + std::to_string(in->index) + ']';
        name.insert(0, name.empty() ? entry : entry + '.');
    }
    return name;
}

} // namespace

void unwritable_text::tell(const out_node& node, sentence wrong) {
    if (!found()) {
        field = field_of(node);
        why = std::move(wrong);
    }
}

sentence holds_mark(std::string_view mark, const std::string& what_zh, const std::string& what_en) {
    std::string shown;
    for (const char c : mark) {
        char one[16];
        std::snprintf(one, sizeof one, static_cast<unsigned char>(c) < ' ' ? "U+%04X" : "%c", c);
        shown += one;
    }
    return {"内容含有“" + shown + "”，它是" + what_zh + "，无法转义", "the text holds '" + shown + "', which is " + what_en + " and has no escape"};
}

bool stands_before(std::string_view text, std::string_view separator) {
    return (std::string(text) += separator).find(separator) == text.size();
}

void check_characters(const out_node& at, std::string_view text, text_encoding encoding, unwritable_text& fault) {
    auto lacking = encoding.escapes ? std::string_view::npos : first_lacking(encoding.bytes, text);
    if (lacking == std::string_view::npos) {
        return;
    }
    const auto begin = lacking;
    const auto number = static_cast<unsigned>(next_code_point(text, lacking));
    char code[16];
    std::snprintf(code, sizeof code, "U+%04X", number);
    const std::string character(text.substr(begin, lacking - begin));
    const std::string in(charset_name(encoding.bytes));
    fault.tell(at, {in + " 中没有字符“" + character + "”（" + code + "），此处也没有转义写法",
                    in + " has no character '" + character + "' (" + code + "), and there is no escape for it here"});
}

} // namespace tongban::dialects
