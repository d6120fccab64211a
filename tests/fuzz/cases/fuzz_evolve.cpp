// Any bytes as a log of one case: folding never crashes, a refused record changes no byte, and a state that
// went to disk and back between records ends the same.
#include "gateway/cases/evolve.hpp"

#include <google/protobuf/stubs/logging.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace tongban;

void check(bool holds) {
    if (!holds) {
        std::abort();
    }
}

cases::record_time at(std::int64_t ms) {
    return cases::record_time(std::chrono::milliseconds(ms));
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    google::protobuf::SetLogHandler(nullptr);
    return 0;
}

// Each record: two bytes of length, one of time since the last record in seconds, the record.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    v1::CaseState state;
    v1::CaseState from_disk;
    std::int64_t now_ms = 1'729'213'953'000;
    while (rest.size() >= 3) {
        const auto byte = [&rest](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
        const std::size_t length = byte(0) | byte(1) << 8;
        now_ms += std::int64_t{1000} * byte(2);
        rest.remove_prefix(3);
        const auto bytes = rest.substr(0, length);
        rest.remove_prefix(bytes.size());
        v1::LedgerRecord record;
        if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
            continue;
        }
        const auto before = state.SerializeAsString();
        const auto reached = cases::evolve(state, record, at(now_ms));
        check(!cases::name(reached).empty() && !cases::message_zh(reached).empty());
        check(reached == cases::verdict::applied || state.SerializeAsString() == before);
        check(reached != cases::verdict::applied ||
              state.applied_event_ids().size() == std::size_t{state.event_count()} * 8);
        v1::CaseState reread;
        check(reread.ParseFromString(from_disk.SerializeAsString()));
        check(cases::evolve(reread, record, at(now_ms)) == reached);
        check(reread.SerializeAsString() == state.SerializeAsString());
        from_disk = reread;
        (void)cases::turn(state);
    }
    return 0;
}
