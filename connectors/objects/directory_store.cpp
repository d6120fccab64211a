#include "connectors/objects/directory_store.hpp"

#include "security/content_digest.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <random>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace tongban::objects {

namespace {

namespace fs = std::filesystem;
using boost::system::result;
using std::chrono::system_clock;

constexpr std::size_t block_bytes = 128UL * 1024;
constexpr auto leftover_age = std::chrono::hours(24);

errc of_errno(int number) noexcept {
    switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return errc::full;
    case ENOENT: return errc::not_found;
    case EACCES:
    case EPERM:
    case EROFS: return errc::denied;
    default: return errc::failed;
    }
}

class descriptor {
public:
    descriptor(const fs::path& file, int flags, mode_t mode = 0) : number_(::open(file.c_str(), flags | O_CLOEXEC, mode)) {}
    ~descriptor() {
        if (number_ >= 0) {
            ::close(number_);
        }
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    int get() const noexcept { return number_; }
    explicit operator bool() const noexcept { return number_ >= 0; }

private:
    int number_;
};

bool write_all(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto count = ::write(file, bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR) {
            return false;
        }
        bytes.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
    return true;
}

bool sync_folder(const fs::path& folder) {
    const descriptor opened(folder, O_RDONLY | O_DIRECTORY);
    return opened && ::fsync(opened.get()) == 0;
}

class directory_store final : public object_store {
public:
    explicit directory_store(fs::path directory) : directory_(std::move(directory)), half_written_(directory_ / "tmp") {
        std::error_code failed;
        fs::create_directories(half_written_, failed);
        if (failed || ::access(half_written_.c_str(), W_OK) != 0) {
            throw std::runtime_error("materials: cannot write in " + directory_.string());
        }
        sweep();
    }

    result<void> put(const std::string& name, const object_source& bytes) override {
        const auto place = folder_of(name) / name;
        if (is_whole(place, name) && ::utimensat(AT_FDCWD, place.c_str(), nullptr, 0) == 0) {
            return {};
        }
        const auto beside = half_written_ / (name.substr(0, 16) + '-' + serial());
        auto done = write(beside, name, bytes);
        if (done) {
            done = move(beside, name);
        }
        if (!done) {
            ::unlink(beside.c_str());
        }
        return done;
    }

    result<void> adopt(const std::string& name, const fs::path& file) override {
        // Whatever stands there is replaced by what is known to be right.
        struct stat here {};
        struct stat there {};
        if (::stat(file.c_str(), &there) != 0 || ::stat(half_written_.c_str(), &here) != 0 || here.st_dev != there.st_dev) {
            return object_store::adopt(name, file);
        }
        {
            const descriptor opened(file, O_RDONLY);
            if (!opened || ::fsync(opened.get()) != 0) {
                return make_error_code(of_errno(errno));
            }
        }
        ::utimensat(AT_FDCWD, file.c_str(), nullptr, 0);
        return move(file, name);
    }

    result<std::size_t> read(const std::string& name, std::uint64_t offset, std::span<char> into) const override {
        const auto bytes = source_of_file(folder_of(name) / name);
        return bytes ? (*bytes)->read_at(offset, into) : result<std::size_t>(bytes.error());
    }

    result<std::optional<object_facts>> stat(const std::string& name) const override {
        struct stat found {};
        if (::stat((folder_of(name) / name).c_str(), &found) != 0) {
            return errno == ENOENT || errno == ENOTDIR ? result<std::optional<object_facts>>(std::nullopt)
                                                       : make_error_code(of_errno(errno));
        }
        return std::optional(facts(name, found));
    }

    result<void> remove(const std::string& name) override {
        if (::unlink((folder_of(name) / name).c_str()) != 0 && errno != ENOENT) {
            return make_error_code(of_errno(errno));
        }
        return {};
    }

    result<std::vector<object_facts>> list(const std::string& after, std::size_t max) const override {
        std::vector<object_facts> found;
        for (const auto& first : children(directory_, after.substr(0, std::min<std::size_t>(2, after.size())), 2)) {
            for (const auto& second : children(directory_ / first, "", 2)) {
                if (first + second < after.substr(0, std::min<std::size_t>(4, after.size()))) {
                    continue;
                }
                for (const auto& name : children(directory_ / first / second, "", 64)) {
                    struct stat status {};
                    if (name <= after || ::stat((folder_of(name) / name).c_str(), &status) != 0) {
                        continue; // removed since
                    }
                    found.push_back(facts(name, status));
                    if (found.size() == max) {
                        return found;
                    }
                }
            }
        }
        return found;
    }

private:
    fs::path folder_of(const std::string& name) const { return directory_ / name.substr(0, 2) / name.substr(2, 2); }

    static object_facts facts(const std::string& name, const struct stat& found) {
        const auto at = std::chrono::seconds(found.st_mtim.tv_sec) + std::chrono::nanoseconds(found.st_mtim.tv_nsec);
        return {name, static_cast<std::uint64_t>(found.st_size),
                system_clock::time_point(std::chrono::duration_cast<system_clock::duration>(at))};
    }

    // Names of `size` hexadecimal digits from `least` on, sorted.
    static std::vector<std::string> children(const fs::path& folder, const std::string& least, std::size_t size) {
        std::vector<std::string> names;
        std::error_code failed;
        for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
            auto name = at->path().filename().string();
            const bool digits = name.find_first_not_of("0123456789abcdef") == std::string::npos;
            if (name.size() == size && digits && name >= least) {
                names.push_back(std::move(name));
            }
        }
        std::sort(names.begin(), names.end());
        return names;
    }

    // Tells one writer from another, in this process and among those that share the folder.
    static std::string serial() {
        static const auto process = std::random_device{}();
        static std::atomic<unsigned> count{0};
        return std::to_string(process) + '-' + std::to_string(count++);
    }

    // What a failing disk changed, or a power cut left short, is not what its name says.
    static bool is_whole(const fs::path& place, const std::string& name) {
        const auto bytes = source_of_file(place);
        if (!bytes) {
            return false;
        }
        security::content_digest digest(security::digest_algorithm::sha256);
        std::vector<char> block(block_bytes);
        for (std::uint64_t at = 0; at < (*bytes)->size();) {
            const auto count = (*bytes)->read_at(at, block);
            if (!count || *count == 0) {
                return false;
            }
            digest.update({block.data(), *count});
            at += *count;
        }
        return security::hex_of(digest.finish()) == name;
    }

    static result<void> write(const fs::path& beside, const std::string& name, const object_source& bytes) {
        const descriptor opened(beside, O_WRONLY | O_CREAT | O_EXCL, 0640);
        if (!opened) {
            return make_error_code(of_errno(errno));
        }
        security::content_digest digest(security::digest_algorithm::sha256);
        std::vector<char> block(std::min<std::uint64_t>(block_bytes, bytes.size() + 1));
        for (std::uint64_t at = 0;;) {
            const auto count = bytes.read_at(at, block);
            if (!count) {
                return count.error();
            }
            if (*count == 0) {
                break;
            }
            const std::string_view piece(block.data(), *count);
            digest.update(piece);
            if (!write_all(opened.get(), piece)) {
                return make_error_code(of_errno(errno));
            }
            at += *count;
        }
        if (security::hex_of(digest.finish()) != name) {
            return make_error_code(errc::damaged);
        }
        if (::fsync(opened.get()) != 0) {
            return make_error_code(of_errno(errno));
        }
        return {};
    }

    result<void> move(const fs::path& from, const std::string& name) {
        const auto folder = folder_of(name);
        std::error_code failed;
        fs::create_directories(folder, failed);
        if (failed || ::rename(from.c_str(), (folder / name).c_str()) != 0) {
            return make_error_code(of_errno(failed ? failed.value() : errno));
        }
        // New folders must survive a power cut as well.
        if (!sync_folder(folder) || !sync_folder(folder.parent_path()) || !sync_folder(directory_)) {
            return make_error_code(errc::failed);
        }
        return {};
    }

    void sweep() const {
        const auto oldest = fs::file_time_type::clock::now() - leftover_age;
        std::error_code failed;
        for (fs::directory_iterator at(half_written_, failed), end; !failed && at != end; at.increment(failed)) {
            std::error_code ignored;
            if (at->last_write_time(ignored) < oldest) {
                fs::remove(at->path(), ignored);
            }
        }
    }

    const fs::path directory_;
    const fs::path half_written_;
};

} // namespace

std::unique_ptr<object_store> open_directory_store(const fs::path& directory) {
    return std::make_unique<directory_store>(directory);
}

} // namespace tongban::objects
