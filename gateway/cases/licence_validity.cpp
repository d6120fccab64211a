// Days are compared as they are written, YYYY-MM-DD: what is no day was told as such.
#include "gateway/cases/licence_validity.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace tongban::cases {

namespace {

constexpr std::string_view last_day = "9999-12-31";

} // namespace

void say_long_term(v1::CaseEvent& event) {
    if (!event.has_dossier()) {
        return;
    }
    for (auto& certificate : *event.mutable_dossier()->mutable_certificates()) {
        if (certificate.valid_to() == last_day) {
            certificate.set_long_term(true);
            certificate.clear_valid_to();
        }
    }
}

bool has_expired(const v1::Certificate& certificate, std::chrono::year_month_day on) {
    const std::string_view last = certificate.valid_to();
    char today[16];
    std::snprintf(today, sizeof today, "%04d-%02u-%02u", static_cast<int>(on.year()), static_cast<unsigned>(on.month()),
                  static_cast<unsigned>(on.day()));
    return !certificate.long_term() && last.size() == last_day.size() && last < std::string_view(today);
}

void leave_out_expired(v1::Dossier& dossier, std::chrono::year_month_day on) {
    auto& all = *dossier.mutable_certificates();
    all.erase(std::remove_if(all.begin(), all.end(), [on](const v1::Certificate& one) { return has_expired(one, on); }), all.end());
}

} // namespace tongban::cases
