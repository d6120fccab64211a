// Files on their way in: each grows in a folder of this replica until it is whole and checked, then goes to the object
// store. What was cut can be resumed at its offset, also after a restart. Calls block: for worker threads.
#pragma once

#include "gateway/materials/media_type.hpp"
#include "security/content_digest.hpp"

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace tongban::materials {

enum class staging_errc {
    full = 1,     // the disk
    crowded,      // the partner keeps too many unfinished ones, or too many bytes of them
    taken_over,   // a later request goes on with this upload
    wrong_length, // more bytes than were announced
    failed,
};
const boost::system::error_category& staging_category() noexcept;
inline boost::system::error_code make_error_code(staging_errc e) noexcept {
    return {static_cast<int>(e), staging_category()};
}

// What its sender said of a file.
struct announced {
    std::string partner;
    std::string region;
    std::string name;   // safe, may be empty
    std::string sha256; // 32 bytes, or empty
    std::string sm3;    // the same
    std::optional<std::uint64_t> length;
};

// What it turned out to be.
struct received {
    std::string sha256; // 32 bytes
    std::string sm3;
    std::uint64_t size = 0;
    std::string media_type;
};

class upload {
public:
    upload(std::string id, std::filesystem::path file, announced said, std::uint64_t offset,
           std::chrono::system_clock::time_point begun);
    ~upload();
    upload(const upload&) = delete;

    const std::string& id() const noexcept { return id_; }
    const announced& said() const noexcept { return said_; }
    const std::filesystem::path& file() const noexcept { return file_; }
    std::chrono::system_clock::time_point begun() const noexcept { return begun_; }

    // From now on only the caller's turn may write: the connection that had it before was cut, or is to be.
    std::uint64_t take_turn();
    std::uint64_t offset() const;
    // Writes behind what is there. After an error what was written before stays.
    boost::system::result<void> append(std::uint64_t turn, std::string_view bytes);
    // Gives up what was written behind `offset`.
    void rewind(std::uint64_t turn, std::uint64_t offset);
    // The file's type once enough of it is there; empty before.
    std::string type_so_far() const;
    // Digests and type of the whole file, read again as far as this process did not see it arrive; synced to disk.
    boost::system::result<received> finish(std::uint64_t turn);
    // The digest that length or a later part may add; nullopt when it contradicts what was said before.
    bool agree(const std::optional<std::uint64_t>& length, const std::string& sha256, const std::string& sm3);

private:
    struct seen {
        security::content_digest sha256{security::digest_algorithm::sha256};
        security::content_digest sm3{security::digest_algorithm::sm3};
        std::string head;
        std::uint64_t bytes = 0;
        void take(std::string_view more);
    };
    boost::system::result<void> open();
    boost::system::result<void> catch_up();
    void close();

    const std::string id_;
    const std::filesystem::path file_;
    const std::chrono::system_clock::time_point begun_;
    mutable std::mutex mutex_;
    announced said_;
    std::uint64_t offset_;
    std::uint64_t turn_ = 0;
    int descriptor_ = -1;
    std::unique_ptr<seen> seen_; // while it is written
};

struct staging_limits {
    std::size_t uploads_per_partner_max = 64;
    std::size_t bytes_per_partner_max = 8UL << 30;
};

class staging {
public:
    // Makes the folder when it is missing and takes up what stands in it. Throws std::runtime_error.
    staging(std::filesystem::path folder, const staging_limits& limits);

    // `keep`: its facts are written down, so that it can be resumed after a restart.
    boost::system::result<std::shared_ptr<upload>> create(announced said, bool keep);
    // null: none of this partner's.
    std::shared_ptr<upload> find(const std::string& id, const std::string& partner) const;
    void remove(const std::shared_ptr<upload>& done);
    // Removes what was begun before `oldest`; gives how many.
    std::size_t sweep(std::chrono::system_clock::time_point oldest);
    // Whether the partner may add so many bytes to what it has unfinished.
    bool has_room(const std::string& partner, std::uint64_t more) const;
    struct figures {
        std::size_t uploads = 0;
        std::uint64_t bytes = 0;
    };
    figures all() const;

private:
    void load(const std::filesystem::path& facts);
    figures of(const std::string& partner) const;

    const std::filesystem::path folder_;
    const staging_limits limits_;
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<upload>> uploads_;
};

} // namespace tongban::materials

template <>
struct boost::system::is_error_code_enum<tongban::materials::staging_errc> : std::true_type {};
