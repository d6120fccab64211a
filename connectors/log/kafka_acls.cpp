// See kafka_acls.hpp.
#include "connectors/log/kafka_acls.hpp"

#include "connectors/log/kafka_admin.hpp"
#include "connectors/log/kafka_errors.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tongban::log {

namespace {

using std::chrono::milliseconds;

struct operation_row {
    acl_operation ours;
    rd_kafka_AclOperation_t theirs;
    const char* name; // as kafka-acls.sh has it
};
constexpr std::array<operation_row, 11> operations{{
    {acl_operation::all, RD_KAFKA_ACL_OPERATION_ALL, "All"},
    {acl_operation::read, RD_KAFKA_ACL_OPERATION_READ, "Read"},
    {acl_operation::write, RD_KAFKA_ACL_OPERATION_WRITE, "Write"},
    {acl_operation::create, RD_KAFKA_ACL_OPERATION_CREATE, "Create"},
    {acl_operation::erase, RD_KAFKA_ACL_OPERATION_DELETE, "Delete"},
    {acl_operation::alter, RD_KAFKA_ACL_OPERATION_ALTER, "Alter"},
    {acl_operation::describe, RD_KAFKA_ACL_OPERATION_DESCRIBE, "Describe"},
    {acl_operation::cluster_action, RD_KAFKA_ACL_OPERATION_CLUSTER_ACTION, "ClusterAction"},
    {acl_operation::describe_configs, RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS, "DescribeConfigs"},
    {acl_operation::alter_configs, RD_KAFKA_ACL_OPERATION_ALTER_CONFIGS, "AlterConfigs"},
    {acl_operation::idempotent_write, RD_KAFKA_ACL_OPERATION_IDEMPOTENT_WRITE, "IdempotentWrite"},
}};

const operation_row& row_of(acl_operation operation) {
    return *std::find_if(operations.begin(), operations.end(),
                         [&](const operation_row& row) { return row.ours == operation; });
}

// librdkafka calls the cluster by the name of its brokers.
rd_kafka_ResourceType_t type_of(acl_resource resource) {
    switch (resource) {
    case acl_resource::topic:
        return RD_KAFKA_RESOURCE_TOPIC;
    case acl_resource::group:
        return RD_KAFKA_RESOURCE_GROUP;
    case acl_resource::cluster:
        return RD_KAFKA_RESOURCE_BROKER;
    case acl_resource::transactional_id:
        break;
    }
    return RD_KAFKA_RESOURCE_UNKNOWN;
}

rd_kafka_ResourcePatternType_t pattern_of(acl_pattern pattern) {
    return pattern == acl_pattern::literal ? RD_KAFKA_RESOURCE_PATTERN_LITERAL
                                           : RD_KAFKA_RESOURCE_PATTERN_PREFIXED;
}

rd_kafka_AclPermissionType_t permission_of(acl_permission permission) {
    return permission == acl_permission::allow ? RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW
                                               : RD_KAFKA_ACL_PERMISSION_TYPE_DENY;
}

// Bindings or filters of librdkafka; they are the same to it.
class bindings {
public:
    bindings() = default;
    bindings(const bindings&) = delete;
    bindings& operator=(const bindings&) = delete;
    ~bindings() {
        for (rd_kafka_AclBinding_t* each : list_)
            rd_kafka_AclBinding_destroy(each);
    }
    // The reason when it is refused.
    std::string add(rd_kafka_AclBinding_t* made, const char* text) {
        if (made == nullptr)
            return text;
        list_.push_back(made);
        return "";
    }
    rd_kafka_AclBinding_t** data() { return list_.data(); }
    std::size_t size() const { return list_.size(); }

private:
    std::vector<rd_kafka_AclBinding_t*> list_;
};

// A broker's text without the names of its Java classes and what follows the first line.
std::string plain(std::string_view text) {
    text = text.substr(0, text.find('\n'));
    while (text.starts_with("java.") || text.starts_with("org.apache.")) {
        const auto end = text.find(": ");
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 2);
    }
    return std::string(text);
}

std::string described(rd_kafka_resp_err_t code, const char* text) {
    const std::string words = plain(text != nullptr ? text : "");
    return kafka_error_text(code) + (words.empty() ? "" : ": " + words);
}

std::string failure(const acl_entry& entry, const std::string& why) {
    return acl_command(entry) + ": " + why;
}

// Entries that librdkafka takes, as it wants them; the others are failures.
std::vector<const acl_entry*> convert(std::span<const acl_entry> entries, bool filters, bindings& into,
                                      acl_report& report) {
    std::vector<const acl_entry*> taken;
    const auto make = filters ? &rd_kafka_AclBindingFilter_new : &rd_kafka_AclBinding_new;
    for (const acl_entry& entry : entries) {
        std::array<char, 256> text{};
        std::string refused = "rights on transactional ids cannot be set from here: use kafka-acls.sh";
        if (entry.resource != acl_resource::transactional_id)
            refused =
                into.add(make(type_of(entry.resource), entry.name.c_str(), pattern_of(entry.pattern),
                              entry.principal.c_str(), entry.host.c_str(), row_of(entry.operation).theirs,
                              permission_of(entry.permission), text.data(), text.size()),
                         text.data());
        if (refused.empty())
            taken.push_back(&entry);
        else
            report.failures.push_back(failure(entry, refused));
    }
    return taken;
}

// An answer that concerns all of them.
std::string failure_of_all(const kafka_event_handle& event) {
    if (!event)
        return "no answer from the brokers";
    const rd_kafka_resp_err_t code = rd_kafka_event_error(event.get());
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return "";
    return described(code, rd_kafka_event_error_string(event.get()));
}

bool is_unanswered(const kafka_event_handle& event) {
    if (!event)
        return true;
    const rd_kafka_resp_err_t code = rd_kafka_event_error(event.get());
    return code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
}

void note(acl_report& report, const acl_entry& entry, const rd_kafka_error_t* error) {
    if (error == nullptr)
        report.applied += 1;
    else
        report.failures.push_back(failure(entry, described(rd_kafka_error_code(error), rd_kafka_error_string(error))));
}

// librdkafka 2.0 drops the refusal to a question about rights and shows an empty list. So whoever is shown
// nothing is asked to take away what nobody has: that is refused in the open.
boost::system::error_code may_ask(rd_kafka_t* handle, milliseconds wait) {
    std::array<char, 256> text{};
    bindings nothing;
    nothing.add(rd_kafka_AclBindingFilter_new(RD_KAFKA_RESOURCE_TOPIC, "tongban.no-such-topic",
                                              RD_KAFKA_RESOURCE_PATTERN_LITERAL, "User:tongban-nobody",
                                              "192.0.2.1", RD_KAFKA_ACL_OPERATION_READ,
                                              RD_KAFKA_ACL_PERMISSION_TYPE_DENY, text.data(), text.size()),
                text.data());
    const kafka_event_handle event =
        ask_cluster(handle, RD_KAFKA_ADMIN_OP_DELETEACLS, wait, [&](auto* options, auto* queue) {
            rd_kafka_DeleteAcls(handle, nothing.data(), nothing.size(), options, queue);
        });
    if (!event)
        return errc::unavailable;
    rd_kafka_resp_err_t code = rd_kafka_event_error(event.get());
    std::size_t count = 0;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const auto* responses =
            rd_kafka_DeleteAcls_result_responses(rd_kafka_event_DeleteAcls_result(event.get()), &count);
        const rd_kafka_error_t* error =
            count == 1 ? rd_kafka_DeleteAcls_result_response_error(responses[0]) : nullptr;
        code = error == nullptr ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(error);
    }
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return {};
    return is_authorisation_error(code) ? errc::not_authorised : errc::unavailable;
}

std::optional<acl_entry> read(const rd_kafka_AclBinding_t* binding) {
    acl_entry entry;
    const auto operation = std::find_if(operations.begin(), operations.end(), [&](const operation_row& row) {
        return row.theirs == rd_kafka_AclBinding_operation(binding);
    });
    bool known = operation != operations.end();
    if (known)
        entry.operation = operation->ours;
    const auto type = rd_kafka_AclBinding_restype(binding);
    known = known && (type == RD_KAFKA_RESOURCE_TOPIC || type == RD_KAFKA_RESOURCE_GROUP ||
                      type == RD_KAFKA_RESOURCE_BROKER);
    if (!known)
        return {};
    entry.resource = type == RD_KAFKA_RESOURCE_TOPIC   ? acl_resource::topic
                     : type == RD_KAFKA_RESOURCE_GROUP ? acl_resource::group
                                                       : acl_resource::cluster;
    entry.principal = rd_kafka_AclBinding_principal(binding);
    entry.name = rd_kafka_AclBinding_name(binding);
    entry.host = rd_kafka_AclBinding_host(binding);
    entry.pattern = rd_kafka_AclBinding_resource_pattern_type(binding) == RD_KAFKA_RESOURCE_PATTERN_PREFIXED
                        ? acl_pattern::prefixed
                        : acl_pattern::literal;
    entry.permission = rd_kafka_AclBinding_permission_type(binding) == RD_KAFKA_ACL_PERMISSION_TYPE_DENY
                           ? acl_permission::deny
                           : acl_permission::allow;
    return entry;
}

} // namespace

namespace {
// As a POSIX shell reads it back: a certificate's subject has blanks and more.
std::string shell_word(const std::string& text) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,:=/@%+-";
    if (!text.empty() && text.find_first_not_of(plain) == std::string::npos)
        return text;
    std::string quoted = "'";
    for (const char c : text)
        quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}
} // namespace

std::string acl_command(const acl_entry& entry) {
    const bool allow = entry.permission == acl_permission::allow;
    std::string text = std::string("--add --") + (allow ? "allow" : "deny") + "-principal " +
                       shell_word(entry.principal) + " --operation " + row_of(entry.operation).name;
    switch (entry.resource) {
    case acl_resource::topic:
        text += " --topic " + shell_word(entry.name);
        break;
    case acl_resource::group:
        text += " --group " + shell_word(entry.name);
        break;
    case acl_resource::cluster:
        text += " --cluster";
        break;
    case acl_resource::transactional_id:
        text += " --transactional-id " + shell_word(entry.name);
        break;
    }
    if (entry.pattern == acl_pattern::prefixed)
        text += " --resource-pattern-type prefixed";
    if (entry.host != "*")
        text += std::string(allow ? " --allow-host " : " --deny-host ") + entry.host;
    return text;
}

acl_report apply_acls(const kafka_settings& settings, std::span<const acl_entry> entries, milliseconds wait) {
    check_settings(settings);
    acl_report report;
    bindings wanted;
    const std::vector<const acl_entry*> taken = convert(entries, false, wanted, report);
    if (taken.empty())
        return report;
    const kafka_handle handle = make_inquirer(settings);
    const kafka_event_handle event =
        ask_cluster(handle.get(), RD_KAFKA_ADMIN_OP_CREATEACLS, wait, [&](auto* options, auto* queue) {
            rd_kafka_CreateAcls(handle.get(), wanted.data(), wanted.size(), options, queue);
        });
    std::string all = failure_of_all(event);
    report.unanswered = is_unanswered(event);
    std::size_t count = 0;
    const rd_kafka_acl_result_t** results =
        all.empty() ? rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event.get()), &count)
                    : nullptr;
    if (all.empty() && count != taken.size())
        all = "the brokers' answer does not fit the question";
    for (std::size_t i = 0; i < taken.size(); ++i)
        if (all.empty())
            note(report, *taken[i], rd_kafka_acl_result_error(results[i]));
        else
            report.failures.push_back(failure(*taken[i], all));
    return report;
}

acl_report remove_acls(const kafka_settings& settings, std::span<const acl_entry> entries,
                       milliseconds wait) {
    check_settings(settings);
    acl_report report;
    bindings unwanted;
    const std::vector<const acl_entry*> taken = convert(entries, true, unwanted, report);
    if (taken.empty())
        return report;
    const kafka_handle handle = make_inquirer(settings);
    const kafka_event_handle event =
        ask_cluster(handle.get(), RD_KAFKA_ADMIN_OP_DELETEACLS, wait, [&](auto* options, auto* queue) {
            rd_kafka_DeleteAcls(handle.get(), unwanted.data(), unwanted.size(), options, queue);
        });
    std::string all = failure_of_all(event);
    std::size_t count = 0;
    const rd_kafka_DeleteAcls_result_response_t** responses =
        all.empty()
            ? rd_kafka_DeleteAcls_result_responses(rd_kafka_event_DeleteAcls_result(event.get()), &count)
            : nullptr;
    if (all.empty() && count != taken.size())
        all = "the brokers' answer does not fit the question";
    for (std::size_t i = 0; i < taken.size(); ++i)
        if (all.empty())
            note(report, *taken[i], rd_kafka_DeleteAcls_result_response_error(responses[i]));
        else
            report.failures.push_back(failure(*taken[i], all));
    return report;
}

boost::system::result<std::vector<acl_entry>> describe_acls(const kafka_settings& settings,
                                                            const std::optional<std::string>& principal,
                                                            milliseconds wait) {
    check_settings(settings);
    const kafka_handle handle = make_inquirer(settings);
    std::array<char, 256> text{};
    bindings filter;
    if (!filter
             .add(rd_kafka_AclBindingFilter_new(RD_KAFKA_RESOURCE_ANY, nullptr, RD_KAFKA_RESOURCE_PATTERN_ANY,
                                                principal ? principal->c_str() : nullptr, nullptr,
                                                RD_KAFKA_ACL_OPERATION_ANY, RD_KAFKA_ACL_PERMISSION_TYPE_ANY,
                                                text.data(), text.size()),
                  text.data())
             .empty())
        return errc::unavailable;
    const kafka_event_handle event =
        ask_cluster(handle.get(), RD_KAFKA_ADMIN_OP_DESCRIBEACLS, wait, [&](auto* options, auto* queue) {
            rd_kafka_DescribeAcls(handle.get(), filter.data()[0], options, queue);
        });
    if (!event || rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return event && is_authorisation_error(rd_kafka_event_error(event.get())) ? errc::not_authorised
                                                                                  : errc::unavailable;
    std::size_t count = 0;
    const rd_kafka_AclBinding_t** found =
        rd_kafka_DescribeAcls_result_acls(rd_kafka_event_DescribeAcls_result(event.get()), &count);
    std::vector<acl_entry> entries;
    for (std::size_t i = 0; i < count; ++i)
        if (std::optional<acl_entry> entry = read(found[i]))
            entries.push_back(std::move(*entry));
    if (count == 0)
        if (const boost::system::error_code refused = may_ask(handle.get(), wait))
            return refused;
    std::sort(entries.begin(), entries.end());
    return entries;
}

} // namespace tongban::log
