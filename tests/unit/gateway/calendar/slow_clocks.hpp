// The rules of clocks once more, the slow way and by other means: day after day from the acceptance on, with the
// calendar's notices written out here. Shares no code with the rules it judges.
#pragma once

#include <string>
#include <vector>

namespace tongban::slow {

// Days since 1970-01-01.
int day(const std::string& text);
bool works(int day);

struct stop {
    int start;
    int end;
};

struct history {
    int accepted = 0;
    int limit = 0;     // working days; 0: an immediate item
    bool late = false; // an immediate item that came after closing
    int extension = 0; // working days, 0: none
    std::vector<stop> stops;
    int closed = 0;
    bool rolls = false; // a day off is no last day: the rules of records since clock_rules 2
};

// The day an immediate item belongs to, else that of the acceptance.
int first_day(const history& h);
// Working days used after a day, without those of special procedures.
int used(const history& h, int until);
// Until when the result is owed.
int due(const history& h);
// First day that is yellow, as if nothing stopped the clock; `percent` of the limit is the line.
int yellow(const history& h, int percent);
// 送达: what is told of it, day after day, when `handed_over` is the day on which it came (0: it never does). The first days of yellow
// and red; 0: nothing is told.
struct delivery_days {
    int yellow = 0;
    int red = 0;
    bool operator==(const delivery_days&) const = default;
};
delivery_days told_of_delivery(int decided, int days, int handed_over);
// n working days after a day.
int after(int day, int n);
// n natural days, or months, later, by the C library's calendar.
int months_after(int day, int months);

} // namespace tongban::slow
