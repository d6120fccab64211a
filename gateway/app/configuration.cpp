#include "gateway/app/configuration.hpp"

#include "gateway/app/configuration_settings.hpp"

#include <unistd.h>

#include <algorithm>
#include <map>

namespace tongban::app {
namespace {

namespace fs = std::filesystem;
using security::file_mistake;
using security::sentence;
using security::strict_map;

// Walks the file along the table, then checks what needs more than one setting.
class reader {
public:
    reader(std::string file, const fs::path& folder, std::vector<file_mistake>& mistakes)
        : file_(std::move(file)), mistakes_(mistakes), settings_(bind_settings(draft_, folder)) {}
    reader(const reader&) = delete;
    reader& operator=(const reader&) = delete;

    configuration read(const YAML::Node& document) {
        read_map(document, "");
        check_files();
        check_together();
        return assemble();
    }

private:
    // The keys directly below `prefix` ("gateway.tls."), in the table's order; true for those that are
    // settings.
    std::vector<std::pair<std::string, const setting*>> children(const std::string& prefix) const {
        std::vector<std::pair<std::string, const setting*>> out;
        for (const setting& s : settings_) {
            if (!s.description.key.starts_with(prefix))
                continue;
            const std::string rest = s.description.key.substr(prefix.size());
            const std::size_t dot = rest.find('.');
            const std::string key = rest.substr(0, dot);
            if (out.empty() || out.back().first != key)
                out.emplace_back(key, dot == std::string::npos ? &s : nullptr);
        }
        return out;
    }

    void read_map(const YAML::Node& node, const std::string& prefix) {
        strict_map map(node, file_, prefix.substr(0, prefix.empty() ? 0 : prefix.size() - 1), mistakes_);
        for (const auto& [key, leaf] : children(prefix)) {
            const auto value = map.take(key);
            if (!map.valid())
                continue;
            if (leaf != nullptr && value)
                read_setting(*leaf, *value, map, key);
            else if (value)
                read_map(*value, prefix + key + '.');
            else
                report_required(prefix + key, map);
        }
        map.finish();
    }

    void read_setting(const setting& s, const YAML::Node& value, strict_map& map, const std::string& key) {
        const YAML::Mark mark = value.Mark();
        places_[s.description.key] =
            mark.is_null() ? std::pair{0, 0} : std::pair{mark.line + 1, mark.column + 1};
        if (!value.IsScalar() || value.Scalar().empty()) {
            const bool none = value.IsNull() || value.IsScalar();
            map.report(value, key, none ? sentence("没有值", "has no value") : sentence("应为单个值", "must be one value"));
            return;
        }
        if (sentence why = s.assign(value.Scalar()); !why.empty())
            map.report(value, key, std::move(why));
    }

    // `key` is a setting or a group that the file does not have.
    void report_required(const std::string& key, strict_map& map) {
        for (const setting& s : settings_)
            if (s.description.required &&
                (s.description.key == key || s.description.key.starts_with(key + '.')))
                map.report(
                    s.description.key.substr(map.field_of("").empty() ? 0 : map.field_of("").size() + 1),
                    {"缺少必填项", "missing: " + s.description.meaning});
    }

    void check_files() {
        for (const setting& s : settings_) {
            const std::string& key = s.description.key;
            const bool other_ledger = (key.starts_with("ledger.kafka.") && draft_.kind != ledger_kind::kafka) ||
                                      (key.starts_with("materials.s3.") &&
                                       draft_.made.gateway.objects.where != object_settings::kind::s3);
            if (s.must_exist == nullptr || s.must_exist->empty() || other_ledger)
                continue;
            std::error_code failure;
            const bool folder = s.description.type == "folder";
            if (folder ? !fs::is_directory(*s.must_exist, failure)
                       : !fs::is_regular_file(*s.must_exist, failure))
                report(key, {(folder ? "文件夹不存在：" : "文件不存在：") + s.must_exist->string(),
                             "no such " + s.description.type + ": " + s.must_exist->string()});
            else if (::access(s.must_exist->c_str(), R_OK) != 0)
                report(key, {"无法读取：" + s.must_exist->string(), "cannot be read: " + s.must_exist->string()});
        }
    }

    void check_together() {
        const gateway_settings& g = draft_.made.gateway;
        if (g.windows.lease_default > g.windows.lease_max)
            report("window.lease_default", {"长于 window.lease_max", "is longer than window.lease_max"});
        if (places_.contains("automatic.answer_within") && g.intake.automatic_within >= g.gateway.request_timeout)
            report("automatic.answer_within", {"不短于 gateway.request_timeout，将不会询问任何系统",
                                               "is as long as gateway.request_timeout: nobody would be asked"});
        if (!draft_.operations_mutual_tls && !loopback(g.operations.address))
            report("operations.address", {"不是本机回环地址：请设 operations.mutual_tls，否则任何人都能查看",
                                          "is not loopback: set operations.mutual_tls, or anyone could look"});
        if (g.gateway.port != 0 && g.gateway.port == g.operations.port)
            report("operations.port", {"与 gateway.port 相同", "is the port of the gateway"});
        if (draft_.kind == ledger_kind::embedded && draft_.embedded.directory == g.view.directory)
            report("view.directory", {"与嵌入式账本的文件夹相同", "is the folder of the embedded ledger"});
        if (!g.catalogue.agreements.empty() && g.catalogue.items.empty())
            report("catalogue.agreements", {"须同时给出 catalogue.items", "needs catalogue.items"});
        check_push_tls();
        if (draft_.kind == ledger_kind::kafka)
            check_kafka();
        if (g.objects.where == object_settings::kind::s3)
            check_s3();
    }

    void check_s3() {
        const object_settings& o = draft_.made.gateway.objects;
        for (const auto& [key, missing] : {std::pair{"materials.s3.endpoint", o.s3.endpoint.empty()},
                                           std::pair{"materials.s3.bucket", o.s3.bucket.empty()},
                                           std::pair{"materials.s3.access_key", o.s3_access_key.empty()},
                                           std::pair{"materials.s3.secret_key", o.s3_secret_key.empty()}})
            if (missing && !places_.contains(key))
                report(key, {"缺少必填项：materials.kind 为 s3", "missing: materials.kind is s3"});
    }

    void check_push_tls() {
        const gateway_settings& g = draft_.made.gateway;
        if (g.push_certificate.empty() != g.push_key.empty())
            report(g.push_key.empty() ? "deliveries.tls.certificate" : "deliveries.tls.key",
                   {"证书和密钥须同时给出", "certificate and key belong together"});
        if (g.push_ca.empty() && !g.push_crl.empty())
            report("deliveries.tls.crl", {"须同时给出 deliveries.tls.ca", "needs deliveries.tls.ca"});
    }

    void check_kafka() {
        const log::kafka_settings& k = draft_.kafka;
        if (k.bootstrap.empty() && !places_.contains("ledger.kafka.bootstrap"))
            report("ledger.kafka.bootstrap", {"缺少必填项：ledger.kind 为 kafka", "missing: ledger.kind is kafka"});
        if (k.min_insync_replicas > k.replication_factor)
            report("ledger.kafka.min_insync_replicas", {"大于 ledger.kafka.replication_factor",
                                                        "is more than ledger.kafka.replication_factor"});
        if (k.tls.certificate.empty() != k.tls.key.empty())
            report(k.tls.key.empty() ? "ledger.kafka.tls.certificate" : "ledger.kafka.tls.key",
                   {"证书和密钥须同时给出", "certificate and key belong together"});
        if (k.tls.ca.empty() && !k.tls.certificate.empty())
            report("ledger.kafka.tls.certificate", {"须同时给出 ledger.kafka.tls.ca", "needs ledger.kafka.tls.ca"});
    }

    static bool loopback(const std::string& address) {
        return address.starts_with("127.") || address == "::1";
    }

    // At the setting when the file has it, else for the whole file.
    void report(const std::string& key, sentence message) {
        const auto found = places_.find(key);
        const auto [line, column] = found == places_.end() ? std::pair{0, 0} : found->second;
        mistakes_.push_back({file_, line, column, key, std::move(message)});
    }

    configuration assemble() {
        gateway_settings& g = draft_.made.gateway;
        g.operations.mutual_tls = draft_.operations_mutual_tls;
        if (draft_.operations_mutual_tls)
            g.operations_tls = g.tls;
        const auto bound = [this](auto& settings) {
            settings.record_bytes_max = draft_.record_bytes_max;
            settings.backlog_records_max = draft_.backlog_records_max;
            settings.backlog_bytes_max = draft_.backlog_bytes_max;
        };
        bound(draft_.embedded);
        bound(draft_.kafka);
        if (draft_.kind == ledger_kind::kafka)
            g.ledger_log = draft_.kafka;
        else
            g.ledger_log = draft_.embedded;
        return draft_.made;
    }

    std::string file_;
    std::vector<file_mistake>& mistakes_;
    draft draft_;
    std::vector<setting> settings_; // refers to draft_
    std::map<std::string, std::pair<int, int>> places_;
};

} // namespace

configuration_result parse_configuration(const std::string& text, const fs::path& file) {
    configuration_result result;
    std::error_code failure;
    const fs::path whole = fs::absolute(file, failure);
    if (const auto document = security::parse_yaml(text, file.string(), result.mistakes)) {
        reader r(file.string(), whole.parent_path(), result.mistakes);
        configuration made = r.read(*document);
        // As the eye goes down the file; what has no place comes first.
        std::stable_sort(result.mistakes.begin(), result.mistakes.end(), [](const auto& a, const auto& b) {
            return std::pair(a.line, a.column) < std::pair(b.line, b.column);
        });
        if (result.mistakes.empty())
            result.value = std::move(made);
    }
    return result;
}

configuration_result load_configuration(const fs::path& file) {
    configuration_result result;
    if (const auto text = security::read_file(file, result.mistakes))
        return parse_configuration(*text, file);
    return result;
}

std::vector<setting_description> configuration_settings() {
    draft d;
    std::vector<setting_description> out;
    for (setting& s : bind_settings(d, ""))
        out.push_back(std::move(s.description));
    return out;
}

std::string configuration_reference() {
    std::string out = "| Key | Type | Default | Range | Meaning |\n|---|---|---|---|---|\n";
    for (const setting_description& s : configuration_settings()) {
        const std::string standard = s.required           ? "**required**"
                                     : s.standard.empty() ? ""
                                                          : '`' + s.standard + '`';
        out +=
            "| `" + s.key + "` | " + s.type + " | " + standard + " | " + s.range + " | " + s.meaning + " |\n";
    }
    return out;
}

} // namespace tongban::app
