// Why files are not taken, at the start or by a reload: a log line has room for one language in one value.
#pragma once

#include "security/strict_yaml.hpp"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tongban::app {

class not_taken : public std::runtime_error {
public:
    explicit not_taken(security::sentence why) : std::runtime_error(why.text()), why_(std::move(why)) {}
    // With every mistake, a line each.
    explicit not_taken(const std::vector<security::sentence>& mistakes);
    explicit not_taken(const std::vector<security::file_mistake>& mistakes);

    const security::sentence& why() const noexcept { return why_; }

private:
    not_taken(const std::string& text, security::sentence why) : std::runtime_error(text), why_(std::move(why)) {}

    security::sentence why_;
};

} // namespace tongban::app
