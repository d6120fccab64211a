// Which partition a key belongs to: murmur2 as in Apache Kafka's own clients, so that a ledger copied from
// one adapter to the other, or written by another client, keeps each case in its partition.
#pragma once

#include <cstdint>
#include <string_view>

namespace tongban::log {

// MurmurHash2 with Kafka's seed.
std::uint32_t murmur2(std::string_view bytes) noexcept;

// An empty key belongs to partition 0. Precondition: partitions > 0.
std::uint32_t partition_of(std::string_view key, std::uint32_t partitions) noexcept;

} // namespace tongban::log
