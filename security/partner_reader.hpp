// Reads partner files into a partner_directory. Seen only by partner_directory.cpp. The form of a file is
// written in docs/configuration.md; an identity is exact, but for a SAN URI that may end in "/*".
#pragma once

#include "security/partner_directory.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace tongban::security {

// Mistakes that several parts of an entry can hold.
sentence not_a_word();
sentence given_twice(const std::string& what);
sentence not_its_dialect();

class partner_reader {
public:
    // What is wrong, and which dialects are named, goes to `result`.
    partner_reader(partner_directory& directory, partner_directory::load_result& result)
        : directory_(directory), mistakes_(result.mistakes), dialects_(result.dialects) {}

    void read(const std::string& file, const std::string& text);

private:
    struct rule_place {
        std::string where; // "file:line"
        std::string partner;
    };

    void read_partner(const YAML::Node& node, const std::string& file, const std::string& field);
    void read_names(strict_map& map, const std::string& file, partner& p);
    void read_role(strict_map& map, partner& p);
    void read_regions(strict_map& map, partner& p);
    void read_window(strict_map& map, partner& p);
    void read_dialects(strict_map& map, const std::string& file, partner& p);
    void read_delivery(strict_map& map, const std::string& file, partner& p);
    void read_push(const YAML::Node& node, const std::string& file, const std::string& field, partner& p);
    // Where an HTTPS service is, and by what its certificate is known: url, server_name, connections_max, pins.
    void read_address(strict_map& map, const std::string& file, push_terms& to);
    void read_services(strict_map& map, const std::string& file, partner& p);
    void read_automatic(const YAML::Node& node, const std::string& file, const std::string& field, partner& p);
    void read_licences(const YAML::Node& node, const std::string& file, const std::string& field, partner& p);
    void read_file_host(const YAML::Node& node, const std::string& file, const std::string& field, partner& p);
    void read_identities(strict_map& map, const std::string& file, const std::shared_ptr<const partner>& p);
    void read_rule(const YAML::Node& node, const std::string& file, const std::string& field,
                   const std::shared_ptr<const partner>& p);
    void add_rule(identity_rule kind, const std::string& value, const std::shared_ptr<const partner>& p,
                  const rule_place& place, strict_map& map, const YAML::Node& at);

    partner_directory& directory_;
    std::vector<file_mistake>& mistakes_;
    std::vector<named_dialect>& dialects_;
    std::map<std::string, std::string> ids_;                             // id → where
    std::map<std::pair<std::string, std::string>, std::string> windows_; // (region, window) → where
    std::map<std::pair<identity_rule, std::string>, rule_place> rules_;  // prefixes end in '*'
    std::map<std::string, std::string> receivers_;                       // region → partner that takes deliveries
    std::map<std::string, std::string> licence_givers_;                  // region → partner whose licences service is asked
    std::map<std::string, std::string> deciders_;                        // region → partner whose handlers are asked
    std::map<std::string, std::string> topic_readers_;                   // region → partner of its intake topic
    std::size_t order_ = 0;
};

} // namespace tongban::security
