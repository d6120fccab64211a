// items.yaml and agreements.yaml: every mistake with its place. Keys are those of field_rules.cpp.
#include "connectors/catalogue/draft.hpp"
#include "connectors/catalogue/inline_lists.hpp"
#include "connectors/dialects/text.hpp"
#include "connectors/dialects/yaml_source.hpp"
#include "security/strict_yaml.hpp"

#include <algorithm>

namespace tongban::catalogue {

namespace {

using dialects::sentence;
using dialects::yaml_place;

// An alias costs a few bytes and stands for any number of nodes: what is looked at is counted.
constexpr std::size_t fields_max = 5'000'000;

std::string joined(const yaml_place& list) {
    std::string text;
    for (const auto& part : list.texts()) {
        text += (text.empty() ? "" : "、") + part;
    }
    return text;
}

class yaml_reader {
public:
    yaml_reader(draft& into, std::uint32_t file, dialects::mistake_list& mistakes)
        : into_(into), file_(file), mistakes_(mistakes) {}

    void read(const yaml_place& root) {
        root.only({"version", "classes", "defaults", "items", "agreements"});
        if (!root.is_map()) {
            return;
        }
        if (root["version"].present()) {
            into_.contents.header.set_version(root["version"].text());
        }
        if (root["classes"].present()) {
            read_classes(root["classes"]);
        }
        const auto defaults = root["defaults"];
        for (const auto& one : root["items"].items()) {
            read_item(one, defaults);
        }
        if (root["agreements"].present()) {
            into_.contents.header.set_agreements_listed(true); // an empty list allows nothing
        }
        for (const auto& one : root["agreements"].items()) {
            read_agreement(one);
        }
    }

private:
    void read_classes(const yaml_place& classes) {
        into_.classes_listed = true;
        for (const auto& one : classes.items()) {
            one.only({"code", "zh", "en"});
            auto& made = *into_.contents.header.add_classes();
            made.set_code(one["code"].text());
            made.set_name_zh(one["zh"].text());
            made.set_name_en(one["en"].text(made.code()));
        }
    }

    entry_source source_at(const yaml_place& at) const { return {file_, at.line(), at.column(), {}}; }

    bool stopped() {
        if (into_.full() || looked_at_ > fields_max) {
            if (!told_) {
                told_ = true;
                mistakes_.add(1, 1, "", {"错误或内容过多，读到此为止", "too many mistakes or fields: read no further"}, false);
            }
            return true;
        }
        return false;
    }

    void read_item(const yaml_place& at, const yaml_place& defaults) {
        if (stopped()) {
            return;
        }
        auto& item = into_.add_item(source_at(at));
        if (defaults.present()) {
            read_fields(defaults, item, item_rules(), "", into_.items.back());
        }
        read_fields(at, item, item_rules(), "", into_.items.back());
    }

    void read_agreement(const yaml_place& at) {
        if (!stopped()) {
            auto& agreement = into_.add_agreement(source_at(at));
            read_fields(at, agreement, agreement_rules(), "", into_.agreements.back());
        }
    }

    // `prefix` is where the message stands in the entry: "materials[2].".
    void read_fields(const yaml_place& at, google::protobuf::Message& message, std::span<const field_rule> rules,
                     const std::string& prefix, entry_source& source) {
        for (const auto& [key, value] : at.members()) {
            ++looked_at_;
            const auto* rule = rule_by_key(rules, key);
            if (rule == nullptr) {
                tell_unknown(key, value, rules);
                continue;
            }
            source.marks.push_back({prefix + std::string(rule->path), value.line(), value.column()});
            if (!value.present()) {
                continue;
            }
            read_value(value, message, *rule, source);
        }
    }

    void read_value(const yaml_place& value, google::protobuf::Message& message, const field_rule& rule,
                    entry_source& source) {
        if (value.is_list() && rule.kind == value_kind::materials) {
            read_materials(value, static_cast<v1::CatalogueItem&>(message), source);
            return;
        }
        if (value.is_list() && rule.kind == value_kind::situations) {
            read_situations(value, static_cast<v1::CatalogueItem&>(message));
            return;
        }
        if (value.is_list() && rule.kind == value_kind::delegations) {
            read_delegations(value, static_cast<v1::Agreement&>(message));
            return;
        }
        const bool list = value.is_list() && (rule.kind == value_kind::words || rule.kind == value_kind::codes ||
                                              rule.kind == value_kind::regions);
        sentence why;
        if (!set_field(message, rule, list ? joined(value) : value.text(), why)) {
            value.wrong(std::move(why));
        }
    }

    void read_materials(const yaml_place& list, v1::CatalogueItem& item, entry_source& source) {
        item.clear_materials();
        for (const auto& one : list.items()) {
            if (stopped()) {
                return;
            }
            const auto path = "materials[" + std::to_string(item.materials_size()) + ']';
            source.marks.push_back({path, one.line(), one.column()});
            read_fields(one, *item.add_materials(), material_rules(), path + '.', source);
        }
    }

    void read_situations(const yaml_place& list, v1::CatalogueItem& item) {
        item.clear_situations();
        for (const auto& one : list.items()) {
            if (stopped()) {
                return;
            }
            ++looked_at_;
            one.only({"code", "name"});
            auto& situation = *item.add_situations();
            situation.set_code(one["code"].text());
            situation.set_name(one["name"].text());
        }
    }

    void read_delegations(const yaml_place& list, v1::Agreement& agreement) {
        agreement.clear_delegations();
        for (const auto& one : list.items()) {
            if (stopped()) {
                return;
            }
            ++looked_at_;
            one.only({"items", "uscc", "name"});
            auto& delegation = *agreement.add_delegations();
            delegation.mutable_deciding()->set_uscc(one["uscc"].text());
            delegation.mutable_deciding()->set_name(one["name"].text());
            for (auto& code : one["items"].texts()) {
                ++looked_at_;
                delegation.add_items(std::move(code));
            }
        }
    }

    static void tell_unknown(const std::string& key, const yaml_place& value, std::span<const field_rule> rules) {
        std::vector<std::string_view> known;
        for (const auto& rule : rules) {
            known.push_back(rule.key);
        }
        value.wrong(sentence{"未知的键“" + key + "”", "unknown key '" + key + "'"} + dialects::did_you_mean(key, known));
    }

    draft& into_;
    std::uint32_t file_;
    dialects::mistake_list& mistakes_;
    std::size_t looked_at_ = 0;
    bool told_ = false;
};

} // namespace

void read_yaml(const std::string& text, const std::string& file, draft& into) {
    if (!dialects::is_utf8(text)) { // what is not could neither be compiled nor shown
        into.mistakes.push_back({file, 1, 1, "", {"不是 UTF-8", "is not UTF-8"}, false});
        return;
    }
    std::vector<security::file_mistake> unreadable;
    const auto document = security::parse_yaml(text, file, unreadable);
    for (const auto& one : unreadable) {
        into.mistakes.push_back({file, one.line, one.column, one.field, {"YAML：" + one.message, "YAML: " + one.message}, false});
    }
    if (!document) {
        return;
    }
    into.files.push_back(file);
    dialects::mistake_list mistakes(file, into.mistakes);
    yaml_reader(into, static_cast<std::uint32_t>(into.files.size() - 1), mistakes)
        .read(yaml_place(*document, "", mistakes));
}

} // namespace tongban::catalogue
