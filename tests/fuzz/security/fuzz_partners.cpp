// Any text as a partner file: a directory or mistakes, never both and never neither, and a directory only
// with partners that are whole.
#include "security/partner_directory.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tongban;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto loaded = security::partner_directory::parse({{"p.yaml", text}});
    if ((loaded.directory != nullptr) != loaded.mistakes.empty())
        std::abort();
    for (const auto& mistake : loaded.mistakes)
        if (mistake.message.empty() || mistake.text().find('\n') != std::string::npos)
            std::abort();
    if (loaded.directory == nullptr)
        return 0;
    for (const auto& p : loaded.directory->partners()) {
        const bool regional = p->role == v1::ROLE_PLATFORM || p->role == v1::ROLE_WINDOW;
        if (p->id.empty() || p->name_zh.empty() || p->name_en.empty() || p->role == v1::ROLE_UNSPECIFIED ||
            (regional && p->regions.empty()) || ((p->role == v1::ROLE_WINDOW) != !p->window_id.empty()))
            std::abort();
        for (const std::string& region : p->regions)
            if (region.size() != 6 || !loaded.directory->knows_region(region))
                std::abort();
    }
    return 0;
}
