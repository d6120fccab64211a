#include "gateway/app/region_rights.hpp"

#include "connectors/log/kafka_topics.hpp"

#include <algorithm>

namespace tongban::app {

std::vector<log::acl_entry> region_rights(const security::partner_directory& partners, const std::string& region,
                                          const std::string& principal) {
    using log::acl_operation;
    std::vector<log::acl_entry> rights;
    const auto allow = [&](acl_operation operation, log::acl_resource resource, const std::string& name,
                           log::acl_pattern pattern = log::acl_pattern::literal) {
        rights.push_back({principal, operation, resource, name, pattern});
    };
    const auto read = [&](const std::string& topic) {
        allow(acl_operation::read, log::acl_resource::topic, topic);
        allow(acl_operation::describe, log::acl_resource::topic, topic);
    };
    bool reads = false;
    for (const auto& partner : partners.partners()) {
        if (!partner->acts_for(region)) {
            continue;
        }
        if (partner->intake_topic) {
            allow(acl_operation::write, log::acl_resource::topic, log::intake_topic(region));
            allow(acl_operation::describe, log::acl_resource::topic, log::intake_topic(region));
            read(log::intake_rejected_topic(region));
            reads = true;
        }
        if (partner->delivery && partner->delivery->transport == security::delivery_transport::kafka) {
            read(log::deliveries_topic(region));
            reads = true;
        }
    }
    if (reads) {
        allow(acl_operation::read, log::acl_resource::group, "region-" + region + ".", log::acl_pattern::prefixed);
    }
    std::sort(rights.begin(), rights.end());
    return rights;
}

} // namespace tongban::app
