// Reading YAML with marks.
#include "connectors/dialects/yaml_source.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <set>

namespace tongban::dialects {

void mistake_list::add(const YAML::Mark& mark, std::string field, sentence message, bool warning) {
    add(mark.line < 0 ? 1 : mark.line + 1, mark.column < 0 ? 1 : mark.column + 1, std::move(field),
        std::move(message), warning);
}

void mistake_list::add(int line, int column, std::string field, sentence message, bool warning) {
    const mistake one{file_, line, column, std::move(field), std::move(message), warning};
    const bool known = std::any_of(out_.begin(), out_.end(), [&](const mistake& m) {
        return m.line == one.line && m.column == one.column && m.message.en == one.message.en;
    });
    if (!known) { // a block that several messages include is compiled for each
        out_.push_back(one);
    }
}

bool mistake_list::any_wrong() const {
    return std::any_of(out_.begin(), out_.end(), [](const mistake& m) { return !m.warning; });
}

std::string yaml_place::text() const {
    if (!present()) {
        return {};
    }
    if (!node_.IsScalar()) {
        wrong("应为文本", "expected a text");
        return {};
    }
    return node_.Scalar();
}

bool yaml_place::flag(bool fallback) const {
    if (!present()) {
        return fallback;
    }
    const auto value = text();
    if (value != "true" && value != "false") {
        wrong("应为 true 或 false", "expected true or false");
    }
    return value == "true";
}

long yaml_place::number(long fallback, long least, long most) const {
    if (!present()) {
        return fallback;
    }
    const auto value = text();
    long n = 0;
    const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), n);
    if (ec != std::errc() || end != value.data() + value.size() || n < least || n > most) {
        wrong("应为 " + std::to_string(least) + " 到 " + std::to_string(most) + " 的整数",
              "expected a whole number from " + std::to_string(least) + " to " + std::to_string(most));
        return fallback;
    }
    return n;
}

std::vector<std::string> yaml_place::texts() const {
    std::vector<std::string> all;
    for (const auto& item : items()) {
        all.push_back(item.text());
    }
    return all;
}

std::vector<yaml_place> yaml_place::items() const {
    std::vector<yaml_place> all;
    if (is_list()) {
        std::size_t i = 0;
        for (const auto& item : node_) {
            all.emplace_back(item, field_ + '[' + std::to_string(i++) + ']', *mistakes_);
        }
    } else if (present()) {
        all.push_back(*this);
    }
    return all;
}

std::vector<std::pair<std::string, yaml_place>> yaml_place::members() const {
    std::vector<std::pair<std::string, yaml_place>> all;
    if (!present()) {
        return all;
    }
    if (!node_.IsMap()) {
        wrong("应为键值映射", "expected a mapping");
        return all;
    }
    std::set<std::string> seen;
    for (const auto& pair : node_) {
        const std::string key = pair.first.IsScalar() ? pair.first.Scalar()
                                : pair.first.IsNull() ? "null"
                                                      : "";
        const std::string inside = field_.empty() ? key : field_ + '.' + key;
        if (!pair.first.IsScalar() && !pair.first.IsNull()) {
            mistakes_->add(pair.first.Mark(), field_, {"键应为文本", "expected a text as key"});
            continue;
        }
        if (!seen.insert(key).second) {
            mistakes_->add(pair.first.Mark(), inside,
                           {"键“" + key + "”在此出现两次", "the key '" + key + "' stands here twice"});
        }
        all.emplace_back(key, yaml_place(pair.second, inside, *mistakes_));
    }
    return all;
}

yaml_place yaml_place::operator[](std::string_view key) const {
    const std::string inside = field_.empty() ? std::string(key) : field_ + '.' + std::string(key);
    if (is_map()) {
        for (const auto& pair : node_) {
            if (pair.first.IsScalar() && pair.first.Scalar() == key) {
                return {pair.second, inside, *mistakes_};
            }
        }
    }
    return {YAML::Node(YAML::NodeType::Undefined), inside, *mistakes_};
}

void yaml_place::only(std::initializer_list<std::string_view> keys) const {
    if (!present()) {
        return;
    }
    if (!node_.IsMap()) {
        wrong("应为键值映射", "expected a mapping");
        return;
    }
    (void)members(); // tells duplicates
    for (const auto& pair : node_) {
        const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "null";
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
            mistakes_->add(pair.first.Mark(), field_.empty() ? key : field_ + '.' + key,
                           sentence{"未知的键“" + key + "”", "unknown key '" + key + "'"} +
                               did_you_mean(key, {keys.begin(), keys.end()}));
        }
    }
}

sentence did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
    std::size_t best = 4;
    std::string_view nearest;
    for (const auto other : known) {
        std::vector<std::size_t> row(other.size() + 1);
        std::iota(row.begin(), row.end(), 0U);
        for (std::size_t i = 0; i < word.size(); ++i) {
            std::size_t diagonal = row[0];
            row[0] = i + 1;
            for (std::size_t j = 0; j < other.size(); ++j) {
                const std::size_t above = row[j + 1];
                row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (word[i] != other[j])});
                diagonal = above;
            }
        }
        if (row.back() < best && row.back() * 2 <= word.size()) {
            best = row.back();
            nearest = other;
        }
    }
    if (nearest.empty()) {
        return {};
    }
    return {"（是否为“" + std::string(nearest) + "”？）", " (did you mean '" + std::string(nearest) + "'?)"};
}

} // namespace tongban::dialects
