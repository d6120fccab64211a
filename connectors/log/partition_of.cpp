// Kafka's variant of MurmurHash2 (org.apache.kafka.common.utils.Utils.murmur2): little-endian words, fixed
// seed.
#include "connectors/log/partition_of.hpp"

#include <cstddef>

namespace tongban::log {

std::uint32_t murmur2(std::string_view bytes) noexcept {
    constexpr std::uint32_t seed = 0x9747b28c;
    constexpr std::uint32_t m = 0x5bd1e995;
    const auto byte_at = [&](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i]));
    };
    std::uint32_t h = seed ^ static_cast<std::uint32_t>(bytes.size());
    const std::size_t words = bytes.size() / 4;
    for (std::size_t i = 0; i < words; ++i) {
        std::uint32_t k =
            byte_at(4 * i) | byte_at(4 * i + 1) << 8 | byte_at(4 * i + 2) << 16 | byte_at(4 * i + 3) << 24;
        k *= m;
        k ^= k >> 24;
        k *= m;
        h = (h * m) ^ k;
    }
    const std::size_t tail = 4 * words;
    const std::size_t rest = bytes.size() - tail;
    if (rest >= 3)
        h ^= byte_at(tail + 2) << 16;
    if (rest >= 2)
        h ^= byte_at(tail + 1) << 8;
    if (rest >= 1) {
        h ^= byte_at(tail);
        h *= m;
    }
    h ^= h >> 13;
    h *= m;
    h ^= h >> 15;
    return h;
}

std::uint32_t partition_of(std::string_view key, std::uint32_t partitions) noexcept {
    return key.empty() ? 0 : (murmur2(key) & 0x7fffffff) % partitions;
}

} // namespace tongban::log
