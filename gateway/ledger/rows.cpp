// Keys and values of the view, byte by byte; the grammar stands in the header and in schemas/README.md.
#include "gateway/ledger/rows.hpp"

#include <algorithm>
#include <cassert>

namespace tongban::ledger::rows {

namespace {

template <std::size_t Size>
std::array<char, Size> big_endian(std::uint64_t value) {
    std::array<char, Size> bytes;
    for (std::size_t i = Size; i-- > 0; value >>= 8) {
        bytes[i] = static_cast<char>(value & 0xff);
    }
    return bytes;
}

// Where the origin and the digest stand in a case id: "TB" origin digest.
constexpr std::size_t origin_at = 2;
constexpr std::size_t digest_at = origin_at + region_size;

} // namespace

key& key::text(std::string_view bytes) {
    assert(size_ + bytes.size() <= bytes_.size());
    bytes = bytes.substr(0, bytes_.size() - size_);
    std::ranges::copy(bytes, bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += bytes.size();
    return *this;
}

key& key::region(std::string_view code) {
    std::array<char, region_size> field{};
    std::copy_n(code.begin(), std::min(code.size(), region_size), field.begin());
    return text({field.data(), field.size()});
}

key& key::u16(std::uint32_t value) {
    const auto bytes = big_endian<2>(value);
    return text({bytes.data(), bytes.size()});
}

key& key::u64(std::uint64_t value) {
    const auto bytes = big_endian<8>(value);
    return text({bytes.data(), bytes.size()});
}

key key::past() const {
    key next = *this;
    while (next.size_ > 0 && static_cast<unsigned char>(next.bytes_[next.size_ - 1]) == 0xff) {
        --next.size_;
    }
    ++next.bytes_[next.size_ - 1];
    return next;
}

key identity() {
    return key('P');
}
key position(std::uint32_t partition) {
    return key('p').u16(partition);
}
key totals() {
    return key('T');
}

key open_count(std::string_view dest_region, v1::CaseStatus status) {
    const char code = static_cast<char>(status);
    return key('o').region(dest_region).text({&code, 1});
}

key number_of(std::string_view case_id) {
    return numbers_of(case_id.substr(digest_at, digest_size)).text(case_id.substr(origin_at, region_size));
}
key numbers_of(std::string_view digest) {
    return key('n').text(digest);
}

key dest_number(std::string_view dest_region, std::string_view digest, case_number number) {
    return dest_numbers(dest_region, digest).number(number);
}
key dest_numbers(std::string_view dest_region, std::string_view digest) {
    return key('m').region(dest_region).text(digest);
}

key state(case_number number) {
    return key('c').number(number);
}
key event(case_number number, std::uint64_t offset) {
    return events(number).u64(offset);
}
key events(case_number number) {
    return key('e').number(number);
}
key refused(case_number number) {
    return key('r').number(number);
}

key file_of(std::string_view sha256, case_number number) {
    return files(sha256).number(number);
}
key files(std::string_view sha256) {
    return key('f').text(sha256);
}
key unfetched(case_number number, std::string_view event_id, std::uint32_t file) {
    return key('u').number(number).text(event_id).u32(file);
}
key unfetched(std::uint32_t partition) {
    return key('u').u16(partition);
}
key fetch_outcome(case_number number, std::string_view event_id, std::uint32_t file, bool fetched) {
    const char kind = fetched ? 1 : 2;
    return fetch_outcomes(number).text(event_id).u32(file).text({&kind, 1});
}
key fetch_outcomes(case_number number) {
    return key('h').number(number);
}

key inbox(std::string_view region, std::int64_t order_ms, std::int64_t since_ms, case_number number, bool untaken) {
    const char last = untaken ? 1 : 0;
    return inbox(region)
        .u64(static_cast<std::uint64_t>(order_ms))
        .u64(static_cast<std::uint64_t>(since_ms))
        .number(number)
        .text({&last, 1});
}
key inbox(std::string_view region) {
    return key('i').region(region);
}

std::string_view cursor::text(std::size_t size) {
    if (rest_.size() < size) {
        ok_ = false;
        rest_ = {};
        return {};
    }
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
}

std::uint64_t cursor::integer(std::size_t size) {
    std::uint64_t value = 0;
    for (const unsigned char byte : text(size)) {
        value = value << 8 | byte;
    }
    return value;
}

void append_u64(std::string& out, std::uint64_t value) {
    const auto bytes = big_endian<8>(value);
    out.append(bytes.data(), bytes.size());
}

void append_u32(std::string& out, std::uint32_t value) {
    const auto bytes = big_endian<4>(value);
    out.append(bytes.data(), bytes.size());
}

std::string encode_number(case_number number) {
    const auto partition = big_endian<2>(number.partition);
    std::string value(partition.data(), partition.size());
    append_u64(value, number.number);
    return value;
}

std::string encode(const position_row& row) {
    std::string value;
    append_u64(value, row.next_offset);
    append_u64(value, row.next_number);
    return value;
}

std::optional<position_row> decode_position(std::string_view value) {
    cursor at(value);
    position_row row;
    row.next_offset = at.u64();
    row.next_number = at.u64();
    return at.ok() && at.rest().empty() ? std::optional(row) : std::nullopt;
}

std::string encode(const totals_row& row) {
    std::string value;
    append_u64(value, static_cast<std::uint64_t>(row.accepted));
    append_u64(value, static_cast<std::uint64_t>(row.closed));
    return value;
}

std::optional<totals_row> decode_totals(std::string_view value) {
    cursor at(value);
    totals_row row;
    row.accepted = static_cast<std::int64_t>(at.u64());
    row.closed = static_cast<std::int64_t>(at.u64());
    return at.ok() && at.rest().empty() ? std::optional(row) : std::nullopt;
}

void encode_event(std::string& out, const event_head& head, std::string_view record) {
    out.clear();
    append_u64(out, static_cast<std::uint64_t>(head.recorded_ms));
    out.push_back(static_cast<char>(head.status));
    out.push_back(static_cast<char>(head.refused_code.size()));
    out.append(head.refused_code);
    out.append(record);
}

std::optional<event_row> decode_event(std::string_view value) {
    cursor at(value);
    event_row row;
    row.head.recorded_ms = static_cast<std::int64_t>(at.u64());
    row.head.status = static_cast<v1::CaseStatus>(at.u8());
    row.head.refused_code = at.text(at.u8());
    row.record = at.rest();
    return at.ok() ? std::optional(row) : std::nullopt;
}

} // namespace tongban::ledger::rows
