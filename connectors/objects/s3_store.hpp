// Files in a bucket of a server that speaks S3 (signature version 4, path-style addresses). Objects of one part go in one
// request whose signature holds the digest, larger ones in parts; a reader sees an object whole or not at all either way.
#pragma once

#include "connectors/objects/object_store.hpp"

namespace tongban::objects {

struct s3_settings {
    std::string endpoint; // "https://s3.example.cn:9000"
    std::string bucket;
    std::string region = "us-east-1";
    std::string prefix; // of every key
    std::string access_key;
    std::string secret_key;
    std::filesystem::path ca_file; // empty: the system's
    std::size_t part_bytes = 16UL << 20; // at least 5 MiB, as S3 asks of all parts but the last
    std::chrono::milliseconds connect_deadline{3000};
    std::chrono::seconds stalled_deadline{15}; // no byte moves for so long
    std::chrono::milliseconds answer_deadline{8000}; // of a request with its answer, and a second for each 256 KiB
};

// Does not ask the server anything yet.
std::unique_ptr<object_store> open_s3_store(const s3_settings& settings);

} // namespace tongban::objects
