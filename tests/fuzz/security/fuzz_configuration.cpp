// Any text as the configuration: settings within their ranges, or mistakes.
#include "gateway/app/configuration.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tongban;
    const std::string text(reinterpret_cast<const char*>(data), size);

    const auto parsed = app::parse_configuration(text, "/etc/tongban.yaml");
    if (parsed.value.has_value() != parsed.mistakes.empty())
        std::abort();
    for (const auto& mistake : parsed.mistakes)
        if (mistake.message.empty())
            std::abort();
    if (!parsed.value)
        return 0;
    const auto& g = parsed.value->gateway;
    if (g.gateway.connections_max < 1 || g.gateway.body_bytes_max > 64U << 20 ||
        g.windows.lease_default > g.windows.lease_max ||
        g.operations.mutual_tls != g.operations_tls.has_value())
        std::abort();
    return 0;
}
