// Names and contents that strangers send: a safe name is never a path, never breaks a header field, and stays as it is when
// made safe again; a type is always one of ours.
#include "gateway/materials/file_name.hpp"
#include "gateway/materials/media_type.hpp"

#include <algorithm>
#include <cstdlib>

using namespace tongban::materials;

namespace {

void check(const std::string& name) {
    const bool breaks = std::any_of(name.begin(), name.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == '/' || c == '\\' || c == '"' || c == 0x7f;
    });
    if (name.empty() || name.size() > 200 || breaks || name == "." || name == ".." || safe_file_name(name) != name) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check(safe_file_name(text));
    if (const auto name = name_of_disposition(text); !name.empty()) {
        check(name);
    }
    const auto field = attachment(text);
    if (std::any_of(field.begin(), field.end(), [](char c) {
            const auto byte = static_cast<unsigned char>(c);
            return byte < 0x20 || byte > 0x7e;
        })) {
        std::abort();
    }
    if (media_type_of(text).find('/') == std::string_view::npos) {
        std::abort();
    }
    static_cast<void>(is_type_list(text) && type_list(text).has("a/b"));
    return 0;
}
