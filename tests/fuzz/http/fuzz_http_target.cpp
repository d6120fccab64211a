// Request targets: what is accepted is clean UTF-8, bounded, and finds the same route again.
#include "gateway/http/router.hpp"
#include "gateway/http/target.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tongban::http;
    static const router routing({{method::get, "/v1/cases/{id}", {}},
                                 {method::get, "/v1/cases/{id}/timeline", {}},
                                 {method::post, "/v1/cases/{id}/{what}", {}},
                                 {method::post, "/v1/messages", {}},
                                 {method::get, "/", {}}});
    target where;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (!parse_target(text, where)) {
        return 0;
    }
    if (!is_clean_utf8(where.path) || where.query.size() > query_parameters_max) {
        std::abort();
    }
    for (const auto& [name, value] : where.query) {
        if (!is_clean_utf8(name) || !is_clean_utf8(value)) {
            std::abort();
        }
    }
    for (const method m : {method::get, method::head, method::post, method::other}) {
        std::vector<std::string> parameters;
        const router::match found = routing.find(m, where.raw_path, parameters);
        if (found.index != router::npos && (!found.path_known || found.methods == 0)) {
            std::abort();
        }
        for (const std::string& p : parameters) {
            if (p.empty() || !is_clean_utf8(p)) {
                std::abort();
            }
        }
    }
    return 0;
}
