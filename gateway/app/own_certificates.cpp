#include "gateway/app/own_certificates.hpp"

#include "security/certificate.hpp"

#include <stdexcept>
#include <utility>

namespace tongban::app {

namespace {

std::chrono::sys_seconds end_of(const std::filesystem::path& file) {
    return security::facts_of(security::read_certificate(file).get()).not_after;
}

} // namespace

own_certificates::own_certificates(const gateway_settings& settings, monitoring::registry& metrics) {
    shown_.push_back({"gateway", settings.tls.certificate_file});
    if (!settings.push_certificate.empty()) {
        shown_.push_back({"deliveries", settings.push_certificate});
    }
    const auto* kafka = std::get_if<log::kafka_settings>(&settings.ledger_log);
    if (kafka != nullptr && !kafka->tls.certificate.empty()) {
        shown_.push_back({"kafka", kafka->tls.certificate});
    }
    for (const shown& one : shown_) {
        ends_.emplace(one.use, end_of(one.file));
    }
    metrics.make_collected_gauge("tongban_certificate_not_after_timestamp_seconds",
                                 "End of the gateway's own certificates, by use",
                                 [this](monitoring::registry::collected& out) {
                                     for (const auto& [use, end] : ends()) {
                                         out.emplace_back(monitoring::labels{{"use", use}},
                                                          std::chrono::duration<double>(end.time_since_epoch()).count());
                                     }
                                 });
}

void own_certificates::read_again(std::string_view use) {
    for (const shown& one : shown_) {
        if (one.use != use) {
            continue;
        }
        try {
            const auto end = end_of(one.file);
            const std::lock_guard lock(mutex_);
            ends_[one.use] = end;
        } catch (const std::runtime_error&) {
            continue; // told by the part whose certificate it is
        }
    }
}

std::map<std::string, std::chrono::sys_seconds> own_certificates::ends() const {
    const std::lock_guard lock(mutex_);
    return ends_;
}

} // namespace tongban::app
