// The view's rows: keys, and the values that are not plain Protobuf. All integers big-endian, so that keys
// sort by number and time; P = partition (2 bytes), N = case number (8), R = region (6 characters, cut or
// filled with NUL).
//
//   "P"                        format version (1), identity of the ledger
//   "p" P                      next offset (8), next case number (8)
//   "T"                        cases accepted (8), closed (8)
//   "o" R(destination) S       open cases of status S (1), count (8); no row for none
//   "n" D(26) R(origin)        case number: P N. D = digest of the source's number, the end of the case id
//   "m" R(destination) D P N   empty: the destination's own number
//   "c" P N                    CaseState
//   "e" P N offset(8)          event: recorded_ms (8), status after (1), length of code (1), code,
//   LedgerRecord. The code
//                              is empty when applied, else why not; a refused record is kept without its
//                              dossier
//   "r" P N                    refused events of the case (4); only the first are kept as rows
//   "f" sha256(32) P N         empty: the case references this file of the object store
//   "u" P N event_id(16) file(4)  recorded_ms (8): a file that is still to be fetched
//   "h" P N event_id(16) file(4) kind(1)  MaterialFact: such a file was fetched (1), or given up (2)
//   "i" R(turn) order_ms(8) since_ms(8) P N untaken(1)   InboxEntry
//
// Rows of clocks: clock_rows.hpp; of figures: figure_rows.hpp.
//
// A new case writes n, c, e and i, each but n on ascending keys; nothing is stored twice.
#pragma once

#include "gateway/ledger/view.hpp"

#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace tongban::ledger::rows {

// Raised when keys or values change their form: an older view is then erased and folded anew.
inline constexpr std::uint8_t format_version = 13;
// Of the value of identity().
inline bool is_of_this_format(std::string_view value) noexcept {
    return !value.empty() && static_cast<std::uint8_t>(value.front()) == format_version;
}

inline constexpr std::string_view first = {"\0", 1};
inline constexpr std::string_view past_last = "\x7f";
inline constexpr std::size_t region_size = 6;
inline constexpr std::size_t digest_size = 26;

// A key under construction, without allocation.
class key {
public:
    explicit key(char kind) { text(std::string_view(&kind, 1)); }
    key& text(std::string_view bytes);
    key& region(std::string_view code);
    key& u16(std::uint32_t value);
    key& u32(std::uint32_t value) { return u16(value >> 16).u16(value & 0xffffU); }
    key& u64(std::uint64_t value);
    key& number(case_number number) { return u16(number.partition).u64(number.number); }
    std::string_view view() const noexcept { return {bytes_.data(), size_}; }
    operator std::string_view() const noexcept { return view(); }
    // The first key that does not begin with this one. Precondition: not all bytes are 0xff.
    key past() const;
    friend bool operator==(const key& a, const key& b) noexcept { return a.view() == b.view(); }

private:
    std::array<char, 64> bytes_;
    std::size_t size_ = 0;
};

key identity();
key position(std::uint32_t partition);
key totals();
key open_count(std::string_view dest_region, v1::CaseStatus status);
// Precondition for both: cases::is_case_id(case_id).
key number_of(std::string_view case_id);
key numbers_of(std::string_view digest);
key dest_number(std::string_view dest_region, std::string_view digest, case_number number);
key dest_numbers(std::string_view dest_region, std::string_view digest);
key state(case_number number);
key event(case_number number, std::uint64_t offset);
key events(case_number number);
key refused(case_number number);
// Preconditions: 32 bytes; 16 bytes.
key file_of(std::string_view sha256, case_number number);
key files(std::string_view sha256);
key unfetched(case_number number, std::string_view event_id, std::uint32_t file);
key unfetched(std::uint32_t partition);
key fetch_outcome(case_number number, std::string_view event_id, std::uint32_t file, bool fetched);
key fetch_outcomes(case_number number);
key inbox(std::string_view region, std::int64_t order_ms, std::int64_t since_ms, case_number number, bool untaken);
key inbox(std::string_view region);

// Reads big-endian integers off the front of a value or key; `ok` turns false when it is too short.
class cursor {
public:
    explicit cursor(std::string_view bytes) : rest_(bytes) {}
    std::uint64_t u64() { return integer(8); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(integer(4)); }
    std::uint32_t u16() { return static_cast<std::uint32_t>(integer(2)); }
    std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
    std::string_view text(std::size_t size);
    case_number number() {
        const auto partition = u16();
        return {partition, u64()};
    }
    std::string_view rest() const noexcept { return rest_; }
    bool ok() const noexcept { return ok_; }

private:
    std::uint64_t integer(std::size_t size);
    std::string_view rest_;
    bool ok_ = true;
};

void append_u64(std::string& out, std::uint64_t value);
void append_u32(std::string& out, std::uint32_t value);
std::string encode_number(case_number number);

struct position_row {
    std::uint64_t next_offset{};
    std::uint64_t next_number{};
};
std::string encode(const position_row& row);
std::optional<position_row> decode_position(std::string_view value);

struct totals_row {
    std::int64_t accepted{};
    std::int64_t closed{};
};
std::string encode(const totals_row& row);
std::optional<totals_row> decode_totals(std::string_view value);

// The head of an event row; the serialised LedgerRecord follows it.
struct event_head {
    std::int64_t recorded_ms{};
    v1::CaseStatus status{};
    std::string_view refused_code;
};
// Replaces `out`.
void encode_event(std::string& out, const event_head& head, std::string_view record);
struct event_row {
    event_head head;
    std::string_view record;
};
std::optional<event_row> decode_event(std::string_view value);

} // namespace tongban::ledger::rows
