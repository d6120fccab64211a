// The folder: ID.part grows, ID.json says whose it is. A part without facts is of a process that died, and removed.
#include "gateway/materials/staging.hpp"

#include "security/atomic_file.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <unistd.h>

namespace tongban::materials {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using std::chrono::system_clock;

std::string new_id() {
    static thread_local std::random_device device;
    std::string bytes;
    for (int i = 0; i < 4; ++i) {
        const auto word = device();
        bytes.append(reinterpret_cast<const char*>(&word), sizeof word);
    }
    return security::hex_of(bytes);
}

std::int64_t seconds_of(system_clock::time_point at) {
    return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

std::string facts_text(const announced& said, system_clock::time_point begun) {
    json::object facts{{"partner", said.partner},
                       {"region", said.region},
                       {"name", said.name},
                       {"sha256", security::hex_of(said.sha256)},
                       {"sm3", security::hex_of(said.sm3)},
                       {"begun", seconds_of(begun)}};
    if (said.length) {
        facts["length"] = *said.length;
    }
    return json::serialize(facts);
}

} // namespace

staging::staging(fs::path folder, const staging_limits& limits) : folder_(std::move(folder)), limits_(limits) {
    std::error_code failed;
    fs::create_directories(folder_, failed);
    if (failed || ::access(folder_.c_str(), W_OK) != 0) {
        throw std::runtime_error("materials.staging: cannot write in " + folder_.string());
    }
    for (fs::directory_iterator at(folder_, failed), end; !failed && at != end; at.increment(failed)) {
        if (at->path().extension() == ".json") {
            load(at->path());
        }
    }
    for (fs::directory_iterator at(folder_, failed), end; !failed && at != end; at.increment(failed)) {
        if (at->path().extension() == ".part" && !uploads_.contains(at->path().stem().string())) {
            std::error_code ignored;
            fs::remove(at->path(), ignored);
        }
    }
}

void staging::load(const fs::path& facts) {
    std::ifstream file(facts);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto part = fs::path(facts).replace_extension(".part");
    std::error_code failed;
    const auto size = fs::file_size(part, failed);
    try {
        const auto value = json::parse(text);
        const auto& known = value.as_object();
        const auto string_at = [&](const char* key) { return std::string(known.at(key).as_string()); };
        announced said{string_at("partner"), string_at("region"), string_at("name"),
                       security::bytes_of_hex(string_at("sha256")).value_or(""),
                       security::bytes_of_hex(string_at("sm3")).value_or(""), std::nullopt};
        if (const auto* length = known.if_contains("length")) {
            said.length = length->to_number<std::uint64_t>();
        }
        const system_clock::time_point begun(std::chrono::seconds(known.at("begun").to_number<std::int64_t>()));
        if (!failed) {
            const auto id = facts.stem().string();
            auto account = account_of(said.partner);
            account->take_up(size);
            uploads_[id] = std::make_shared<upload>(id, part, std::move(said), size, begun, std::move(account));
            return;
        }
    } catch (const std::exception&) {
        // Not ours, or cut by a crash: nobody was told of it.
    }
    fs::remove(facts, failed);
}

std::shared_ptr<unfinished_account> staging::account_of(const std::string& partner) {
    const std::lock_guard lock(mutex_);
    auto& account = accounts_[partner];
    if (!account) {
        account = std::make_shared<unfinished_account>(limits_);
    }
    return account;
}

staging::figures staging::all() const {
    const std::lock_guard lock(mutex_);
    figures sum;
    for (const auto& [partner, account] : accounts_) {
        const auto has = account->has();
        sum.uploads += has.uploads;
        sum.bytes += has.bytes;
    }
    return sum;
}

boost::system::result<std::shared_ptr<upload>> staging::create(announced said, bool keep) {
    const auto begun = system_clock::now();
    const auto id = new_id();
    const auto part = folder_ / (id + ".part");
    auto account = account_of(said.partner);
    if (!account->begin(said.length.value_or(0))) {
        return make_error_code(staging_errc::crowded);
    }
    const auto facts = keep ? facts_text(said, begun) : std::string();
    auto made = std::make_shared<upload>(id, part, std::move(said), 0, begun, std::move(account));
    const int descriptor = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (descriptor < 0) {
        const bool is_full = errno == ENOSPC || errno == EDQUOT;
        made->leave();
        return make_error_code(is_full ? staging_errc::full : staging_errc::failed);
    }
    ::close(descriptor);
    if (keep) {
        try {
            security::write_atomically(folder_ / (id + ".json"), facts, 0640);
        } catch (const std::runtime_error&) {
            ::unlink(part.c_str());
            made->leave();
            return make_error_code(staging_errc::full);
        }
    }
    const std::lock_guard lock(mutex_);
    uploads_[id] = made;
    return made;
}

std::shared_ptr<upload> staging::find(const std::string& id, const std::string& partner) const {
    const std::lock_guard lock(mutex_);
    const auto found = uploads_.find(id);
    return found == uploads_.end() || found->second->partner() != partner ? nullptr : found->second;
}

void staging::remove(const std::shared_ptr<upload>& done) {
    {
        const std::lock_guard lock(mutex_);
        uploads_.erase(done->id());
    }
    done->leave();
    ::unlink((folder_ / (done->id() + ".json")).c_str());
    ::unlink(done->file().c_str()); // gone already when the store adopted it
}

std::size_t staging::sweep(system_clock::time_point oldest) {
    std::vector<std::shared_ptr<upload>> old;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [id, each] : uploads_) {
            if (each->begun() < oldest) {
                old.push_back(each);
            }
        }
    }
    for (const auto& each : old) {
        remove(each);
    }
    return old.size();
}

} // namespace tongban::materials
