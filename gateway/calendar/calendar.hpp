// The State Council's calendar of working days as data: read from a file that people write, every fault named with its
// place, or the one built in. A calendar is replaced whole; what it says of a case travels in the ledger as a slice.
#pragma once

#include "gateway/cases/working_days.hpp"
#include "security/strict_yaml.hpp"
#include "tongban/v1/view.pb.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tongban::calendars {

using cases::day_number;

// "2026-10-08", and back; nullopt when the text is no date.
std::string to_text(day_number day);
std::optional<day_number> parse_day(std::string_view text);

class calendar {
public:
    struct year {
        std::string notice;                 // 文号
        std::vector<day_number> off;        // named as days off
        std::vector<day_number> working;    // make-up working days 调休上班
    };

    struct loaded {
        std::shared_ptr<const calendar> value; // null when there is any mistake
        std::vector<security::file_mistake> mistakes;
        std::vector<std::string> warnings; // what may be right, but a person should look
    };
    static loaded load(const std::filesystem::path& file);
    static loaded parse(const std::string& text, const std::string& file);
    // schemas/calendars/cn.yaml as it was when the program was built.
    static std::shared_ptr<const calendar> built_in();

    const std::string& version() const noexcept { return version_; }
    const std::map<int, year>& years() const noexcept { return years_; }
    // Days [first, past) are covered by a notice.
    day_number first() const noexcept { return first_; }
    day_number past() const noexcept { return past_; }
    // Outside the years: by weekday and the holidays of fixed date.
    bool works(day_number day) const noexcept;
    // What the ledger keeps of [from, past), as far as the calendar covers it.
    v1::WorkingDays slice(day_number from, day_number past) const;

private:
    friend class calendar_reader;
    std::string version_;
    std::map<int, year> years_;
    day_number first_ = 0;
    day_number past_ = 0;
    std::vector<bool> works_; // by day from first_
};

// The days by which clocks of the case count, after the first of the pair up to the second: a calendar that says otherwise
// of one of them contradicts what both sides were told. Days beyond published calendars are not among them; an empty pair
// when no clock runs.
std::pair<day_number, day_number> days_in_use(const v1::CaseState& state);

// Days of which `next` says otherwise than `was` did, both having (had) a notice for them; also days that `next` has none
// for any more. At most `max`, in order.
std::vector<day_number> changed_days(const calendar& was, const calendar& next, std::size_t max);

} // namespace tongban::calendars
