#include "security/partner_reader.hpp"

#include "security/certificate_pin.hpp"

#include <algorithm>
#include <array>

namespace tongban::security {
namespace {

constexpr std::size_t partners_max = 10000;
constexpr std::size_t identities_max = 16;
constexpr std::size_t regions_max = 64;
constexpr std::size_t dialects_max = 16;
constexpr std::array<std::string_view, 4> rule_names{"san_uri", "san_dns", "subject", "fingerprint"};

bool lower_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
bool letter_or_digit(char c) {
    return lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

// Ids stand in metric labels and file names.
bool is_word(std::string_view text) {
    return text.size() <= 64 && lower_or_digit(text.front()) &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return lower_or_digit(c) || c == '-' || c == '_'; });
}

bool is_window_id(std::string_view text) {
    return text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
               return letter_or_digit(c) || c == '-' || c == '_';
           });
}

// GB/T 2260: six digits, and the first names one of the eight groups of provinces.
bool is_region(std::string_view text) {
    return text.size() == 6 && text[0] >= '1' && text[0] <= '8' &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_name(std::string_view text) {
    return text.size() <= 256 && std::none_of(text.begin(), text.end(),
                                              [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

std::string place_of(const std::string& file, const YAML::Node& node) {
    return file + ':' + std::to_string(node.Mark().line + 1);
}

} // namespace

sentence not_a_word() {
    return {"应为小写字母、数字、“-”或“_”，至多 64 个", "must be lower-case letters, digits, '-' or '_', at most 64"};
}

sentence given_twice(const std::string& what) {
    return {what + " 重复给出", what + " given twice"};
}

sentence not_its_dialect() {
    return {"应为 canonical 或本合作方的格式之一", "must be canonical or one of this partner's dialects"};
}

void partner_reader::read(const std::string& file, const std::string& text) {
    const auto document = parse_yaml(text, file, mistakes_);
    if (!document)
        return;
    strict_map map(*document, file, "", mistakes_);
    const auto list = map.take("partners");
    map.finish();
    if (!map.valid())
        return;
    if (!list || !list->IsSequence() || list->size() == 0) {
        map.report(list.value_or(*document), "partners", {"应为列表，至少一个合作方", "must be a list of one or more partners"});
        return;
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
        if (ids_.size() >= partners_max) {
            map.report((*list)[i], "partners", {"合作方超过 10000 个", "more than 10000 partners"});
            return;
        }
        read_partner((*list)[i], file, "partners[" + std::to_string(i) + ']');
    }
}

void partner_reader::read_partner(const YAML::Node& node, const std::string& file, const std::string& field) {
    strict_map map(node, file, field, mistakes_);
    const auto p = std::make_shared<partner>();
    if (const auto id = map.text("id", true)) {
        const auto [earlier, fresh] = ids_.emplace(*id, place_of(file, node));
        if (!is_word(*id))
            map.report(*map.take("id"), "id", not_a_word());
        else if (!fresh)
            map.report(*map.take("id"), "id",
                       {"与 " + earlier->second + " 处另一合作方的 id 相同", "is the id of another partner at " + earlier->second});
        p->id = *id;
    }
    read_names(map, file, *p);
    read_role(map, *p);
    read_regions(map, *p);
    read_window(map, *p);
    read_dialects(map, file, *p);
    read_identities(map, file, p);
    read_delivery(map, file, *p);
    read_services(map, file, *p);
    map.finish();
    directory_.partners_.push_back(p);
}

void partner_reader::read_names(strict_map& map, const std::string& file, partner& p) {
    const auto node = map.take("name");
    if (!node) {
        if (map.valid())
            map.report("name", {"缺少必填项，应为 {zh: …, en: …}", "missing; give {zh: …, en: …}"});
        return;
    }
    strict_map names(*node, file, map.field_of("name"), mistakes_);
    for (const auto& [key, target] : {std::pair{"zh", &p.name_zh}, std::pair{"en", &p.name_en}}) {
        const auto text = names.text(key, true);
        if (text && !is_name(*text))
            names.report(*names.take(key), key,
                         {"超过 256 字节，或含控制字符", "longer than 256 bytes, or holds a control character"});
        else if (text)
            *target = *text;
    }
    names.finish();
}

void partner_reader::read_role(strict_map& map, partner& p) {
    const auto role = map.text("role", true);
    if (!role)
        return;
    if (*role == "platform")
        p.role = v1::ROLE_PLATFORM;
    else if (*role == "window")
        p.role = v1::ROLE_WINDOW;
    else if (*role == "operator")
        p.role = v1::ROLE_OPERATOR;
    else
        map.report(*map.take("role"), "role", {"应为 platform、window 或 operator", "must be platform, window or operator"});
}

void partner_reader::read_regions(strict_map& map, partner& p) {
    const auto listed = map.texts("regions", regions_max);
    for (const auto& [region, node] : listed) {
        if (!is_region(region))
            map.report(node, "regions", {"应为 GB/T 2260 的六位数字（370800）", "must be six digits after GB/T 2260 (370800)"});
        else if (p.acts_for(region))
            map.report(node, "regions", given_twice(region));
        else
            p.regions.push_back(region);
    }
    const bool needs_one = p.role == v1::ROLE_PLATFORM || p.role == v1::ROLE_WINDOW;
    if (map.valid() && needs_one && !map.take("regions"))
        map.report("regions", {"缺少必填项，请写明代表哪个地区", "missing; say which region this partner acts for"});
    else if (map.valid() && needs_one && map.take("regions")->IsSequence() &&
             map.take("regions")->size() == 0)
        map.report(*map.take("regions"), "regions", {"不能为空，请写明代表哪个地区", "empty; say which region this partner acts for"});
    if (p.role == v1::ROLE_WINDOW && listed.size() > 1)
        map.report(listed[1].second, "regions", {"一个窗口只属于一个地区", "a window stands in one region"});
}

void partner_reader::read_window(strict_map& map, partner& p) {
    const auto window = map.text("window_id", p.role == v1::ROLE_WINDOW);
    if (!window)
        return;
    const YAML::Node node = *map.take("window_id");
    if (p.role != v1::ROLE_WINDOW && p.role != v1::ROLE_UNSPECIFIED)
        map.report(node, "window_id", {"只有窗口才有", "only a window has one"});
    else if (!is_window_id(*window))
        map.report(node, "window_id", {"应为字母、数字、“-”或“_”，至多 32 个", "must be letters, digits, '-' or '_', at most 32"});
    else if (!p.regions.empty()) {
        const auto [earlier, fresh] = windows_.emplace(std::pair{p.regions[0], *window}, p.id);
        if (!fresh)
            map.report(node, "window_id",
                       {"与 " + earlier->second + " 在 " + p.regions[0] + " 的窗口号相同",
                        "is also the window of " + earlier->second + " in " + p.regions[0]});
    }
    p.window_id = *window;
}

void partner_reader::read_dialects(strict_map& map, const std::string& file, partner& p) {
    for (const auto& [dialect, node] : map.texts("dialects", dialects_max)) {
        if (p.role == v1::ROLE_OPERATOR)
            map.report(node, "dialects", {"运维方不发送报文", "an operator sends no messages"});
        else if (!is_word(dialect))
            map.report(node, "dialects", not_a_word());
        else if (std::find(p.dialects.begin(), p.dialects.end(), dialect) != p.dialects.end())
            map.report(node, "dialects", given_twice(dialect));
        else {
            p.dialects.push_back(dialect);
            dialects_.push_back({dialect, {file, node.Mark().line + 1, node.Mark().column + 1, map.field_of("dialects"), {}}});
        }
    }
}

void partner_reader::read_identities(strict_map& map, const std::string& file,
                                     const std::shared_ptr<const partner>& p) {
    const auto list = map.take("identities");
    if (!map.valid())
        return;
    if (!list || !list->IsSequence() || list->size() == 0) {
        const sentence wanted("至少给出 san_uri、san_dns、subject、fingerprint 之一",
                              "give one or more of san_uri, san_dns, subject, fingerprint");
        list ? map.report(*list, "identities", wanted)
             : map.report("identities", sentence("缺少必填项，", "missing; ") + wanted);
        return;
    }
    if (list->size() > identities_max) {
        map.report(*list, "identities", {"超过 16 条", "more than 16 entries"});
        return;
    }
    for (std::size_t i = 0; i < list->size(); ++i)
        read_rule((*list)[i], file, map.field_of("identities[" + std::to_string(i) + ']'), p);
}

void partner_reader::read_rule(const YAML::Node& node, const std::string& file, const std::string& field,
                               const std::shared_ptr<const partner>& p) {
    strict_map map(node, file, field, mistakes_);
    if (map.valid() && node.size() != 1)
        map.report("", {"须且只须给出 san_uri、san_dns、subject、fingerprint 之一",
                        "must hold exactly one of san_uri, san_dns, subject, fingerprint"});
    for (std::size_t kind = 0; kind < rule_names.size(); ++kind) {
        const auto value = map.text(rule_names[kind], false);
        if (!value)
            continue;
        const YAML::Node at = *map.take(rule_names[kind]);
        certificate_pin rule{static_cast<identity_rule>(kind), *value};
        if (const auto wrong = normalise(rule); !wrong.empty())
            map.report(at, rule_names[kind], wrong);
        else
            add_rule(rule.kind, rule.value, p, {place_of(file, at), p->id}, map, at);
    }
    map.finish();
}

void partner_reader::add_rule(identity_rule kind, const std::string& value,
                              const std::shared_ptr<const partner>& p, const rule_place& place,
                              strict_map& map, const YAML::Node& at) {
    const auto name = rule_names[static_cast<std::size_t>(kind)];
    const auto [earlier, fresh] = rules_.emplace(std::pair{kind, value}, place);
    if (!fresh) {
        const auto& [where, who] = earlier->second;
        map.report(at, name, {"已是 " + who + " 的身份（" + where + "）", "is already an identity of " + who + " at " + where});
        return;
    }
    for (const auto& rule : directory_.uri_prefixes_) {
        if (kind != identity_rule::san_uri || !value.starts_with(rule.prefix))
            continue;
        map.report(at, name, {"永远匹配不到：" + rule.to.who->id + " 的 " + rule.prefix + "* 在前",
                              "is never reached: " + rule.prefix + "* of " + rule.to.who->id + " comes first"});
        return;
    }
    const partner_directory::target to{order_++, p};
    if (kind == identity_rule::san_uri && value.ends_with('*'))
        directory_.uri_prefixes_.push_back({value.substr(0, value.size() - 1), to});
    else
        directory_.exact_[static_cast<std::size_t>(kind)].emplace(value, to);
}

} // namespace tongban::security
