#include "gateway/app/licence_services.hpp"

#include "connectors/push/push_client.hpp"
#include "monitoring/log.hpp"

namespace tongban::app {

licence_services::licence_services(const security::live<security::partner_directory>& partners,
                                   security::client_tls_settings tls, const boost::asio::any_io_executor& executor)
    : partners_(partners), tls_(std::move(tls)), executor_(executor) {
    reload();
}

inbox::named_service licence_services::of_region(std::string_view region) const {
    const std::lock_guard lock(mutex_);
    const auto found = by_region_.find(region);
    return found == by_region_.end() ? inbox::named_service{} : found->second;
}

void licence_services::reload() {
    services next;
    for (const auto& partner : partners_.get()->partners()) {
        if (!partner->licences) {
            continue;
        }
        auto opened = push::push_client::open(executor_, push::target_of(*partner->licences, tls_));
        if (!opened) {
            for (const auto& mistake : opened.error()) {
                monitoring::log(monitoring::severity::error, "licence_service_unusable",
                                {{"partner", partner->id}, {"reason", mistake}});
            }
            continue;
        }
        const std::shared_ptr<licences::licence_service> service =
            licences::https_licence_service(std::shared_ptr<push::push_port>(std::move(*opened)));
        for (const auto& region : partner->regions) {
            next.emplace(region, inbox::named_service{service, partner->id});
        }
    }
    const std::lock_guard lock(mutex_);
    by_region_.swap(next);
}

void licence_services::stop() {
    services gone;
    const std::lock_guard lock(mutex_);
    by_region_.swap(gone);
}

} // namespace tongban::app
