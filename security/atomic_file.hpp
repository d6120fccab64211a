// Files that are there whole or not at all, whatever dies in between.
#pragma once

#include <filesystem>
#include <string_view>

#include <sys/types.h>

namespace tongban::security {

// Writes beside the target, syncs, renames over it and syncs the folder. `mode` is the file's from its first
// byte, so a private key is never readable by others. Throws std::runtime_error.
void write_atomically(const std::filesystem::path& file, std::string_view text, mode_t mode);

// Holds a folder's ".lock" while it lives; waits for another process that has it. Throws std::runtime_error.
class folder_lock {
public:
    explicit folder_lock(const std::filesystem::path& folder);
    ~folder_lock();
    folder_lock(const folder_lock&) = delete;
    folder_lock& operator=(const folder_lock&) = delete;

private:
    int descriptor_ = -1;
};

} // namespace tongban::security
