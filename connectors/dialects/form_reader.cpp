// Form posts, multipart bodies, and what a content type says about them.
#include "connectors/dialects/key_set.hpp"
#include "connectors/dialects/readers.hpp"
#include "connectors/dialects/text.hpp"

#include <algorithm>
#include <cctype>

namespace tongban::dialects {

parse_fault malformed(std::string place, std::string zh, std::string en) {
    return {errc::malformed, std::move(place), std::move(zh), std::move(en)};
}

parse_fault too_many_nodes(const document& doc) {
    const auto limit = std::to_string(doc.limits().nodes);
    return {errc::too_large, "", "报文中的字段数超过上限 " + limit, "more fields than the limit of " + limit};
}

std::string place_in(std::string_view text, std::size_t byte) {
    const auto before = text.substr(0, byte);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const auto begin = before.rfind('\n') + 1; // npos + 1 is 0
    const auto column = std::count_if(before.begin() + static_cast<std::ptrdiff_t>(begin), before.end(),
                                      [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }) + 1;
    return "line " + std::to_string(line) + " column " + std::to_string(column) + " (byte " + std::to_string(byte) + ')';
}

parse_fault nested_too_deep(const document& doc, std::string place) {
    const auto limit = std::to_string(doc.limits().depth);
    return {errc::too_deep, std::move(place), "报文嵌套层数超过上限 " + limit, "nested deeper than the limit of " + limit};
}

namespace {

bool same_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
    });
}

int hex_value(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

// False when a percent sign is not followed by two hexadecimal digits.
bool percent_decode(std::string_view in, std::string& out) {
    out.clear();
    for (std::size_t i = 0; i < in.size(); ++i) {
        if (in[i] == '%') {
            const int high = i + 2 < in.size() ? hex_value(in[i + 1]) : -1;
            const int low = i + 2 < in.size() ? hex_value(in[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return false;
            }
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += in[i] == '+' ? ' ' : in[i];
        }
    }
    return true;
}

// Text of one field or part: decoded to UTF-8, without NUL, kept by the document.
bool keep_text(document& doc, std::string_view bytes, charset from, std::string_view name,
               std::string_view& out, parse_fault& fault) {
    thread_local std::string scratch;
    std::size_t bad = 0;
    std::string_view text;
    if (!to_utf8(from, bytes, scratch, text, bad)) {
        fault = {errc::wrong_encoding, std::string(name), "字段的编码不是 " + std::string(charset_name(from)),
                 "the field is not " + std::string(charset_name(from))};
        return false;
    }
    if (text.find('\0') != std::string_view::npos) {
        fault = malformed(std::string(name), "字段中有空字符", "NUL character in a field");
        return false;
    }
    out = doc.keep(text);
    return true;
}

// The next parameter of `rest`, which is taken off it: up to a ';' outside quotes. False at the end.
bool next_parameter(std::string_view& rest, std::string_view& name, std::string_view& value) {
    if (rest.empty()) {
        return false;
    }
    const auto equals = rest.find_first_of("=;");
    name = trim(rest.substr(0, equals));
    value = {};
    if (equals == std::string_view::npos || rest[equals] == ';') {
        rest.remove_prefix(std::min(equals, rest.size() - 1) + 1);
        return true;
    }
    rest.remove_prefix(equals + 1);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    if (rest.starts_with('"')) {
        const auto end = rest.find('"', 1);
        value = rest.substr(1, end == std::string_view::npos ? end : end - 1);
        rest.remove_prefix(std::min(end, rest.size()));
    }
    const auto end = rest.find(';');
    value = value.data() == nullptr ? trim(rest.substr(0, end)) : value;
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return true;
}

} // namespace

std::string_view content_type_parameter(std::string_view content_type, std::string_view name) {
    const auto first = content_type.find(';');
    auto rest = first == std::string_view::npos ? std::string_view() : content_type.substr(first + 1);
    std::string_view found;
    for (std::string_view value; next_parameter(rest, found, value);) {
        if (!found.empty() && same_ignoring_case(found, name)) {
            return value;
        }
    }
    return {};
}

std::string media_type(std::string_view content_type) {
    std::string type(trim(content_type.substr(0, content_type.find(';'))));
    std::transform(type.begin(), type.end(), type.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return type;
}

bool read_form(document& doc, node_index at, std::string_view text, charset from, const form_options& options,
               parse_fault& fault) {
    doc.at(at).graft = format_kind::form;
    const node_index before = doc.size();
    std::string name;
    std::string value;
    while (!text.empty()) {
        const auto end = std::min(text.find(options.separator), text.size());
        auto field = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (options.separator == '\n' && field.ends_with('\r')) {
            field.remove_suffix(1);
        }
        if (trim(field).empty()) {
            continue;
        }
        const auto equals = field.find(options.pair);
        name = field.substr(0, equals);
        value = equals == std::string_view::npos ? std::string_view() : field.substr(equals + 1);
        if (options.percent) {
            const std::string raw_name = name;
            const std::string raw_value = value;
            if (!percent_decode(raw_name, name) || !percent_decode(raw_value, value)) {
                fault = malformed(raw_name, "百分号编码不完整", "percent-encoding is not complete");
                return false;
            }
        }
        std::string_view kept_name;
        std::string_view kept_value;
        if (!keep_text(doc, trim(name), from, name, kept_name, fault) ||
            !keep_text(doc, value, from, name, kept_value, fault)) {
            return false;
        }
        if (doc.add(at, kept_name, node_kind::text, kept_value) == no_node) {
            fault = too_many_nodes(doc);
            return false;
        }
    }
    thread_local key_set names;
    if (const auto twice = names.repeated(doc, at, before); twice != no_node) {
        fault = malformed(std::string(doc.at(twice).name), "表单字段重复", "duplicate form field");
        return false;
    }
    return true;
}

namespace {

// One part: headers, empty line, bytes.
bool add_part(document& doc, node_index at, std::string_view part, charset from, parse_fault& fault) {
    const auto blank = part.find("\r\n\r\n");
    if (blank == std::string_view::npos) {
        fault = malformed("multipart", "部分缺少空行", "a part without an empty line after its headers");
        return false;
    }
    auto headers = part.substr(0, blank + 2);
    const auto bytes = part.substr(blank + 4);
    std::string_view name;
    std::string_view file;
    std::string_view type;
    while (!headers.empty()) {
        const auto end = headers.find("\r\n");
        const auto line = headers.substr(0, end);
        headers.remove_prefix(end + 2);
        const auto colon = line.find(':');
        if (same_ignoring_case(trim(line.substr(0, colon)), "content-disposition")) {
            name = content_type_parameter(line, "name");
            file = content_type_parameter(line, "filename");
        } else if (same_ignoring_case(trim(line.substr(0, colon)), "content-type")) {
            type = trim(line.substr(colon + 1));
        }
    }
    std::string_view kept_name;
    std::string_view kept_file;
    if (!keep_text(doc, name, from, "multipart", kept_name, fault) ||
        !keep_text(doc, file, from, kept_name, kept_file, fault)) {
        return false;
    }
    std::string_view value;
    const bool binary = !file.empty();
    if (binary) {
        value = doc.keep(bytes);
    } else if (!keep_text(doc, bytes, from, kept_name, value, fault)) {
        return false;
    }
    const node_index added = doc.add(at, kept_name, node_kind::text, value);
    if (added == no_node) {
        fault = too_many_nodes(doc);
        return false;
    }
    doc.at(added).binary = binary;
    if (!file.empty()) {
        doc.add(added, "@filename", node_kind::text, kept_file);
    }
    if (!type.empty() && is_utf8(type)) {
        doc.add(added, "@content_type", node_kind::text, doc.keep(type));
    }
    return true;
}

} // namespace

bool read_multipart(document& doc, node_index at, std::string_view body, std::string_view content_type,
                    charset from, parse_fault& fault) {
    doc.at(at).graft = format_kind::multipart;
    const auto boundary = content_type_parameter(content_type, "boundary");
    const std::string line = "--" + std::string(boundary);
    if (boundary.empty() || !body.starts_with(line)) {
        fault = malformed("multipart", "缺少 boundary 或正文不以其开头",
                          "no boundary in the content type, or the body does not start with it");
        return false;
    }
    body.remove_prefix(line.size());
    while (!body.starts_with("--")) {
        if (!body.starts_with("\r\n")) {
            fault = malformed("multipart", "boundary 之后应换行", "no line end after the boundary");
            return false;
        }
        body.remove_prefix(2);
        const auto end = body.find("\r\n" + line);
        if (end == std::string_view::npos) {
            fault = malformed("multipart", "缺少结束的 boundary", "the closing boundary is missing");
            return false;
        }
        if (!add_part(doc, at, body.substr(0, end), from, fault)) {
            return false;
        }
        body.remove_prefix(end + 2 + line.size());
    }
    return true;
}

} // namespace tongban::dialects
