// Outside bytes through one dialect: read, and what could be read is written, answered and read again.
// Nothing may crash, hang or leak, and what was written without loss must come back equal.
#include "connectors/dialects/dialect.hpp"
#include "connectors/dialects/event_diff.hpp"

#include <google/protobuf/stubs/logging.h>

#include <cstdint>
#include <cstdlib>

using namespace tongban;

namespace {

const dialects::dialect& dialect() {
    static const auto loaded = [] {
        google::protobuf::SetLogHandler(nullptr);
        auto result = dialects::load_dialect(TONGBAN_FUZZ_DIALECT);
        if (!result.loaded) {
            std::abort();
        }
        return result.loaded;
    }();
    return *loaded;
}

void write_and_read(const v1::CaseEvent& event) {
    const v1::CaseEvent* out = &event;
    const auto written = dialect().write({&out, 1});
    if (!written || !written->lost.empty()) {
        return;
    }
    google::protobuf::Arena arena;
    const auto again = dialect().read({written->content_type, written->body}, arena);
    if (!again || again->events.empty() ||
        !dialects::event_diff(event, *again->events[0].event, false).empty()) {
        std::abort(); // it said that nothing was lost
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    google::protobuf::Arena arena;
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    const auto read = dialect().read({TONGBAN_FUZZ_TYPE "; boundary=XX", body}, arena);
    dialects::answer_input input;
    input.request_id = "fuzz";
    if (!read) {
        input.canonical_status = 400;
        input.message_zh = read.error().message_zh;
        (void)dialect().answer(input, nullptr);
        return 0;
    }
    std::size_t looked_at = 0;
    for (const auto& one : read->events) {
        (void)one.source_path("dossier.materials[0].files[0].name");
        auto& receipt = input.receipts.emplace_back();
        receipt.set_outcome(one.violations.empty() ? v1::RECEIPT_OUTCOME_ACCEPTED
                                                   : v1::RECEIPT_OUTCOME_REJECTED);
        receipt.set_source_case_no(one.event->case_().source_case_no());
        std::string bytes;
        if (!one.event->SerializeToString(&bytes)) {
            std::abort();
        }
        if (++looked_at <= 3) {
            write_and_read(*one.event);
        }
    }
    (void)dialect().answer(input, &*read);
    return 0;
}
