// Maps a verified client certificate to a partner by ordered rules (SAN URI, SAN DNS, subject, fingerprint). First
// match wins; no match is an error, never a default. Immutable after load; reload builds a new directory.
#pragma once

#include "security/identity.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tongban::security {

// A mistake in a partner file: "file:line:column: field: message".
struct partner_mistake {
    std::string file;
    int line{};
    int column{};
    std::string field;
    std::string message;
};

class partner_directory {
public:
    struct load_result;
    // Reads every *.yaml of `folder` in name order. All mistakes at once; no directory when there is any.
    static load_result load(const std::filesystem::path& folder);

    // Null when no rule matches.
    std::shared_ptr<const partner> identify(const certificate_facts& certificate) const;

    const std::vector<std::shared_ptr<const partner>>& partners() const noexcept { return partners_; }
    // True when some partner acts for the region.
    bool knows_region(std::string_view region) const noexcept;

private:
    struct rule;
    std::vector<std::shared_ptr<const partner>> partners_;
    std::vector<rule> rules_;
};

struct partner_directory::load_result {
    std::shared_ptr<const partner_directory> directory;
    std::vector<partner_mistake> mistakes;
};

} // namespace tongban::security
