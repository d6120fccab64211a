// base64url of: version, digest of the regions, digest of the ledger, and each partition's offset, seven bits a byte.
// The digests guard against mistakes; there is nothing here to be kept secret or worth forging.
#include "gateway/delivery/stream_position.hpp"

#include "connectors/dialects/transform.hpp"

#include <algorithm>

namespace tongban::delivery {

namespace {

constexpr char version = 1;
constexpr std::size_t digest_size = 4;
constexpr std::size_t text_max = 16UL * 1024;

// FNV-1a: stable across builds and machines.
std::string digest(std::string_view text) {
    std::uint32_t hash = 2166136261U;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    }
    std::string bytes;
    for (std::size_t i = 0; i < digest_size; ++i) {
        bytes += static_cast<char>(hash >> (8 * i) & 0xff);
    }
    return bytes;
}

void append_number(std::string& out, std::uint64_t number) {
    while (number >= 0x80) {
        out += static_cast<char>((number & 0x7f) | 0x80);
        number >>= 7;
    }
    out += static_cast<char>(number);
}

// False when `bytes` do not begin with a number; else they begin behind it.
bool take_number(std::string_view& bytes, std::uint64_t& number) {
    number = 0;
    for (unsigned shift = 0; shift < 63 && !bytes.empty(); shift += 7) {
        const auto byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return true;
        }
    }
    return false;
}

std::string url_safe(std::string text) {
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    text.erase(std::find(text.begin(), text.end(), '='), text.end());
    return text;
}

bool from_url_safe(std::string_view text, std::string& bytes) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    if (text.empty() || text.size() > text_max || !std::all_of(text.begin(), text.end(), allowed)) {
        return false;
    }
    std::string plain(text);
    std::replace(plain.begin(), plain.end(), '-', '+');
    std::replace(plain.begin(), plain.end(), '_', '/');
    plain.append((4 - plain.size() % 4) % 4, '=');
    return dialects::decode_base64(plain, bytes);
}

} // namespace

position_text::position_text(std::string_view ledger_identity, std::vector<std::string> regions,
                             std::size_t partitions)
    : ledger_(digest(ledger_identity)), partitions_(partitions) {
    std::sort(regions.begin(), regions.end());
    std::string all;
    for (const auto& each : regions) {
        all += each + ',';
    }
    regions_ = digest(all);
}

std::string position_text::write(const stream_offsets& offsets) const {
    std::string bytes(1, version);
    bytes += regions_;
    bytes += ledger_;
    for (const auto each : offsets) {
        append_number(bytes, each);
    }
    std::string text;
    dialects::encode_base64(bytes, text);
    return url_safe(std::move(text));
}

boost::system::result<stream_offsets, position_fault> position_text::read(std::string_view text) const {
    std::string decoded;
    if (!from_url_safe(text, decoded)) {
        return position_fault::malformed;
    }
    std::string_view bytes = decoded;
    if (bytes.size() < 1 + 2 * digest_size || bytes.front() != version) {
        return position_fault::malformed;
    }
    const bool same_regions = bytes.substr(1, digest_size) == regions_;
    const bool same_ledger = bytes.substr(1 + digest_size, digest_size) == ledger_;
    bytes.remove_prefix(1 + 2 * digest_size);
    stream_offsets offsets;
    while (!bytes.empty()) {
        if (!take_number(bytes, offsets.emplace_back())) {
            return position_fault::malformed;
        }
    }
    if (!same_regions) {
        return position_fault::other_regions;
    }
    if (!same_ledger || offsets.size() != partitions_) {
        return position_fault::other_ledger;
    }
    return offsets;
}

} // namespace tongban::delivery
