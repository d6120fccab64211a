// What the strict reader says by itself, in Chinese: for files that a clerk's office writes.
#pragma once

#include "security/strict_yaml.hpp"

namespace tongban::security {

// "缺少必填项" for "missing"; empty when the message is not the strict reader's own.
std::string_view chinese_of(std::string_view message);
// "缺少必填项 / missing", or the message as it is.
std::string in_both_languages(const std::string& message);

} // namespace tongban::security
