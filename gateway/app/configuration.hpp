// The configuration file: one YAML file becomes the settings of every part, or a list of all its mistakes.
// What may stand in it is one table (configuration_settings.cpp), from which the reference in docs/ is made
// as well.
#pragma once

#include "gateway/app/gateway.hpp"
#include "monitoring/log.hpp"
#include "security/strict_yaml.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tongban::app {

struct configuration {
    gateway_settings gateway;
    monitoring::severity log_level = monitoring::severity::info;
};

struct configuration_result {
    std::optional<configuration> value; // none when there is any mistake
    std::vector<security::file_mistake> mistakes;
};

// Relative paths in the file are taken from the file's own folder. Whether the files and folders named are
// there is checked too; what is in them (certificates, partners, dialects) is the business of those who read
// them.
configuration_result load_configuration(const std::filesystem::path& file);

// The same for text in memory; `file` gives the folder and the name shown in mistakes.
configuration_result parse_configuration(const std::string& text, const std::filesystem::path& file);

// One row of the reference.
struct setting_description {
    std::string key; // "gateway.tls.certificate"
    std::string
        type; // "integer", "duration", "size", "text", "choice", "switch", "address", "file", "folder"
    std::string standard; // the default as it would be written; empty: none
    std::string range;    // "1 to 65535"
    std::string meaning;
    bool required = false;
};

// In the order of the file.
std::vector<setting_description> configuration_settings();

// The same as a Markdown table.
std::string configuration_reference();

} // namespace tongban::app
