// Boost.JSON for the line, Protobuf's own mapping for the record in it.
#include "gateway/ledger/dump_line.hpp"

#include "tongban/v1/ledger.pb.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

namespace tongban::ledger {

namespace {

namespace json = boost::json;

// A number of the line; nothing when it is none.
std::optional<std::uint64_t> number(const json::object& line, std::string_view name) {
    const auto* value = line.if_contains(name);
    boost::system::error_code ec;
    const auto read = value != nullptr ? value->to_number<std::uint64_t>(ec) : 0;
    return value == nullptr || ec ? std::nullopt : std::optional(read);
}

std::string text(const json::object& line, std::string_view name) {
    const auto* value = line.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

} // namespace

std::optional<dumped_record> read_dump_line(std::string_view line) {
    boost::system::error_code ec;
    const auto value = json::parse(line, ec);
    const auto* object = ec ? nullptr : value.if_object();
    const auto* record = object != nullptr ? object->if_contains("record") : nullptr;
    if (record == nullptr || !record->is_object()) {
        return std::nullopt;
    }
    const auto partition = number(*object, "partition");
    const auto offset = number(*object, "offset");
    google::protobuf::Timestamp at;
    v1::LedgerRecord parsed;
    if (!partition || *partition > 0xffff || !offset ||
        !google::protobuf::util::TimeUtil::FromString(text(*object, "recorded_at"), &at) ||
        !google::protobuf::util::JsonStringToMessage(json::serialize(*record), &parsed).ok()) {
        return std::nullopt;
    }
    dumped_record read;
    read.as_read.at = {static_cast<std::uint32_t>(*partition), *offset};
    read.as_read.recorded_at = decltype(read.as_read.recorded_at)(
        std::chrono::milliseconds(google::protobuf::util::TimeUtil::TimestampToMilliseconds(at)));
    read.key = text(*object, "key");
    read.value = parsed.SerializeAsString();
    return read;
}

} // namespace tongban::ledger
