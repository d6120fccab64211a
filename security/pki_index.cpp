#include "security/pki_index.hpp"

#include "security/atomic_file.hpp"

#include <boost/json.hpp>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace tongban::security {
namespace {

namespace json = boost::json;
using std::chrono::sys_seconds;

std::int64_t seconds_of(sys_seconds when) {
    return when.time_since_epoch().count();
}
sys_seconds time_of(const json::value& value) {
    return sys_seconds(std::chrono::seconds(value.to_number<std::int64_t>()));
}

json::array list_of(const std::vector<std::string>& texts) {
    json::array out;
    for (const std::string& text : texts)
        out.emplace_back(text);
    return out;
}

std::vector<std::string> texts_of(const json::value& value) {
    std::vector<std::string> out;
    for (const json::value& text : value.as_array())
        out.emplace_back(text.as_string());
    return out;
}

json::object to_json(const issued_certificate& row) {
    json::object out;
    out["name"] = row.name;
    out["profile"] = profile_name(row.profile);
    out["serial"] = row.facts.serial;
    out["subject"] = row.facts.subject;
    out["dns"] = list_of(row.facts.san_dns);
    out["ips"] = list_of(row.ips);
    out["uris"] = list_of(row.facts.san_uris);
    out["sha256_fingerprint"] = row.facts.sha256_fingerprint;
    out["not_before"] = seconds_of(row.not_before);
    out["not_after"] = seconds_of(row.facts.not_after);
    out["certificate_file"] = row.certificate_file.string();
    out["key_file"] = row.key_file.string();
    if (row.revoked_at) {
        out["revoked_at"] = seconds_of(*row.revoked_at);
        out["reason"] = row.reason;
    }
    return out;
}

issued_certificate from_json(const json::object& in) {
    issued_certificate row;
    row.name = in.at("name").as_string();
    const auto profile = profile_named(in.at("profile").as_string());
    if (!profile)
        throw std::runtime_error("unknown profile");
    row.profile = *profile;
    row.facts.serial = in.at("serial").as_string();
    row.facts.subject = in.at("subject").as_string();
    row.facts.san_dns = texts_of(in.at("dns"));
    row.ips = texts_of(in.at("ips"));
    row.facts.san_uris = texts_of(in.at("uris"));
    row.facts.sha256_fingerprint = in.at("sha256_fingerprint").as_string();
    row.not_before = time_of(in.at("not_before"));
    row.facts.not_after = time_of(in.at("not_after"));
    row.certificate_file = std::string(in.at("certificate_file").as_string());
    row.key_file = std::string(in.at("key_file").as_string());
    if (in.contains("revoked_at")) {
        row.revoked_at = time_of(in.at("revoked_at"));
        row.reason = in.at("reason").as_string();
    }
    return row;
}

} // namespace

pki_index read_index(const std::filesystem::path& folder) {
    const std::filesystem::path file = folder / "index.json";
    pki_index index;
    if (!std::filesystem::exists(file))
        return index;
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    try {
        const json::value whole = json::parse(text);
        index.list_number = whole.at("list_number").to_number<long>();
        for (const json::value& row : whole.at("certificates").as_array())
            index.rows.push_back(from_json(row.as_object()));
    } catch (const std::exception& e) {
        throw std::runtime_error(file.string() + ": 不是此 CA 的登记 / not an index of this authority: " + e.what());
    }
    return index;
}

void write_index(const std::filesystem::path& folder, const pki_index& index) {
    json::object whole;
    whole["list_number"] = index.list_number;
    json::array& rows = whole["certificates"].emplace_array();
    for (const issued_certificate& row : index.rows)
        rows.emplace_back(to_json(row));
    write_atomically(folder / "index.json", json::serialize(whole) + "\n", 0644);
}

} // namespace tongban::security
