#include "gateway/app/owed_text.hpp"

#include "gateway/app/json_text.hpp"
#include "gateway/calendar/calendar.hpp"
#include "gateway/cases/case_clocks.hpp"

#include <google/protobuf/util/time_util.h>

#include <cstdio>
#include <cstdlib>

namespace tongban::app {

namespace {

// " 预警 YELLOW"; empty while there is time.
std::string band_text(const std::string& band) {
    for (const auto known : {v1::SUPERVISION_BAND_YELLOW, v1::SUPERVISION_BAND_RED}) {
        if (band == v1::SupervisionBand_Name(known)) {
            return " " + std::string(cases::term(known)) + " " + std::string(cases::name(known));
        }
    }
    return {};
}

} // namespace

std::string local_time(const std::string& utc) {
    google::protobuf::Timestamp at;
    if (!google::protobuf::util::TimeUtil::FromString(utc, &at)) {
        return utc;
    }
    const auto ms = at.seconds() * 1000;
    const auto minute = cases::minute_of(ms);
    char text[16];
    std::snprintf(text, sizeof text, " %02d:%02d", minute / 60 % 24, minute % 60);
    return calendars::to_text(cases::day_of(ms)) + text;
}

std::string owed_text(const boost::json::value& entry) {
    v1::ClockKind clock{};
    if (!v1::ClockKind_Parse(text_at(entry, "owed.clock"), &clock)) {
        return {};
    }
    auto text = std::string(cases::term(clock)) + " " + std::string(cases::name(clock)) + " 至 until " +
                local_time(text_at(entry, "owed.due")) + " (" + text_at(entry, "owed.by") + ")" +
                band_text(text_at(entry, "owed.band"));
    if (text_at(entry, "owed.provisional") == "true") {
        text += " 暂定 provisional";
    }
    if (const auto left = text_at(entry, "owed.days_left"); !left.empty()) {
        text += " 剩余工作日 working days left: " + left;
    }
    return text;
}

std::string also_owed_text(const boost::json::value& entry) {
    std::string text;
    if (const auto* beside = entry.as_object().if_contains("also_owed")) {
        for (const auto& owed : beside->as_array()) {
            text += (text.empty() ? "" : "; ") + owed_text(boost::json::object{{"owed", owed}});
        }
    }
    return text;
}

std::string due_text(const boost::json::value& entry) {
    const auto due_ms = std::atoll(text_at(entry, "due_ms").c_str());
    return due_ms == 0 ? "" : calendars::to_text(cases::day_of(due_ms)) + band_text(text_at(entry, "band"));
}

} // namespace tongban::app
