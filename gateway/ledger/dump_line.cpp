// Boost.JSON for the line, Protobuf's own mapping for the record in it.
#include "gateway/ledger/dump_line.hpp"

#include "tongban/v1/ledger.pb.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>

namespace tongban::ledger {

namespace {

namespace json = boost::json;

constexpr std::uint64_t partition_max = 0xffff;

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

constexpr std::string_view dump_of = "tongban-ledger";

} // namespace

bool dump_head::whole() const {
    return !selected && !partitions.empty() &&
           std::all_of(partitions.begin(), partitions.end(),
                       [](const auto& each) { return each.second.from == 0; });
}

std::string to_line(const dump_head& head) {
    json::array partitions;
    for (const auto& [partition, stretch] : head.partitions) {
        partitions.push_back({{"partition", partition}, {"from", stretch.from}, {"until", stretch.until}});
    }
    return json::serialize(json::object{{"dump", dump_of},
                                        {"ledger", head.ledger},
                                        {"partitions", std::move(partitions)},
                                        {"selected", head.selected},
                                        {"whole", head.whole()}});
}

std::optional<dump_head> read_dump_head(std::string_view line) {
    boost::system::error_code ec;
    const auto value = json::parse(line, ec);
    const auto* object = ec ? nullptr : value.if_object();
    if (object == nullptr || text(*object, "dump") != dump_of) {
        return std::nullopt;
    }
    const auto* partitions = object->if_contains("partitions");
    const auto* selected = object->if_contains("selected");
    if (partitions == nullptr || !partitions->is_array() || selected == nullptr || !selected->is_bool()) {
        return std::nullopt;
    }
    dump_head head;
    head.ledger = text(*object, "ledger");
    head.selected = selected->get_bool();
    for (const auto& each : partitions->get_array()) {
        const auto of = each.is_object() ? each.get_object() : json::object();
        const auto partition = number(of, "partition");
        const auto from = number(of, "from");
        const auto until = number(of, "until");
        if (!partition || *partition > partition_max || !from || !until ||
            !head.partitions.emplace(*partition, dump_head::stretch{*from, *until}).second) {
            return std::nullopt;
        }
    }
    return head;
}

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
    if (!partition || *partition > partition_max || !offset ||
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
