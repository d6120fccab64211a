// A file is kept: put into the store with the note of who sent it, and not on its way out of it. Replicas share a store, and
// a removal that one of them has begun cannot be called back: so who removes says so first (a leaving note) and looks at
// the file again after that, and who keeps looks for such a note after putting. One of the two sees the other. Blocks.
#pragma once

#include "connectors/objects/object_store.hpp"

#include <chrono>
#include <filesystem>
#include <string>

namespace tongban::materials {

// A removal takes effect within this time after it was said, by the store's clock.
inline constexpr std::chrono::seconds leaving_lasts{60};

// `leaving`: it is being removed, and what was put may go with it. Send it again after leaving_lasts.
boost::system::result<void> keep_file(objects::object_store& store, const std::string& name, const std::string& region,
                                      const objects::object_source& bytes);
// The same of a staged file whose digest was taken while it was written; gone from there unless the store failed.
boost::system::result<void> keep_file(objects::object_store& store, const std::string& name, const std::string& region,
                                      const std::filesystem::path& staged);

} // namespace tongban::materials
