// Where a view stands when it is opened, and whether it may be used at all.
#include "gateway/ledger/projection.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <stdexcept>

namespace tongban::ledger {

namespace {

constexpr std::uint32_t partitions_max = 65535; // two bytes in the keys

void check(const boost::system::error_code& error) {
    if (error) {
        throw std::runtime_error("the view cannot be read or written: " + error.message());
    }
}

[[noreturn]] void refuse(const std::string& why) {
    throw std::runtime_error(why + ": delete the view directory; it is rebuilt from the ledger");
}

// Whether an inbox row has a lease, without reading the rest of it: few have one, and a start may look at a million rows.
bool holds_lease(std::string_view entry) {
    using google::protobuf::internal::WireFormatLite;
    google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(entry.data()),
                                              static_cast<int>(entry.size()));
    for (auto tag = in.ReadTag(); tag != 0; tag = in.ReadTag()) {
        if (WireFormatLite::GetTagFieldNumber(tag) == v1::InboxEntry::kLeaseFieldNumber) {
            return true;
        }
        if (!WireFormatLite::SkipField(&in, tag)) {
            return false;
        }
    }
    return false;
}

std::string identity_value(std::string_view identity) {
    return std::string(1, static_cast<char>(rows::format_version)) + std::string(identity);
}

} // namespace

bool projection::open(std::string_view identity, std::uint32_t partitions) {
    if (partitions == 0 || partitions > partitions_max) {
        throw std::runtime_error("a ledger of " + std::to_string(partitions) +
                                 " partitions cannot be projected");
    }
    next_offsets_.assign(partitions, 0);
    next_numbers_.assign(partitions, 0);
    std::string stored;
    const auto found = rows_.get(rows::identity(), stored);
    check(found.has_error() ? found.error() : boost::system::error_code());
    // The identity stands behind the format in every format.
    identity_ = stored.empty() ? std::string() : stored.substr(1);
    if (!identity_.empty() && !identity.empty() && identity_ != identity) {
        refuse("the view belongs to another ledger (" + identity_ + ", configured is " + std::string(identity) + ")");
    }
    if (!*found || !rows::is_of_this_format(stored)) {
        if (*found) {
            check(rows_.erase_all());
        }
        make_new(identity);
        return *found;
    }
    std::size_t positions = 0;
    check(
        rows_.scan(rows::key('p'), rows::key('p').past(), [&](std::string_view key, std::string_view value) {
            const auto partition = rows::cursor(key.substr(1)).u16();
            const auto row = rows::decode_position(value);
            if (row && partition < partitions) {
                next_offsets_[partition] = row->next_offset;
                next_numbers_[partition] = row->next_number;
            }
            ++positions;
            return true;
        }));
    if (positions != partitions) {
        refuse("the view has " + std::to_string(positions) + " partitions, the ledger " +
               std::to_string(partitions));
    }
    load_totals();
    load_watch();
    check(outboxes_.load(rows_));
    check(clocks_.load(rows_));
    check(figures_.load(rows_));
    check(bundles_.load(rows_));
    return false;
}

// Every position has its row from the start, so that equal history gives equal rows.
void projection::make_new(std::string_view identity) {
    identity_ = identity;
    auto batch = rows_.new_batch();
    batch->put(rows::identity(), identity_value(identity));
    for (std::uint32_t p = 0; p < next_offsets_.size(); ++p) {
        batch->put(rows::position(p), rows::encode(rows::position_row{}));
    }
    check(rows_.write(*batch));
}

bool projection::confirm(std::string_view identity) {
    if (identity_.empty()) {
        identity_ = identity;
        batch_->put(rows::identity(), identity_value(identity)); // committed with the first records
    }
    return identity_ == identity;
}

void projection::load_totals() {
    check(
        rows_.scan(rows::key('o'), rows::key('o').past(), [&](std::string_view key, std::string_view value) {
            open_[std::string(key)] = static_cast<std::int64_t>(rows::cursor(value).u64());
            return true;
        }));
    std::string bytes;
    const auto found = rows_.get(rows::totals(), bytes);
    check(found.has_error() ? found.error() : boost::system::error_code());
    if (*found) {
        const auto row = rows::decode_totals(bytes);
        if (!row) {
            refuse("the view's totals cannot be read");
        }
        totals_ = *row;
    }
}

void projection::load_watch() {
    if (watch_ == nullptr) {
        return;
    }
    check(
        rows_.scan(rows::key('i'), rows::key('i').past(), [&](std::string_view key, std::string_view value) {
            rows::cursor at(key.substr(1));
            const auto field = at.text(rows::region_size);
            const auto region = field.substr(0, field.find('\0'));
            at.u64(); // order_ms
            const auto since_ms = static_cast<std::int64_t>(at.u64());
            const auto number = at.number();
            watch_->put(region, key);
            if (at.u8() != 0) {
                watch_->untaken(region, since_ms);
            }
            if (holds_lease(value) && entry_.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
                watch_->lease(number, 0, entry_.lease().until_ms());
            }
            return true;
        }));
    watch_->committed();
}

} // namespace tongban::ledger
