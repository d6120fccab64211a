// Any bytes as a text or a number: the scan agrees with Protobuf about what is UTF-8 (a text that Protobuf
// cannot read back must never reach the ledger), and no check digit reads past its number.
#include "gateway/cases/case_id.hpp"
#include "gateway/cases/check_digits.hpp"
#include "gateway/cases/text_scan.hpp"

#include <google/protobuf/stubs/common.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace google::protobuf::internal {
bool IsStructurallyValidUTF8(const char* buf, int len);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace std::chrono_literals;
    using namespace tongban::cases;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto facts = scan_text(text);
    if (facts.broken ==
            google::protobuf::internal::IsStructurallyValidUTF8(text.data(), static_cast<int>(size)) ||
        facts.characters > size) {
        std::abort();
    }
    (void)check_identity(text, 2026y / 11 / 22);
    (void)identity_birth_date(text);
    (void)identity_check_char(text);
    (void)check_uscc(text);
    (void)uscc_check_char(text);
    (void)organisation_check_char(text);
    (void)check_licence(text);
    (void)licence_check_char(text);
    (void)is_province(text);
    if (is_case_id(text) && !is_case_id(case_id(text.substr(2, 6), "1"))) {
        std::abort();
    }
    return 0;
}
