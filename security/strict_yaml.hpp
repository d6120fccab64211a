// Reads YAML files that people write so that every mistake is told at once, each with its place. yaml-cpp by
// itself stops at the first error, keeps a key given twice and says nothing about a key nobody reads.
#pragma once

#include "security/sentence.hpp"

#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::security {

// Line and column count from 1; 0 when the mistake belongs to the whole file. `field` may be empty.
struct file_mistake {
    std::string file;
    int line{};
    int column{};
    std::string field;
    sentence message;

    // "file:line:column: field: "
    std::string place() const;
    // The same and "中文 / English".
    std::string text() const { return place() + message.text(); }
};

constexpr std::size_t yaml_file_bytes_max = 1024 * 1024;

// The whole file as text; nothing, and a mistake, when it cannot be read or is too large.
std::optional<std::string> read_file(const std::filesystem::path& file, std::vector<file_mistake>& mistakes);

// Where a text is no UTF-8 first, counted from 1; nothing when it is.
struct text_place {
    int line{};
    int column{};
};
std::optional<text_place> first_not_utf8(std::string_view text);
// What is said of such a file: YAML is UTF-8 (YAML 1.2 §5.2), and an editor may have saved GBK.
sentence not_utf8();

// Exactly one YAML document; nothing, and a mistake, when the text is none. Never throws.
std::optional<YAML::Node> parse_yaml(const std::string& text, const std::string& file,
                                     std::vector<file_mistake>& mistakes);

// One mapping being read: take() each known key, then finish() reports the others. A key given twice is
// reported at its second place. Refers to the mistakes it was given.
class strict_map {
public:
    // `field` is the path shown in mistakes ("partners[2].name"). A node that is no mapping is a mistake,
    // after which every take() finds nothing and is silent.
    strict_map(const YAML::Node& node, std::string file, std::string field,
               std::vector<file_mistake>& mistakes);

    bool valid() const noexcept { return valid_; }
    std::optional<YAML::Node> take(std::string_view key);

    // A scalar. Absent and required: a mistake.
    std::optional<std::string> text(std::string_view key, bool required);
    // A list of scalars, each with its node for later mistakes. One scalar alone is a mistake, so is more
    // than `max`.
    std::vector<std::pair<std::string, YAML::Node>> texts(std::string_view key, std::size_t max);

    void finish();

    // A mistake at a node inside this mapping, or at the mapping itself when the node has no place.
    void report(const YAML::Node& at, std::string_view key, sentence message);
    void report(std::string_view key, sentence message) { report(node_, key, std::move(message)); }
    std::string field_of(std::string_view key) const;

private:
    YAML::Node node_;
    std::string file_;
    std::string field_;
    std::vector<file_mistake>& mistakes_;
    std::set<std::string, std::less<>> known_;
    bool valid_ = false;
};

// The known word closest to `word`, as the end of a mistake: "，是否为 port？", "; did you mean port?"; nothing when none
// is near enough to be meant.
sentence did_you_mean(std::string_view word, const std::vector<std::string_view>& known);

} // namespace tongban::security
