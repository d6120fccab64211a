// The parts of a ZIP archive in memory, each unpacked only when asked for and only up to a bound: a workbook from
// somewhere else must not fill the memory of who opens it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tongban::catalogue {

class zip_archive {
public:
    // Views `bytes`. Not usable when they are no archive.
    explicit zip_archive(std::string_view bytes);
    ~zip_archive();
    zip_archive(const zip_archive&) = delete;
    zip_archive& operator=(const zip_archive&) = delete;

    bool usable() const noexcept { return handle_ != nullptr; }
    // Unpacked; nothing when there is no such part, it is damaged, or it is larger than what is left of `budget`, which
    // is reduced by its size.
    std::optional<std::string> part(const std::string& name, std::size_t& budget) const;

private:
    void* source_; // what minizip's functions read from
    void* handle_ = nullptr;
};

} // namespace tongban::catalogue
