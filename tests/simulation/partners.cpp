#include "tests/simulation/partners.hpp"

#include <stdexcept>

namespace tongban::simulation {

namespace {

std::string platform_yaml(const std::string& region) {
    std::string yaml = "  - id: platform-" + region + "\n    name: {zh: 平台, en: Platform}\n    role: platform\n" +
                       "    regions: [\"" + region + "\"]\n    identities: [{san_uri: \"" + platform_uri(region) +
                       "\"}]\n    delivery:\n      dialect: canonical\n      transport: ";
    if (region == pulling_region) {
        return yaml + "pull\n";
    }
    return yaml + "push\n      push: {url: \"https://" + region + ".example/receive\", connections_max: 3, " +
           "read_seconds: 4, total_seconds: 8, pins: [{san_uri: \"" + platform_uri(region) + "\"}]}\n";
}

std::string window_yaml(const std::string& region, int window) {
    return "  - id: " + window_partner(region, window) + "\n    name: {zh: 窗口, en: Window}\n    role: window\n" +
           "    regions: [\"" + region + "\"]\n    window_id: " + window_id(region, window) +
           "\n    identities: [{san_uri: \"" + window_uri(region, window) + "\"}]\n";
}

} // namespace

std::string window_partner(const std::string& region, int window) {
    return "window-" + region + '-' + std::to_string(window);
}

std::string window_id(const std::string& region, int window) {
    return "W" + region + '-' + std::to_string(window);
}

std::string platform_uri(const std::string& region) {
    return "tongban://" + region + "/platform";
}

std::string window_uri(const std::string& region, int window) {
    return "tongban://" + region + "/window/" + std::to_string(window);
}

std::shared_ptr<const security::certificate_facts> certificate(const std::string& uri) {
    auto facts = std::make_shared<security::certificate_facts>();
    facts->san_uris = {uri};
    facts->serial = "01";
    return facts;
}

std::shared_ptr<const security::partner_directory> partners() {
    static const auto directory = [] {
        std::string yaml = "partners:\n";
        for (const auto* region : regions) {
            yaml += platform_yaml(region);
            for (int window = 1; window <= windows_per_region; ++window) {
                yaml += window_yaml(region, window);
            }
        }
        const auto read = security::partner_directory::parse({{"simulation.yaml", yaml}});
        if (!read.directory) {
            throw std::logic_error(read.mistakes.front().text());
        }
        return read.directory;
    }();
    return directory;
}

} // namespace tongban::simulation
