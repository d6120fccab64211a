// What the command has read it sends as a moment in UTC: that a day is China's is decided in one place.
#include "gateway/app/reconciliation_query.hpp"

#include "gateway/http/query_rules.hpp"

#include <google/protobuf/util/time_util.h>

namespace tongban::app {

using google::protobuf::util::TimeUtil;

std::optional<std::int64_t> reconciled_time(std::string_view text) {
    constexpr std::size_t day_size = 10;
    // Before the years of a Timestamp are left, by its offset: TimeUtil throws then.
    const auto year = text.substr(0, 4);
    if (year < "1970" || (year > "9998" && text.size() != day_size)) {
        return std::nullopt;
    }
    google::protobuf::Timestamp at;
    const std::string whole = std::string(text) + (text.size() == day_size ? "T00:00:00+08:00" : "");
    return TimeUtil::FromString(whole, &at) ? std::optional(TimeUtil::TimestampToMilliseconds(at)) : std::nullopt;
}

bool read_pair(std::string_view text, ledger::reconciliation_filter& filter) {
    const auto dash = text.find('-');
    filter.origin = text.substr(0, dash);
    filter.dest = dash == std::string_view::npos ? "" : text.substr(dash + 1);
    return http::is_region(filter.origin) && http::is_region(filter.dest);
}

std::string query_of(const ledger::reconciliation_filter& filter) {
    std::string query;
    const auto add = [&](const char* name, const std::string& value) {
        query += (query.empty() ? "" : "&") + std::string(name) + "=" + value;
    };
    const auto moment = [](std::int64_t ms) { return TimeUtil::ToString(TimeUtil::MillisecondsToTimestamp(ms)); };
    if (filter.from_ms) {
        add("from", moment(*filter.from_ms));
    }
    if (filter.until_ms) {
        add("to", moment(*filter.until_ms));
    }
    if (!filter.origin.empty()) {
        add("pair", filter.origin + "-" + filter.dest);
    }
    return query;
}

} // namespace tongban::app
