// Maps a verified client certificate to a partner by ordered rules (SAN URI, SAN DNS, subject, fingerprint).
// First match wins; no match is an error, never a default. Immutable after load; reload builds a new
// directory.
#pragma once

#include "security/identity.hpp"
#include "security/strict_yaml.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace tongban::security {

// A mistake in a partner file: text() is "file:line:column: field: 中文 / English".
using partner_mistake = file_mistake;

class partner_directory {
public:
    struct load_result;
    // Reads every *.yaml of `folder` in name order. All mistakes at once; no directory when there is any.
    static load_result load(const std::filesystem::path& folder);
    // The same for files already in memory: (name, text) pairs in the order of their rules.
    static load_result parse(const std::vector<std::pair<std::string, std::string>>& files);

    // Null when no rule matches.
    std::shared_ptr<const partner> identify(const certificate_facts& certificate) const;

    const std::vector<std::shared_ptr<const partner>>& partners() const noexcept { return partners_; }
    // Who takes what is due to the region; null when no partner does.
    std::shared_ptr<const partner> receiver_of(std::string_view region) const noexcept;
    // True when some partner acts for the region.
    bool knows_region(std::string_view region) const noexcept;

private:
    friend class partner_reader;

    // Where a rule stands among all rules, and whose it is.
    struct target {
        std::size_t order{};
        std::shared_ptr<const partner> who;
    };
    struct prefix_rule {
        std::string prefix; // "tongban://370800/window/"
        target to;
    };
    using exact_rules = std::unordered_map<std::string, target>;

    const target* match(identity_rule kind, const std::string& value) const;

    std::vector<std::shared_ptr<const partner>> partners_;
    exact_rules exact_[4]; // by identity_rule
    std::vector<prefix_rule> uri_prefixes_;
};

// A format that a partner names, and where: whether there is one is known to whom the dialects are.
struct named_dialect {
    std::string name;
    partner_mistake place; // without a message
};

struct partner_directory::load_result {
    std::shared_ptr<const partner_directory> directory;
    std::vector<partner_mistake> mistakes;
    std::vector<named_dialect> dialects; // of all partners
};

} // namespace tongban::security
