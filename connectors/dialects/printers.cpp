// The tree as JSON, XML, CSV, form or multipart text.
#include "connectors/dialects/out_tree.hpp"
#include "connectors/dialects/text.hpp"

#include <algorithm>

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

void print_cdata(std::string_view text, std::string& out) {
    out += "<![CDATA[";
    for (auto end = text.find("]]>"); end != std::string_view::npos; end = text.find("]]>")) {
        out += text.substr(0, end + 2);
        out += "]]><![CDATA[";
        text.remove_prefix(end + 2);
    }
    out += text;
    out += "]]>";
}

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

void print_element(const out_node& at, const std::vector<xml_namespace>* declared, std::string& out) {
    const std::string tag = at.prefix.empty() ? at.name : at.prefix + ':' + at.name;
    out += '<' + tag;
    if (declared != nullptr) {
        for (const auto& n : *declared) {
            out += n.prefix.empty() ? " xmlns=\"" : " xmlns:" + n.prefix + "=\"";
            append_xml_escaped(n.uri, out);
            out += '"';
        }
    }
    bool inside = !at.text.empty();
    for (const auto* child : at.children) {
        if (child->name.starts_with('@')) {
            out += ' ' + child->name.substr(1) + "=\"";
            append_attribute(child->text, out);
            out += '"';
        } else {
            inside = true;
        }
    }
    if (!inside) {
        out += "/>";
        return;
    }
    out += '>';
    if (at.cdata) {
        print_cdata(at.text, out);
    } else {
        append_xml_escaped(at.text, out);
    }
    for (const auto* child : at.children) {
        if (!child->name.starts_with('@')) {
            print_element(*child, nullptr, out);
        }
    }
    out += "</" + tag + '>';
}

void collect_prefixes(const out_node& at, std::vector<std::string>& used) {
    if (std::find(used.begin(), used.end(), at.prefix) == used.end()) {
        used.push_back(at.prefix);
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

void print_xml(const out_node& at, const format_spec& format, std::string_view charset_name,
               const std::vector<xml_namespace>& namespaces, std::string& out) {
    if (format.declaration) {
        out += "<?xml version=\"1.0\" encoding=\"" + std::string(charset_name) + "\"?>";
    }
    for (const auto* child : at.children) {
        std::vector<std::string> used;
        collect_prefixes(*child, used);
        std::vector<xml_namespace> declared;
        std::copy_if(namespaces.begin(), namespaces.end(), std::back_inserter(declared),
                     [&](const xml_namespace& n) {
                         return std::find(used.begin(), used.end(), n.prefix) != used.end();
                     });
        print_element(*child, &declared, out);
    }
}

void print_csv(const out_node& at, const csv_options& options, std::vector<std::string> columns,
               std::string& out) {
    for (const auto* row : at.children) {
        for (const auto* cell : row->children) {
            if (std::find(columns.begin(), columns.end(), cell->name) == columns.end()) {
                columns.push_back(cell->name);
            }
        }
    }
    const auto line = [&](auto text_of) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            out += i == 0 ? std::string() : std::string(1, options.delimiter);
            append_cell(text_of(columns[i]), options.delimiter, out);
        }
        out += "\r\n";
    };
    if (options.header) {
        line([](const std::string& name) { return std::string_view(name); });
    }
    for (const auto* row : at.children) {
        line([&](const std::string& name) {
            const auto cell = std::find_if(row->children.begin(), row->children.end(),
                                           [&](const out_node* c) { return c->name == name; });
            return cell == row->children.end() ? std::string_view() : std::string_view((*cell)->text);
        });
    }
}

void print_form(const out_node& at, const format_spec& format, charset to, std::string& out) {
    bool first = true;
    for (const auto* field : at.children) {
        out += first ? std::string() : std::string(1, format.form.separator);
        first = false;
        std::string name;
        std::string value;
        from_utf8(to, field->name, name);
        from_utf8(to, field->text, value);
        if (format.form.percent) {
            append_percent(name, out);
            out += format.form.pair;
            append_percent(value, out);
        } else {
            out += name + format.form.pair + value;
        }
    }
}

void print_multipart(const out_node& at, charset to, std::string_view boundary, std::string& out) {
    for (const auto* part : at.children) {
        std::string file;
        std::string type;
        for (const auto* child : part->children) {
            file = child->name == "@filename" ? child->text : file;
            type = child->name == "@content_type" ? child->text : type;
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
            from_utf8(to, part->text, out);
        } else {
            out += part->text; // bytes as they are
        }
        out += "\r\n";
    }
    out += "--" + std::string(boundary) + "--\r\n";
}

} // namespace tongban::dialects
