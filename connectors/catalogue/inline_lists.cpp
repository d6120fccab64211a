// Entries between ; or line ends, parts of an entry between |, both in either width. A part may stand in quotes.
#include "connectors/catalogue/inline_lists.hpp"

#include "connectors/catalogue/field_rules.hpp"
#include "connectors/catalogue/field_words.hpp"
#include "connectors/dialects/quantities.hpp"
#include "connectors/dialects/text.hpp"

#include <algorithm>
#include <string>

namespace tongban::catalogue {

namespace {

// What separates anything in a list of its kind: between two of them a part may stand in quotes.
using mark_set = std::u32string_view;
constexpr mark_set part_marks = U";；|｜\n\r"; // of situations, materials, delegations
constexpr mark_set condition_marks = U";；=＝,，、\n\r";
constexpr mark_set no_quotes{}; // of codes: a quote is a character as any other

bool is_in(mark_set marks, char32_t c) { return marks.find(c) != mark_set::npos; }

bool is_blank(std::string_view text) { return dialects::trim(text).empty(); }

// Behind the quotes of the part that begins at `at` with ": in them "" is " and nothing separates. 0 when there is no second
// quote, or something stands between it and the next mark: then the quotes are characters as any other.
std::size_t quoted_end(std::string_view text, std::size_t at, mark_set marks) {
    for (auto quote = text.find('"', at + 1); quote != std::string_view::npos; quote = text.find('"', quote + 1)) {
        if (quote + 1 < text.size() && text[quote + 1] == '"') {
            ++quote;
            continue;
        }
        for (auto next = quote + 1; next < text.size();) {
            const auto here = next;
            const auto c = dialects::next_code_point(text, next);
            if (is_in(marks, c)) {
                break;
            }
            if (!is_blank(text.substr(here, next - here))) {
                return 0;
            }
        }
        return quote + 1;
    }
    return 0;
}

// Parts between separators, trimmed, with their quotes.
std::vector<std::string_view> split(std::string_view text, mark_set separators, mark_set marks, bool keep_empty) {
    std::vector<std::string_view> parts;
    std::size_t begin = 0;
    const auto take = [&](std::size_t end) {
        const auto part = dialects::trim(text.substr(begin, end - begin));
        if (keep_empty || !part.empty()) {
            parts.push_back(part);
        }
    };
    bool may_quote = !marks.empty();
    for (std::size_t at = 0; at < text.size();) {
        const auto here = at;
        if (const auto end = may_quote && text[at] == '"' ? quoted_end(text, at, marks) : 0; end > 0) {
            at = end;
            may_quote = false;
            continue;
        }
        const auto c = dialects::next_code_point(text, at);
        may_quote = is_in(marks, c) || (may_quote && is_blank(text.substr(here, at - here)));
        if (is_in(separators, c)) {
            take(here);
            begin = at;
        }
    }
    take(text.size());
    return parts;
}

std::vector<std::string_view> entries_of(std::string_view text, mark_set marks) { return split(text, U";；\n\r", marks, false); }
std::vector<std::string_view> parts_of(std::string_view entry) { return split(entry, U"|｜", part_marks, true); }

bool is_quoted(std::string_view part) { return part.starts_with('"') && quoted_end(part, 0, part_marks) == part.size(); }

// What a part says: without its quotes.
std::string unquoted(std::string_view part) {
    if (!is_quoted(part)) {
        return std::string(part);
    }
    std::string text;
    for (std::size_t at = 1; at + 1 < part.size(); ++at) {
        text += part[at];
        at += part[at] == '"' ? 1 : 0;
    }
    return text;
}

std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        out += c == '"' ? "\"\"" : std::string(1, c);
    }
    return out + '"';
}

// As a part, so that it is read as it stands.
std::string quoted(std::string_view text, mark_set marks) {
    bool plain = !text.empty() && !text.starts_with('"') && dialects::trim(text).size() == text.size();
    for (std::size_t at = 0; plain && at < text.size();) {
        plain = !is_in(marks, dialects::next_code_point(text, at));
    }
    return plain ? std::string(text) : in_quotes(text);
}

// As the part that a cell begins with, which must not make the cell one that says nothing or is marked as a text.
std::string first_quoted(std::string_view text, mark_set marks) {
    return is_nothing(text) || text.starts_with('\'') ? in_quotes(text) : quoted(text, marks);
}

// Quotes that do not end, or text behind them: somebody meant to quote.
bool is_half_quoted(std::string_view part) { return part.starts_with('"') && !is_quoted(part); }

std::string part_text(std::string_view text) { return text.empty() ? std::string{} : first_quoted(text, part_marks); }

// "容缺5个工作日", "告知承诺", "2份", "证照:身份证", a source's word.
bool set_material_rule(v1::CatalogueMaterial& material, std::string_view part, dialects::sentence& why) {
    const auto whole = unquoted(part);
    const std::string_view word = whole;
    if (word.empty()) {
        return true;
    }
    constexpr std::string_view tolerance = "容缺";
    constexpr std::string_view licence = "证照:";
    constexpr std::string_view source = "来源:";
    constexpr std::string_view consequence = "逾期:";
    if (word == "必要" || word == "非必要") {
        material.set_required(word == "必要");
        return true;
    }
    if (word == "告知承诺") {
        material.set_commitment(true);
        return true;
    }
    if (word.starts_with(tolerance)) {
        material.set_tolerance(true);
        const auto* limit = rule_by_key(material_rules(), "tolerance_limit");
        return set_field(material, *limit, word.substr(tolerance.size()), why);
    }
    if (word.starts_with(consequence)) {
        return set_field(material, *rule_by_key(material_rules(), "consequence"), word.substr(consequence.size()), why);
    }
    if (word.starts_with(licence)) {
        material.set_licence_type(std::string(word.substr(licence.size())));
        return true;
    }
    std::int64_t copies = 0;
    if (word.ends_with("份") && dialects::parse_count(word.substr(0, word.size() - std::string_view("份").size()), copies) &&
        copies >= 0 && copies <= 1'000'000) {
        material.set_copies(static_cast<std::uint32_t>(copies));
        return true;
    }
    const auto named = word.starts_with(source) ? word.substr(source.size()) : word;
    const int number = number_of_word(*v1::MaterialSource_descriptor(), named);
    if (number < 0) {
        why = {"材料规则“" + std::string(word.substr(0, 60)) + "”未知：必要、容缺5个工作日、逾期:…、告知承诺、2份、证照:…、来源:…",
               "unknown rule of a material; known: 必要, 容缺5个工作日, 逾期:…, 告知承诺, 2份, 证照:…, 来源:…"};
        return false;
    }
    material.set_source(static_cast<v1::MaterialSource>(number));
    return true;
}

} // namespace

bool is_one_line(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto c = dialects::next_code_point(text, at);
        const bool control = (c < 0x20 && c != U'\t') || (c >= 0x7F && c < 0xA0);
        if (control || c == 0x2028 || c == 0x2029) {
            return false;
        }
    }
    return true;
}

dialects::sentence broken_line() {
    return {"名称或编码中有换行或控制字符，请写在一行内", "a line break or control character in a name or code: write it in one line"};
}

std::vector<std::string_view> list_parts(std::string_view text) {
    return split(text, U"、,，;；|｜\n\r", no_quotes, false);
}

bool set_situations(v1::CatalogueItem& item, std::string_view text, dialects::sentence& why) {
    item.clear_situations();
    for (const auto entry : entries_of(text, part_marks)) {
        const auto parts = parts_of(entry);
        if (parts.size() > 2 || parts[0].empty()) {
            why = {"情形应如“01|购房；02|租房”", "situations must be like 01|购房；02|租房"};
            return false;
        }
        auto& situation = *item.add_situations();
        situation.set_code(unquoted(parts[0]));
        situation.set_name(parts.size() > 1 ? unquoted(parts[1]) : "");
        if (!is_one_line(entry)) {
            why = broken_line();
            return false;
        }
    }
    return true;
}

std::string situations_text(const v1::CatalogueItem& item) {
    std::string text;
    for (const auto& one : item.situations()) {
        text += (text.empty() ? "" : "；") + first_quoted(one.code(), part_marks);
        text += one.name().empty() ? "" : '|' + quoted(one.name(), part_marks);
    }
    return text;
}

bool set_materials(v1::CatalogueItem& item, std::string_view text, dialects::sentence& why) {
    item.clear_materials();
    for (const auto entry : entries_of(text, part_marks)) {
        const auto parts = parts_of(entry);
        if (!is_one_line(entry)) {
            why = broken_line();
            return false;
        }
        if (parts.size() < 2) {
            why = {"材料应如“CL001|居民身份证|必要”", "materials must be like CL001|居民身份证|必要"};
            return false;
        }
        auto& material = *item.add_materials();
        material.set_code(unquoted(parts[0]));
        material.set_name(unquoted(parts[1]));
        for (std::size_t i = 2; i < parts.size(); ++i) {
            if (!set_material_rule(material, parts[i], why)) {
                return false;
            }
        }
    }
    return true;
}

std::string materials_text(const v1::CatalogueItem& item) {
    std::string text;
    for (const auto& one : item.materials()) {
        text += (text.empty() ? "" : "；") + part_text(one.code()) + '|' + part_text(one.name());
        text += one.required() ? "|必要" : "";
        if (one.tolerance()) {
            text += "|容缺" + (one.has_tolerance_limit() ? limit_text(one.tolerance_limit()) : std::string{});
        }
        const auto after = word_of_number(*v1::OwedConsequence_descriptor(), one.consequence());
        text += after.empty() ? "" : "|逾期:" + std::string(after);
        text += one.commitment() ? "|告知承诺" : "";
        text += one.copies() > 0 ? '|' + std::to_string(one.copies()) + "份" : "";
        text += one.licence_type().empty() ? "" : '|' + part_text("证照:" + one.licence_type());
        const auto source = word_of_number(*v1::MaterialSource_descriptor(), one.source());
        text += source.empty() ? "" : "|来源:" + std::string(source);
    }
    return text;
}

bool set_conditions(v1::CatalogueItem& item, std::string_view text, dialects::sentence& why) {
    auto& conditions = *item.mutable_automatic()->mutable_conditions();
    conditions.Clear();
    for (const auto entry : entries_of(text, condition_marks)) {
        const auto equals = split(entry, U"=＝", condition_marks, true);
        if (equals.size() > 2 || equals[0].empty()) {
            why = {"自动审批条件应如“婚姻状况=未婚,离异；材料编码写作 material:CL001”",
                   "conditions must be like field=value,value; material:CL001"};
            return false;
        }
        auto& condition = *conditions.Add();
        condition.set_field(unquoted(equals[0]));
        const auto values = split(equals.size() > 1 ? equals[1] : "", U",，、", condition_marks, false);
        for (const auto value : values) {
            condition.add_values(unquoted(value));
        }
        if (is_half_quoted(equals[0]) || std::any_of(values.begin(), values.end(), is_half_quoted)) {
            why = {"自动审批条件“" + condition.field() + "”的引号不成对，应如 提取原因=\"购房；自住\"",
                   "quotes of condition " + condition.field() + " do not end; write field=\"a；b\", with \"\" for a quote inside"};
            return false;
        }
        if (equals.size() > 1 && condition.values().empty()) {
            why = {"自动审批条件“" + condition.field() + "”没有取值", "condition " + condition.field() + " has no value"};
            return false;
        }
    }
    return true;
}

std::string conditions_text(const v1::CatalogueItem& item) {
    std::string text;
    for (const auto& one : item.automatic().conditions()) {
        text += (text.empty() ? "" : "；") + first_quoted(one.field(), condition_marks);
        for (int i = 0; i < one.values_size(); ++i) {
            text += (i == 0 ? "=" : ",") + quoted(one.values(i), condition_marks);
        }
    }
    return text;
}

bool set_delegations(v1::Agreement& agreement, std::string_view text, dialects::sentence& why) {
    agreement.clear_delegations();
    for (const auto entry : entries_of(text, part_marks)) {
        const auto parts = parts_of(entry);
        if (parts.size() > 3 || parts[0].empty()) {
            why = {"委托决定应如“统一社会信用代码|名称|编码,编码”", "delegations must be like uscc|name|code,code"};
            return false;
        }
        auto& delegation = *agreement.add_delegations();
        delegation.mutable_deciding()->set_uscc(unquoted(parts[0]));
        delegation.mutable_deciding()->set_name(parts.size() > 1 ? unquoted(parts[1]) : "");
        if (!is_one_line(entry)) {
            why = broken_line();
            return false;
        }
        for (const auto code : list_parts(parts.size() > 2 ? parts[2] : "")) {
            delegation.add_items(std::string(code));
        }
    }
    return true;
}

std::string delegations_text(const v1::Agreement& agreement) {
    std::string text;
    for (const auto& one : agreement.delegations()) {
        text += (text.empty() ? "" : "；") + part_text(one.deciding().uscc()) + '|' + part_text(one.deciding().name()) + '|';
        for (int i = 0; i < one.items_size(); ++i) {
            text += (i == 0 ? "" : ",") + one.items(i);
        }
    }
    return text;
}

} // namespace tongban::catalogue
