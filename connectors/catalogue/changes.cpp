// Both sides as sorted maps, walked together; a field differs when its text in a table does.
#include "connectors/catalogue/changes.hpp"

#include "connectors/catalogue/field_rules.hpp"

#include <map>

namespace tongban::catalogue {

namespace {

template <class Message>
using by_key = std::map<std::string, const Message*>;

by_key<v1::CatalogueItem> items_of(const cases::catalogue& known) {
    by_key<v1::CatalogueItem> items;
    for (const auto& row : known.rows()) {
        items.emplace(row.item->region() + ' ' + row.item->impl_code() + " v" + row.item->version(), row.item);
    }
    return items;
}

by_key<v1::Agreement> agreements_of(const cases::catalogue& known) {
    by_key<v1::Agreement> agreements;
    for (const auto* one : known.contents().agreements) {
        agreements.emplace(one->id(), one);
    }
    return agreements;
}

template <class Message>
void compare(const by_key<Message>& before, const by_key<Message>& after, std::span<const field_rule> rules,
             change::subject of, std::vector<change>& found) {
    auto was = before.begin();
    auto is = after.begin();
    while (was != before.end() || is != after.end()) {
        const bool gone = is == after.end() || (was != before.end() && was->first < is->first);
        const bool came = !gone && (was == before.end() || is->first < was->first);
        if (gone) {
            found.push_back({change::kind::removed, of, was->first, was->second->name(), "", "", ""});
            ++was;
            continue;
        }
        if (came) {
            found.push_back({change::kind::added, of, is->first, is->second->name(), "", "", ""});
            ++is;
            continue;
        }
        for (const auto& rule : rules) {
            auto old_text = field_text(*was->second, rule);
            auto new_text = field_text(*is->second, rule);
            if (old_text != new_text) {
                found.push_back({change::kind::changed, of, is->first, is->second->name(),
                                 std::string(rule.headers.front()), std::move(old_text), std::move(new_text)});
            }
        }
        ++was;
        ++is;
    }
}

void compare_bundles(const cases::catalogue& before, const cases::catalogue& after, std::vector<change>& found) {
    const auto bundles_of = [](const cases::catalogue& known) {
        by_key<v1::CatalogueBundle> bundles;
        for (const auto& row : known.bundles()) {
            bundles.emplace(row.bundle->code() + " v" + row.bundle->version(), row.bundle);
        }
        return bundles;
    };
    const auto was = bundles_of(before);
    const auto is = bundles_of(after);
    const auto add = [&found](change::kind what, const std::string& key, const v1::CatalogueBundle& of) {
        found.push_back({what, change::subject::bundle, key, of.name(), "", "", ""});
    };
    for (const auto& [key, bundle] : was) {
        const auto now = is.find(key);
        if (now == is.end()) {
            add(change::kind::removed, key, *bundle);
        } else if (now->second->SerializeAsString() != bundle->SerializeAsString()) {
            add(change::kind::changed, key, *now->second);
        }
    }
    for (const auto& [key, bundle] : is) {
        if (!was.contains(key)) {
            add(change::kind::added, key, *bundle);
        }
    }
}

void compare_headers(const v1::CatalogueHeader& before, const v1::CatalogueHeader& after, std::vector<change>& found) {
    constexpr std::string_view made_up = "sha256:"; // by the reader, of files that give none
    const bool given = !before.version().starts_with(made_up) && !after.version().starts_with(made_up);
    if (given && before.version() != after.version()) {
        found.push_back({change::kind::changed, change::subject::catalogue, "", "", "目录版本", before.version(), after.version()});
    }
    by_key<v1::ItemClass> was;
    for (const auto& one : before.classes()) {
        was.emplace(one.code(), &one);
    }
    for (const auto& one : after.classes()) {
        const auto old = was.find(one.code());
        if (old == was.end()) {
            found.push_back({change::kind::added, change::subject::item_class, one.code(), one.name_zh(), "", "", ""});
            continue;
        }
        const auto& from = *old->second;
        was.erase(old);
        const auto compare_name = [&](const char* field, const std::string& name_before, const std::string& name_after) {
            const bool named = name_before != one.code() && name_after != one.code() && !name_before.empty() && !name_after.empty();
            if (named && name_before != name_after) {
                found.push_back({change::kind::changed, change::subject::item_class, one.code(), one.name_zh(), field, name_before,
                                 name_after});
            }
        };
        compare_name("类别名称", from.name_zh(), one.name_zh());
        compare_name("英文名称", from.name_en(), one.name_en());
    }
    for (const auto& [code, one] : was) {
        found.push_back({change::kind::removed, change::subject::item_class, code, one->name_zh(), "", "", ""});
    }
}

} // namespace

std::vector<change> changes(const cases::catalogue& before, const cases::catalogue& after) {
    std::vector<change> found;
    compare_headers(before.header(), after.header(), found);
    compare(items_of(before), items_of(after), item_rules(), change::subject::item, found);
    compare(agreements_of(before), agreements_of(after), agreement_rules(), change::subject::agreement, found);
    compare_bundles(before, after, found);
    return found;
}

} // namespace tongban::catalogue
