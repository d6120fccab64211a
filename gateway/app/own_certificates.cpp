#include "gateway/app/own_certificates.hpp"

#include "security/certificate.hpp"

#include <stdexcept>
#include <utility>

namespace tongban::app {

namespace {

std::chrono::sys_seconds end_of(const std::filesystem::path& file) {
    return security::facts_of(security::read_certificate(file).get()).not_after;
}

double seconds_of(std::chrono::sys_seconds time) {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
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
    revocation_list_ = settings.tls.crl_file;
    if (!revocation_list_.empty()) {
        revocation_list_end_ = security::end_of_revocation_lists(revocation_list_);
        metrics.make_collected_gauge("tongban_revocation_list_not_after_timestamp_seconds",
                                     "End of the revocation list of the clients' authority: all are refused after it",
                                     [this](monitoring::registry::collected& out) {
                                         const std::lock_guard lock(mutex_);
                                         if (revocation_list_end_) {
                                             out.emplace_back(monitoring::labels{}, seconds_of(*revocation_list_end_));
                                         }
                                     });
    }
    metrics.make_collected_gauge("tongban_certificate_not_after_timestamp_seconds",
                                 "End of the gateway's own certificates, by use",
                                 [this](monitoring::registry::collected& out) {
                                     for (const auto& [use, end] : ends()) {
                                         out.emplace_back(monitoring::labels{{"use", use}}, seconds_of(end));
                                     }
                                 });
}

void own_certificates::read_again(std::string_view use) {
    try {
        for (const shown& one : shown_) {
            if (one.use == use) {
                const auto end = end_of(one.file);
                const std::lock_guard lock(mutex_);
                ends_[one.use] = end;
            }
        }
        if (use == "gateway" && !revocation_list_.empty()) {
            const auto end = security::end_of_revocation_lists(revocation_list_);
            const std::lock_guard lock(mutex_);
            revocation_list_end_ = end;
        }
    } catch (const std::runtime_error&) {
        return; // told by the part whose certificate it is
    }
}

std::map<std::string, std::chrono::sys_seconds> own_certificates::ends() const {
    const std::lock_guard lock(mutex_);
    return ends_;
}

} // namespace tongban::app
