// Any text as a dialect file: mistakes, never a crash; what loads must survive a message.
#include "connectors/dialects/dialect.hpp"
#include "connectors/dialects/trace.hpp"

#include <google/protobuf/stubs/logging.h>

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tongban;
    static const auto noisy = google::protobuf::SetLogHandler(nullptr);
    (void)noisy;
    const auto result = dialects::load_dialect_text({reinterpret_cast<const char*>(data), size}, "fuzz.yaml");
    if (result.loaded) {
        google::protobuf::Arena arena;
        (void)result.loaded->read({"", R"({"no":"1","a":[{"b":"2024-10-18"}]})"}, arena);
        (void)result.loaded->read({"", "<a no=\"1\"><b>x</b></a>"}, arena);
        (void)dialects::cannot_say(*result.loaded);
    }
    return 0;
}
