// Entries between ; or line ends, parts of an entry between |, both in either width.
#include "connectors/catalogue/inline_lists.hpp"

#include "connectors/catalogue/field_rules.hpp"
#include "connectors/catalogue/field_words.hpp"
#include "connectors/dialects/quantities.hpp"
#include "connectors/dialects/text.hpp"

#include <algorithm>
#include <string>

namespace tongban::catalogue {

namespace {

std::vector<std::string_view> split(std::string_view text, std::u32string_view separators, bool keep_empty) {
    std::vector<std::string_view> parts;
    std::size_t begin = 0;
    const auto take = [&](std::size_t end) {
        const auto part = dialects::trim(text.substr(begin, end - begin));
        if (keep_empty || !part.empty()) {
            parts.push_back(part);
        }
    };
    for (std::size_t at = 0; at < text.size();) {
        const auto here = at;
        if (separators.find(dialects::next_code_point(text, at)) != std::u32string_view::npos) {
            take(here);
            begin = at;
        }
    }
    take(text.size());
    return parts;
}

std::vector<std::string_view> entries_of(std::string_view text) { return split(text, U";；\n\r", false); }
std::vector<std::string_view> parts_of(std::string_view entry) { return split(entry, U"|｜", true); }

// What separates entries and parts cannot stand in one.
std::string safe(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto c = dialects::next_code_point(text, at);
        const bool comma = c == U';' || c == U'；';
        const bool stroke = c == U'|' || c == U'｜';
        dialects::append_code_point(comma ? U'，' : stroke ? U'/' : c == U'\n' || c == U'\r' ? U' ' : c, out);
    }
    return out;
}

// "容缺5个工作日", "告知承诺", "2份", "证照:身份证", a source's word.
bool set_material_rule(v1::CatalogueMaterial& material, std::string_view word, dialects::sentence& why) {
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

std::vector<std::string_view> list_parts(std::string_view text) {
    return split(text, U"、,，;；|｜\n\r", false);
}

bool set_situations(v1::CatalogueItem& item, std::string_view text, dialects::sentence& why) {
    item.clear_situations();
    for (const auto entry : entries_of(text)) {
        const auto parts = parts_of(entry);
        if (parts.size() > 2 || parts[0].empty()) {
            why = {"情形应如“01|购房；02|租房”", "situations must be like 01|购房；02|租房"};
            return false;
        }
        auto& situation = *item.add_situations();
        situation.set_code(std::string(parts[0]));
        situation.set_name(std::string(parts.size() > 1 ? parts[1] : ""));
    }
    return true;
}

std::string situations_text(const v1::CatalogueItem& item) {
    std::string text;
    for (const auto& one : item.situations()) {
        text += (text.empty() ? "" : "；") + safe(one.code()) + (one.name().empty() ? "" : "|" + safe(one.name()));
    }
    return text;
}

bool set_materials(v1::CatalogueItem& item, std::string_view text, dialects::sentence& why) {
    item.clear_materials();
    for (const auto entry : entries_of(text)) {
        const auto parts = parts_of(entry);
        if (parts.size() < 2) {
            why = {"材料应如“CL001|居民身份证|必要”", "materials must be like CL001|居民身份证|必要"};
            return false;
        }
        auto& material = *item.add_materials();
        material.set_code(std::string(parts[0]));
        material.set_name(std::string(parts[1]));
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
        text += (text.empty() ? "" : "；") + safe(one.code()) + '|' + safe(one.name());
        text += one.required() ? "|必要" : "";
        if (one.tolerance()) {
            text += "|容缺" + (one.has_tolerance_limit() ? limit_text(one.tolerance_limit()) : std::string{});
        }
        const auto after = word_of_number(*v1::OwedConsequence_descriptor(), one.consequence());
        text += after.empty() ? "" : "|逾期:" + std::string(after);
        text += one.commitment() ? "|告知承诺" : "";
        text += one.copies() > 0 ? '|' + std::to_string(one.copies()) + "份" : "";
        text += one.licence_type().empty() ? "" : "|证照:" + safe(one.licence_type());
        const auto source = word_of_number(*v1::MaterialSource_descriptor(), one.source());
        text += source.empty() ? "" : "|来源:" + std::string(source);
    }
    return text;
}

bool set_conditions(v1::CatalogueItem& item, std::string_view text, dialects::sentence& why) {
    auto& conditions = *item.mutable_automatic()->mutable_conditions();
    conditions.Clear();
    for (const auto entry : entries_of(text)) {
        const auto equals = split(entry, U"=＝", true);
        if (equals.size() > 2 || equals[0].empty()) {
            why = {"自动审批条件应如“婚姻状况=未婚,离异；材料编码写作 material:CL001”",
                   "conditions must be like field=value,value; material:CL001"};
            return false;
        }
        auto& condition = *conditions.Add();
        condition.set_field(std::string(equals[0]));
        for (const auto value : split(equals.size() > 1 ? equals[1] : "", U",，、", false)) {
            condition.add_values(std::string(value));
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
        text += (text.empty() ? "" : "；") + safe(one.field());
        for (int i = 0; i < one.values_size(); ++i) {
            text += (i == 0 ? "=" : ",") + safe(one.values(i));
        }
    }
    return text;
}

bool set_delegations(v1::Agreement& agreement, std::string_view text, dialects::sentence& why) {
    agreement.clear_delegations();
    for (const auto entry : entries_of(text)) {
        const auto parts = parts_of(entry);
        if (parts.size() > 3 || parts[0].empty()) {
            why = {"委托决定应如“统一社会信用代码|名称|编码,编码”", "delegations must be like uscc|name|code,code"};
            return false;
        }
        auto& delegation = *agreement.add_delegations();
        delegation.mutable_deciding()->set_uscc(std::string(parts[0]));
        delegation.mutable_deciding()->set_name(std::string(parts.size() > 1 ? parts[1] : ""));
        for (const auto code : list_parts(parts.size() > 2 ? parts[2] : "")) {
            delegation.add_items(std::string(code));
        }
    }
    return true;
}

std::string delegations_text(const v1::Agreement& agreement) {
    std::string text;
    for (const auto& one : agreement.delegations()) {
        text += (text.empty() ? "" : "；") + safe(one.deciding().uscc()) + '|' + safe(one.deciding().name()) + '|';
        for (int i = 0; i < one.items_size(); ++i) {
            text += (i == 0 ? "" : ",") + safe(one.items(i));
        }
    }
    return text;
}

} // namespace tongban::catalogue
