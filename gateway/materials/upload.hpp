// One file on its way in, and what its partner has unfinished. What I/O threads ask of either never waits for disk.
#pragma once

#include "gateway/materials/media_type.hpp"
#include "security/content_digest.hpp"

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
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

struct staging_limits {
    std::size_t uploads_per_partner_max = 64;
    std::size_t bytes_per_partner_max = 8UL << 30;
};

// What one partner has unfinished, kept within its bounds: a place and its bytes are taken before they are used, so that
// many at once are as many as one after another. Thread-safe; waits for nothing.
class unfinished_account {
public:
    struct figures {
        std::size_t uploads = 0;
        std::uint64_t bytes = 0; // those being written among them
    };

    explicit unfinished_account(const staging_limits& limits) : limits_(limits) {}

    // Takes a place for an upload that is to bring so many bytes, none of which are taken yet. False: no room.
    bool begin(std::uint64_t announced_bytes);
    // What stood there at the start counts, whatever the bounds say now.
    void take_up(std::uint64_t bytes);
    // Gives back the place of an upload, and the bytes it still had.
    void end(std::uint64_t bytes);
    // False, and nothing taken: more than the partner may have.
    bool take_bytes(std::uint64_t bytes);
    void give_back(std::uint64_t bytes);
    figures has() const;

private:
    // So that no sum can overflow.
    std::uint64_t left() const { return limits_.bytes_per_partner_max - std::min(limits_.bytes_per_partner_max, has_.bytes); }

    const staging_limits limits_;
    mutable std::mutex mutex_;
    figures has_;
};

// Turns, offset and what was said never wait for disk: for I/O threads. What says so below blocks: for worker threads.
// Thread-safe.
class upload {
public:
    // A place for it and `offset` bytes were taken from `account`; they are given back by leave().
    upload(std::string id, std::filesystem::path file, announced said, std::uint64_t offset,
           std::chrono::system_clock::time_point begun, std::shared_ptr<unfinished_account> account);
    ~upload();
    upload(const upload&) = delete;

    const std::string& id() const noexcept { return id_; }
    const std::string& partner() const noexcept { return partner_; }
    const std::filesystem::path& file() const noexcept { return file_; }
    std::chrono::system_clock::time_point begun() const noexcept { return begun_; }
    // As it is now: agree() and finish() may add to it.
    announced said() const;

    // From now on only the caller's turn may write: the connection that had it before was cut, or is to be. What that one
    // is writing just now no longer counts: the offset stays where it is.
    std::uint64_t take_turn();
    std::uint64_t offset() const;
    // Adds what a later request says of length and digests. False, and nothing added: it contradicts what was said before, or
    // more than that length is there.
    bool agree(const std::optional<std::uint64_t>& length, const std::string& sha256, const std::string& sm3);

    // Writes behind what is there, within the partner's bound (crowded). After an error what was written before stays.
    // Blocks.
    boost::system::result<void> append(std::uint64_t turn, std::string_view bytes);
    // Gives up what was written behind `offset`. Blocks.
    void rewind(std::uint64_t turn, std::uint64_t offset);
    // The file's type once enough of it is there; empty before. Blocks.
    std::string type_so_far() const;
    // Digests and type of the whole file, read again as far as this process did not see it arrive; synced to disk. More than
    // this it cannot become. Blocks, for as long as reading all of it takes, or until another takes the turn.
    boost::system::result<received> finish(std::uint64_t turn);
    // It is nobody's any more: whoever still writes is told that it is taken over, and its account has room again. Blocks.
    void leave();

private:
    struct seen {
        security::content_digest sha256{security::digest_algorithm::sha256};
        security::content_digest sm3{security::digest_algorithm::sm3};
        std::string head;
        std::uint64_t bytes = 0;
        void take(std::string_view more);
    };
    // With the disk's mutex held:
    boost::system::result<void> open();
    boost::system::result<void> catch_up(std::uint64_t turn, std::uint64_t offset);
    boost::system::result<std::size_t> write(std::string_view bytes, std::uint64_t offset);
    void close();
    bool has_turn(std::uint64_t turn) const;
    // With the state's: whether the turn's holder may still change it.
    bool owns(std::uint64_t turn) const { return !is_gone_ && turn == turn_; }
    // Counts what was written; false: not by who has the turn.
    bool advance(std::uint64_t turn, std::size_t written);

    const std::string id_;
    const std::string partner_;
    const std::filesystem::path file_;
    const std::chrono::system_clock::time_point begun_;
    const std::shared_ptr<unfinished_account> account_;

    mutable std::mutex disk_mutex_; // taken before the other
    int descriptor_ = -1;
    std::unique_ptr<seen> seen_; // while it is written

    mutable std::mutex state_mutex_; // never held while anything waits
    announced said_;
    std::uint64_t offset_; // changes only with both held
    std::uint64_t turn_ = 0;
    bool is_gone_ = false;
};

} // namespace tongban::materials

template <>
struct boost::system::is_error_code_enum<tongban::materials::staging_errc> : std::true_type {};
