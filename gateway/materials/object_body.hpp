// A file as the body of an answer: workers read it from the store a block at a time, one block ahead of the client.
#pragma once

#include "gateway/http/body_source.hpp"
#include "gateway/materials/room.hpp"

namespace tongban::materials {

// The bytes from `first` on, `count` of them. Takes a place among the files being sent (materials.reads_max) while it lives;
// null: there is none. Of a whole file the last bytes are only given when all are what its name says: a damaged one ends too
// early for its length, and is noted.
std::shared_ptr<http::body_source> object_body(std::shared_ptr<room> in, std::string partner,
                                               const objects::object_facts& file, std::uint64_t first, std::uint64_t count);

} // namespace tongban::materials
