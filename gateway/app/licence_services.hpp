// The licence services 电子证照 that partners name, by region: opened at start and at each reload.
#pragma once

#include "gateway/inbox/inbox.hpp"
#include "security/client_tls.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace tongban::app {

class licence_services {
public:
    // `executor` runs until after stop(). A service that cannot work as it is configured is logged and asked nothing.
    licence_services(const security::live<security::partner_directory>& partners, security::client_tls_settings tls,
                     const boost::asio::any_io_executor& executor);

    // Any thread. Without a service when the region has none.
    inbox::named_service of_region(std::string_view region) const;
    // Partners or certificates changed. Reads files.
    void reload();
    // Questions under way end without an answer.
    void stop();

private:
    using services = std::map<std::string, inbox::named_service, std::less<>>;

    const security::live<security::partner_directory>& partners_;
    const security::client_tls_settings tls_;
    const boost::asio::any_io_executor executor_;
    mutable std::mutex mutex_;
    services by_region_;
};

} // namespace tongban::app
