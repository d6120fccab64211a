// Files in a local folder: DIRECTORY/ab/cd/abcd…. Written beside, synced, then renamed, so a reader sees a file whole or
// not at all, whatever dies in between. Several processes may share the folder.
#pragma once

#include "connectors/objects/object_store.hpp"

namespace tongban::objects {

// Makes the folder when it is missing, and removes what a process that died left half written there more than a day ago.
// Throws std::runtime_error when it cannot be written.
std::unique_ptr<object_store> open_directory_store(const std::filesystem::path& directory);

} // namespace tongban::objects
