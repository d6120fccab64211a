// Tables as they are handed on: a byte-order mark, so that Excel reads UTF-8; cells quoted where they must be. What was written is
// read again before anybody relies on it.
#include "connectors/catalogue/draft.hpp"
#include "connectors/catalogue/load.hpp"

#include <google/protobuf/message.h>

#include <algorithm>
#include <memory>

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

std::vector<const v1::CatalogueItem*> items_of(const cases::catalogue& known) {
    std::vector<const v1::CatalogueItem*> items;
    for (const auto& row : known.rows()) {
        items.push_back(row.item);
    }
    return items;
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

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Of one field alone. A message in it that says nothing is as none: nobody can write the difference.
std::string bytes_of(const Message& message, const FieldDescriptor* field) {
    const std::unique_ptr<Message> copy(message.New());
    copy->CopyFrom(message);
    const std::unique_ptr<Message> alone(message.New());
    copy->GetReflection()->SwapFields(copy.get(), alone.get(), {field});
    const bool one = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_repeated();
    const bool nothing = one && alone->GetReflection()->GetMessage(*alone, field).ByteSizeLong() == 0;
    return nothing ? std::string{} : alone->SerializeAsString();
}

// The first field that has a column and differs; empty when none does.
std::string lost_field(const Message& was, const Message& is, std::span<const field_rule> rules) {
    if (was.SerializeAsString() == is.SerializeAsString()) {
        return {};
    }
    for (const auto& rule : rules) {
        const auto* field = was.GetDescriptor()->FindFieldByName(std::string(rule.path.substr(0, rule.path.find('.'))));
        if (bytes_of(was, field) != bytes_of(is, field)) {
            return std::string(rule.headers.front());
        }
    }
    return {};
}

std::string name_of(const v1::CatalogueItem& item) { return item.impl_code() + '@' + item.version(); }
std::string name_of(const v1::Agreement& agreement) { return agreement.id(); }

template <class Messages, class Read>
std::vector<dialects::mistake> lost_in(const Messages& written, const Read& read, const draft& again,
                                       const std::vector<entry_source>& sources, std::span<const field_rule> rules,
                                       const std::string& file) {
    std::vector<dialects::mistake> lost;
    const auto tell = [&](int line, const std::string& what, std::string zh, std::string en) {
        if (lost.size() < cases::catalogue_faults_max) {
            lost.push_back({file, line, 1, what,
                            {"写成表格后读回会不同，因此没有写出，请改用 YAML 或编译后的目录" + std::move(zh),
                             "would not be read back from a table as it is, so none was written: use YAML or a compiled catalogue" +
                                 std::move(en)},
                            false});
        }
    };
    const auto entry_at = [&](int line) {
        const auto behind = std::ranges::upper_bound(sources, line, {}, &entry_source::line);
        const auto position = static_cast<std::size_t>(behind - sources.begin());
        return position > 0 && position <= written.size() ? name_of(*written[position - 1]) : std::string{};
    };
    for (const auto& one : again.mistakes) {
        const auto entry = entry_at(one.line);
        if (!one.warning) {
            tell(one.line, entry.empty() ? one.field : entry + '.' + one.field, "：" + one.message.zh, ": " + one.message.en);
        }
    }
    for (std::size_t i = 0; !again.any_wrong() && i < written.size(); ++i) {
        const auto field = i < read.size() ? lost_field(*written[i], *read[i], rules) : std::string("?");
        if (!field.empty()) {
            tell(i < sources.size() ? sources[i].line : 1, name_of(*written[i]) + '.' + field, "", "");
        }
    }
    return lost;
}

} // namespace

std::string items_csv(const cases::catalogue& known) { return table_of(item_rules(), items_of(known)); }

std::string agreements_csv(const cases::catalogue& known) {
    return table_of(agreement_rules(), known.contents().agreements);
}

std::vector<dialects::mistake> lost_in_items_csv(const cases::catalogue& known, const std::string& csv, const std::string& file) {
    draft again;
    read_tables(read_csv(csv, file, again.mistakes), again);
    complete_items(again);
    return lost_in(items_of(known), again.contents.items, again, again.items, item_rules(), file);
}

std::vector<dialects::mistake> lost_in_agreements_csv(const cases::catalogue& known, const std::string& csv, const std::string& file) {
    draft again;
    read_tables(read_csv(csv, file, again.mistakes), again);
    return lost_in(known.contents().agreements, again.contents.agreements, again, again.agreements, agreement_rules(), file);
}

} // namespace tongban::catalogue
