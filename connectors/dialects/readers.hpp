// Parsers of each framing: bytes in UTF-8 become nodes below `at`. Strict, bounded and without recursion on
// nesting beyond the document's depth. Texts are copied or parsed in place inside the document's own memory.
#pragma once

#include "connectors/dialects/charset.hpp"
#include "connectors/dialects/dialect.hpp"
#include "connectors/dialects/document.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tongban::dialects {

struct csv_options {
    char delimiter = ',';
    bool header = true;
    std::vector<std::string> columns; // names when there is no header
};

struct form_options {
    char pair = '=';
    char separator = '&';
    bool percent = true; // percent-decode names and values
};

struct xml_namespace {
    std::string prefix;
    std::string uri;
};

// What went wrong, for the sender.
struct parse_fault {
    errc code{};
    std::string place;
    std::string message_zh;
    std::string message_en;
};

// Each returns true, or false with `fault` filled.
bool read_json(document& doc, node_index at, std::string_view text, parse_fault& fault);
bool read_xml(document& doc, node_index at, std::string_view text,
              const std::vector<xml_namespace>& namespaces, parse_fault& fault);
bool read_csv(document& doc, node_index at, std::string_view text, const csv_options& options,
              parse_fault& fault);
// Values are decoded from `from` after percent-decoding.
bool read_form(document& doc, node_index at, std::string_view text, charset from, const form_options& options,
               parse_fault& fault);
// Parts keep their bytes; a part without a file name is text of `from`.
bool read_multipart(document& doc, node_index at, std::string_view body, std::string_view content_type,
                    charset from, parse_fault& fault);

// "charset" or "boundary" of a content type; empty when absent.
std::string_view content_type_parameter(std::string_view content_type, std::string_view name);
// "application/json" of "application/json; charset=utf-8", lower case.
std::string media_type(std::string_view content_type);

// "line 3 column 14 (byte 520)" of a text: lines and columns from 1, a column for each character.
std::string place_in(std::string_view text, std::size_t byte);

parse_fault malformed(std::string place, std::string zh, std::string en);
parse_fault too_many_nodes(const document& doc);
parse_fault nested_too_deep(const document& doc, std::string place);

} // namespace tongban::dialects
