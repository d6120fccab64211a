// Days are compared as they are written, YYYY-MM-DD: what is no day was told as such.
#include "gateway/cases/licence_validity.hpp"

#include "gateway/cases/catalogue.hpp"
#include "gateway/cases/plain_text.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace tongban::cases {

namespace {

constexpr std::string_view last_day = "9999-12-31";

std::string written(std::chrono::year_month_day day) {
    return day_text(static_cast<std::int32_t>(std::chrono::sys_days(day).time_since_epoch().count()));
}

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
    return !certificate.long_term() && last.size() == last_day.size() && last < written(on);
}

bool is_yet_to_begin(const v1::Certificate& certificate, std::chrono::year_month_day on) {
    const std::string_view first = certificate.valid_from();
    return first.size() == last_day.size() && first > written(on);
}

void leave_out_invalid(v1::Dossier& dossier, std::chrono::year_month_day on) {
    const auto is_invalid = [on](const v1::Certificate& one) { return has_expired(one, on) || is_yet_to_begin(one, on); };
    auto& all = *dossier.mutable_certificates();
    for (auto& material : *dossier.mutable_materials()) {
        const bool named = !material.licence_ref().empty() && std::any_of(all.begin(), all.end(), [&](const v1::Certificate& one) {
            return means_same(one.licence_ref(), material.licence_ref()) && is_invalid(one);
        });
        if (named) {
            material.clear_licence_ref();
        }
    }
    all.erase(std::remove_if(all.begin(), all.end(), is_invalid), all.end());
}

} // namespace tongban::cases
