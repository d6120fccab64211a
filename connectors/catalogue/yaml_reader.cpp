// items.yaml, agreements.yaml and bundles: every mistake with its place. Keys are those of field_rules.cpp.
#include "connectors/catalogue/draft.hpp"
#include "connectors/catalogue/inline_lists.hpp"
#include "connectors/dialects/text.hpp"
#include "connectors/dialects/yaml_source.hpp"
#include "gateway/cases/bundles.hpp"
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
        root.only({"version", "classes", "defaults", "items", "agreements", "bundles"});
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
        for (const auto& one : root["bundles"].items()) {
            read_bundle(one);
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

    void read_bundle(const yaml_place& at) {
        if (stopped()) {
            return;
        }
        auto& bundle = into_.add_bundle(source_at(at));
        auto& source = into_.bundles.back();
        at.only({"code", "name", "version", "origins", "valid_from", "valid_to", "materials", "children"});
        bundle.set_code(at["code"].text());
        bundle.set_name(at["name"].text());
        bundle.set_version(at["version"].text());
        for (const auto& origin : at["origins"].texts()) {
            bundle.add_origins(origin);
        }
        bundle.set_valid_from(at["valid_from"].text());
        bundle.set_valid_to(at["valid_to"].text());
        for (const char* key : {"code", "name", "version", "origins", "valid_from", "valid_to", "children"}) {
            mark(at[key], key, source);
        }
        for (const auto& one : at["materials"].items()) {
            const auto path = "materials[" + std::to_string(bundle.materials_size()) + ']';
            mark(one, path, source);
            read_fields(one, *bundle.add_materials(), material_rules(), path + '.', source);
        }
        for (const auto& one : at["children"].items()) {
            if (stopped()) {
                return;
            }
            const auto path = "children[" + std::to_string(bundle.children_size()) + ']';
            mark(one, path, source);
            read_child(one, *bundle.add_children(), path + '.', source);
        }
    }

    void read_child(const yaml_place& at, v1::CatalogueBundleChild& child, const std::string& prefix, entry_source& source) {
        at.only({"item", "destination", "destination_field", "after", "required", "when", "fields", "materials"});
        for (const char* key : {"item", "destination", "destination_field", "after", "when", "fields", "materials"}) {
            mark(at[key], prefix + key, source);
        }
        child.set_item(at["item"].text());
        child.set_dest_region(at["destination"].text());
        child.set_dest_field(at["destination_field"].text());
        for (const auto& one : at["after"].items()) {
            child.add_after(static_cast<std::uint32_t>(one.number(0, 1, cases::bundle_children_max)));
        }
        child.set_required(at["required"].flag(true));
        if (const auto when = at["when"]; when.present()) {
            when.only({"field", "values"});
            child.mutable_condition()->set_field(when["field"].text());
            for (auto& value : when["values"].texts()) {
                child.mutable_condition()->add_values(std::move(value));
            }
        }
        read_names(at["fields"], *child.mutable_fields());
        read_names(at["materials"], *child.mutable_materials());
    }

    // A list of names that stay, or a mapping of old names to new ones.
    void read_names(const yaml_place& at, google::protobuf::RepeatedPtrField<v1::BundleField>& into) {
        if (at.is_map()) {
            for (const auto& [from, to] : at.members()) {
                ++looked_at_;
                auto& one = *into.Add();
                one.set_from(from);
                one.set_to(to.present() ? to.text() : "");
            }
            return;
        }
        for (auto& from : at.texts()) {
            ++looked_at_;
            into.Add()->set_from(std::move(from));
        }
    }

    static void mark(const yaml_place& at, const std::string& path, entry_source& source) {
        if (at.present()) {
            source.marks.push_back({path, at.line(), at.column()});
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
        if (value.is_list() && rule.kind == value_kind::conditions) {
            read_conditions(value, static_cast<v1::CatalogueItem&>(message));
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
            if (!is_one_line(situation.code()) || !is_one_line(situation.name())) {
                one.wrong(broken_line());
            }
        }
    }

    void read_conditions(const yaml_place& list, v1::CatalogueItem& item) {
        auto& conditions = *item.mutable_automatic()->mutable_conditions();
        conditions.Clear();
        for (const auto& one : list.items()) {
            if (stopped()) {
                return;
            }
            ++looked_at_;
            one.only({"field", "values"});
            auto& condition = *conditions.Add();
            condition.set_field(one["field"].text());
            for (const auto& value : one["values"].items()) {
                condition.add_values(value.text());
            }
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
        into.mistakes.push_back({file, one.line, one.column, one.field, one.message, false});
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
