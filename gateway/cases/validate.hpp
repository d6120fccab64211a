// The rules of DOMAIN §4 on one translated event: check digits, dates, codes, lengths, what each event
// requires. Pure; finds every violation at once.
#pragma once

#include "tongban/v1/event.pb.h"
#include "tongban/v1/receipt.pb.h"

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::cases {

// Gives the place in the sender's own message for a schema field ("dossier.applicant.id_no"); empty when
// unknown.
using source_path_of = std::function<std::string(std::string_view field)>;

// `today` (+08:00) bounds birth dates and times. Warnings are marked; they do not refuse the event.
std::vector<v1::Violation> validate(const v1::CaseEvent& event, std::chrono::year_month_day today,
                                    const source_path_of& source_path);

// The same of an event that was translated with `faults`: what could not be translated is told there, not again as missing,
// and of what could not be made an event nothing more is told.
std::vector<v1::Violation> validate_translated(const v1::CaseEvent& event, std::span<const v1::Violation> faults,
                                               std::chrono::year_month_day today, const source_path_of& source_path);

// Whether the event says which case it is about: by its number at the origin, and unless it opens one also by the gateway's
// id or the destination's number. One that does not is the violation `required`.
bool names_case(const v1::CaseEvent& event) noexcept;

} // namespace tongban::cases
