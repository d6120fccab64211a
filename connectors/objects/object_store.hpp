// Where files are kept, each under the SHA-256 of its bytes: what is there is whole, never changes, and is kept once
// whoever sends it. Calls block; they belong on a worker thread. Thread-safe.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::objects {

enum class errc {
    full = 1,    // no space, or the quota is spent: nothing of it is visible
    unavailable, // cannot be reached now, or answered with an error of its own: try again
    denied,      // the store refuses us: credentials, bucket, rights
    not_found,
    damaged,     // the bytes are not those of the name
    leaving,     // it is being removed, and what is put now may go with it: try again later
    failed,      // anything else
};
const boost::system::error_category& objects_category() noexcept;
inline boost::system::error_code make_error_code(errc e) noexcept {
    return {static_cast<int>(e), objects_category()};
}

// Lower-case hexadecimal digits of a SHA-256; nothing else is a name.
bool is_object_name(std::string_view text) noexcept;

struct object_facts {
    std::string name;
    std::uint64_t size = 0;
    std::chrono::system_clock::time_point written_at; // of the last put
};

// Bytes to be put, read from any place more than once.
class object_source {
public:
    virtual ~object_source() = default;
    virtual std::uint64_t size() const = 0;
    // Fills `into` from `offset`; fewer bytes only at the end.
    virtual boost::system::result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const = 0;
};

std::unique_ptr<object_source> source_of_bytes(std::string_view bytes); // which outlive it
boost::system::result<std::unique_ptr<object_source>> source_of_file(const std::filesystem::path& file);

class object_store {
public:
    virtual ~object_store() = default;

    // Puts the bytes under their name; `damaged` when they are not the name's, and then nothing is there. What is there
    // already counts as written now, and is repaired where it is not what its name says.
    virtual boost::system::result<void> put(const std::string& name, const object_source& bytes) = 0;
    // The same of a file whose digest was taken while it was written, and which is gone afterwards when that went well.
    virtual boost::system::result<void> adopt(const std::string& name, const std::filesystem::path& file);

    // Fills `into` from `offset`; fewer bytes only at the end of the object.
    virtual boost::system::result<std::size_t> read(const std::string& name, std::uint64_t offset,
                                                    std::span<char> into) const = 0;
    // nullopt: not there.
    virtual boost::system::result<std::optional<object_facts>> stat(const std::string& name) const = 0;
    // What is not there is removed already.
    virtual boost::system::result<void> remove(const std::string& name) = 0;
    // Up to `max` objects whose names are greater than `after`, ascending; fewer: no more.
    virtual boost::system::result<std::vector<object_facts>> list(const std::string& after, std::size_t max) const = 0;
};

} // namespace tongban::objects

template <>
struct boost::system::is_error_code_enum<tongban::objects::errc> : std::true_type {};
