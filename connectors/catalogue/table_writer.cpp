// Tables as they are handed on: a byte-order mark, so that Excel reads UTF-8; cells quoted where they must be.
#include "connectors/catalogue/field_rules.hpp"
#include "connectors/catalogue/load.hpp"

namespace tongban::catalogue {

namespace {

void append_cell(std::string_view text, bool first, std::string& out) {
    out += first ? "" : ",";
    // A long number would become 3.2E+17 in a spreadsheet: a tab in front keeps it a text, and readers trim it.
    const bool long_number = text.size() > 11 && text.find_first_not_of("0123456789") == std::string_view::npos;
    if (!long_number && text.find_first_of(",\"\r\n") == std::string_view::npos) {
        out += text;
        return;
    }
    out += long_number ? "\"\t" : "\"";
    for (const char c : text) {
        out += c == '"' ? "\"\"" : std::string(1, c);
    }
    out += '"';
}

template <class Messages>
std::string table_of(std::span<const field_rule> rules, const Messages& messages) {
    std::string out = "\xEF\xBB\xBF";
    for (const auto& rule : rules) {
        append_cell(rule.headers.front(), &rule == rules.data(), out);
    }
    out += "\r\n";
    for (const auto* message : messages) {
        for (const auto& rule : rules) {
            append_cell(field_text(*message, rule), &rule == rules.data(), out);
        }
        out += "\r\n";
    }
    return out;
}

} // namespace

std::string items_csv(const cases::catalogue& known) {
    std::vector<const v1::CatalogueItem*> items;
    for (const auto& row : known.rows()) {
        items.push_back(row.item);
    }
    return table_of(item_rules(), items);
}

std::string agreements_csv(const cases::catalogue& known) {
    return table_of(agreement_rules(), known.contents().agreements);
}

} // namespace tongban::catalogue
