#include "gateway/app/own_certificates.hpp"

#include "security/certificate.hpp"

#include <stdexcept>

namespace tongban::app {

namespace {

std::chrono::sys_seconds end_of(const std::filesystem::path& file) {
    return security::facts_of(security::read_certificate(file).get()).not_after;
}

double seconds_of(std::chrono::sys_seconds time) {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

} // namespace

own_certificates::own_certificates(const gateway_settings& settings, const security::live<security::tls_context>& listeners,
                                   monitoring::registry& metrics)
    : listeners_(listeners), deliveries_(settings.push_certificate) {
    if (!deliveries_.empty()) {
        of_files_["deliveries"] = end_of(deliveries_);
    }
    const auto* kafka = std::get_if<log::kafka_settings>(&settings.ledger_log);
    if (kafka != nullptr && !kafka->tls.certificate.empty()) {
        of_files_["kafka"] = end_of(kafka->tls.certificate);
    }
    metrics.make_collected_gauge("tongban_certificate_not_after_timestamp_seconds",
                                 "End of the gateway's own certificates, by use",
                                 [this](monitoring::registry::collected& out) {
                                     for (const auto& [use, end] : ends()) {
                                         out.emplace_back(monitoring::labels{{"use", use}}, seconds_of(end));
                                     }
                                 });
    metrics.make_collected_gauge("tongban_revocation_list_not_after_timestamp_seconds",
                                 "End of the revocation list of the clients' authority: all are refused after it",
                                 [this](monitoring::registry::collected& out) {
                                     if (const auto end = listeners_.get()->revocation_end()) {
                                         out.emplace_back(monitoring::labels{}, seconds_of(*end));
                                     }
                                 });
}

void own_certificates::read_again() {
    if (deliveries_.empty()) {
        return;
    }
    try {
        const auto end = end_of(deliveries_);
        const std::lock_guard lock(mutex_);
        of_files_["deliveries"] = end;
    } catch (const std::runtime_error&) {
        return; // told by those who show it
    }
}

std::map<std::string, std::chrono::sys_seconds> own_certificates::ends() const {
    const std::lock_guard lock(mutex_);
    auto all = of_files_;
    all["gateway"] = listeners_.get()->own().not_after;
    return all;
}

} // namespace tongban::app
