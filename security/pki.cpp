#include "security/pki.hpp"

#include "security/atomic_file.hpp"
#include "security/certificate.hpp"
#include "security/certificate_builder.hpp"
#include "security/pki_index.hpp"
#include "security/sentence.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace tongban::security {
namespace {

using std::chrono::sys_seconds;
namespace fs = std::filesystem;

constexpr std::array<std::string_view, 5> profile_names{"server", "platform", "window", "operator", "broker"};
constexpr mode_t secret = 0600;
constexpr mode_t open_to_all = 0644;

sys_seconds now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

[[noreturn]] void refuse(const sentence& why) {
    throw std::runtime_error(why.text());
}

void check_days(int days, int max) {
    if (days < 1 || days > max)
        refuse({"天数应为 1 到 " + std::to_string(max), "days must be 1 to " + std::to_string(max)});
}

// The name becomes a file name.
void check_name(const std::string& name) {
    const bool fits = !name.empty() && name.size() <= 64 && name[0] != '.' &&
                      std::all_of(name.begin(), name.end(), [](char c) {
                          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                                 c == '-' || c == '_' || c == '.';
                      });
    if (!fits)
        refuse({"名称应为字母、数字、“-”、“_”或“.”，至多 64 个：“" + name + "”",
                "name must be letters, digits, '-', '_' or '.', at most 64: \"" + name + '"'});
    if (name == "ca" || name == "crl" || name == "index")
        refuse({"名称与 CA 自身的文件重名：" + name, "name is taken by the authority's own files: " + name});
}

authority open_authority(const fs::path& folder) {
    if (!fs::exists(folder / "ca.key"))
        refuse({folder.string() + "：此处没有 CA，请先建立：tongban pki init --dir " + folder.string(),
                folder.string() + ": no authority here; make one with: tongban pki init --dir " + folder.string()});
    return {read_certificate(folder / "ca.pem"), read_key(folder / "ca.key")};
}

void write_revocation_list(const fs::path& folder, const authority& ca, pki_index& index) {
    ++index.list_number;
    const auto list = make_revocation_list(ca, index.rows, index.list_number);
    // The index first: a list that lacks a row of the index is mended by the next revocation, the other way
    // round a row would be lost.
    write_index(folder, index);
    write_atomically(folder / "crl.pem", pem_of(list.get()), open_to_all);
}

std::pair<sys_seconds, sys_seconds> validity_of(const certificate_order& order, const certificate_facts& ca) {
    const int days = order.days.value_or(certificate_days_default);
    check_days(days, certificate_days_max);
    const sys_seconds begin = order.not_before.value_or(
        order.not_after ? std::min(now(), *order.not_after - std::chrono::days(1)) - std::chrono::minutes(5)
                        : now() - std::chrono::minutes(5));
    sys_seconds end = order.not_after.value_or(order.not_before.value_or(now()) + std::chrono::days(days));
    if (!order.not_after && !order.days) {
        end = std::min(end, ca.not_after);
    }
    if (end <= begin)
        refuse({"有效期的结束不晚于开始", "the end of validity is not after its beginning"});
    if (end > ca.not_after) {
        const auto left = std::to_string(std::chrono::floor<std::chrono::days>(ca.not_after - now()).count());
        refuse({"证书会晚于 CA 到期，CA 还剩 " + left + " 天，请减少天数",
                "the certificate would outlive its authority, which ends in " + left + " days; give fewer days"});
    }
    if (end - begin > std::chrono::days(certificate_days_max + 1))
        refuse({"有效期超过 " + std::to_string(certificate_days_max) + " 天",
                "validity is longer than " + std::to_string(certificate_days_max) + " days"});
    return {begin, end};
}

issued_certificate* find_row(pki_index& index, const std::string& which) {
    std::string serial = which;
    std::error_code failure;
    if (fs::is_regular_file(which, failure))
        serial = facts_of(read_certificate(which).get()).serial;
    const auto found =
        std::find_if(index.rows.rbegin(), index.rows.rend(), [&](const issued_certificate& row) {
            return row.facts.serial == serial || row.name == which;
        });
    return found == index.rows.rend() ? nullptr : &*found;
}

} // namespace

std::string_view profile_name(certificate_profile profile) noexcept {
    return profile_names[static_cast<std::size_t>(profile)];
}

std::optional<certificate_profile> profile_named(std::string_view name) noexcept {
    const auto found = std::find(profile_names.begin(), profile_names.end(), name);
    if (found == profile_names.end())
        return std::nullopt;
    return static_cast<certificate_profile>(found - profile_names.begin());
}

const std::vector<std::string>& revocation_reasons() {
    static const std::vector<std::string> reasons{"unspecified",          "keyCompromise",
                                                  "affiliationChanged",   "superseded",
                                                  "cessationOfOperation", "privilegeWithdrawn"};
    return reasons;
}

development_ca development_ca::create(const fs::path& folder, const std::string& name, int days) {
    check_days(days, ca_days_max);
    if (name.empty() || name.size() > 64)
        refuse({"CA 的名称应为 1 至 64 字节", "the authority's name must be 1 to 64 bytes"});
    fs::create_directories(folder);
    const folder_lock lock(folder);
    if (fs::exists(folder / "ca.key") || fs::exists(folder / "ca.pem"))
        refuse({folder.string() + "：已有 CA 或其部分文件，未作改动",
                folder.string() + ": holds an authority, or part of one, already; nothing was changed"});
    authority ca{nullptr, make_key()};
    ca.certificate = make_root(ca.key.get(), name, days);
    write_atomically(folder / "ca.pem", pem_of(ca.certificate.get()), open_to_all);
    pki_index index;
    write_revocation_list(folder, ca, index);
    // The key last: it is what says that the authority is complete.
    write_atomically(folder / "ca.key", pem_of(ca.key.get()), secret);
    return {folder, facts_of(ca.certificate.get())};
}

development_ca development_ca::open(const fs::path& folder) {
    const authority ca = open_authority(folder);
    return {folder, facts_of(ca.certificate.get())};
}

issued_certificate development_ca::issue(const certificate_order& order) {
    check_name(order.name);
    if (order.dns.empty() && order.ips.empty() && order.uris.empty())
        refuse({"至少须有一个备用名称（DNS、IP 或 URI），证书靠它识别",
                "at least one alternative name (DNS, IP or URI) is needed: a certificate is known by them"});
    const auto [begin, end] = validity_of(order, own_);
    const fs::path target = order.folder.empty() ? folder_ : order.folder;
    fs::create_directories(target);
    const folder_lock lock(folder_);
    const authority ca = open_authority(folder_);
    pki_index index = read_index(folder_);
    issued_certificate row;
    row.certificate_file = target / (order.name + ".pem");
    row.key_file = target / (order.name + ".key");
    if (!order.replace && (fs::exists(row.certificate_file) || fs::exists(row.key_file)))
        refuse({row.certificate_file.string() + "：已存在，换新请加 --replace",
                row.certificate_file.string() + ": is there already; say --replace for a new one"});

    const auto key = make_key();
    const auto certificate = make_certificate(ca, key.get(), order, begin, end);
    row.name = order.name;
    row.profile = order.profile;
    row.facts = facts_of(certificate.get());
    row.ips = order.ips;
    row.not_before = begin;
    index.rows.push_back(row);
    // The index first: what was issued must be revocable even when the next line fails.
    write_index(folder_, index);
    write_atomically(row.key_file, pem_of(key.get()), secret);
    write_atomically(row.certificate_file, pem_of(certificate.get()), open_to_all);
    if (order.profile == certificate_profile::broker)
        write_atomically(target / (order.name + ".keystore.pem"),
                         pem_of(key.get()) + pem_of(certificate.get()), secret);
    return row;
}

issued_certificate development_ca::revoke(const std::string& which, const std::string& reason) {
    const auto& reasons = revocation_reasons();
    if (std::find(reasons.begin(), reasons.end(), reason) == reasons.end())
        refuse({"未知的吊销原因：" + reason, "unknown reason: " + reason});
    const folder_lock lock(folder_);
    const authority ca = open_authority(folder_);
    pki_index index = read_index(folder_);
    issued_certificate* row = find_row(index, which);
    if (row == nullptr)
        refuse({"此 CA 未签发过该证书：" + which, "this authority issued no such certificate: " + which});
    if (!row->revoked_at) {
        row->revoked_at = now();
        row->reason = reason;
    }
    write_revocation_list(folder_, ca, index);
    return *row;
}

std::vector<issued_certificate> development_ca::issued() const {
    return read_index(folder_).rows;
}

} // namespace tongban::security
