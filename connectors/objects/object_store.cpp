#include "connectors/objects/object_store.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tongban::objects {

namespace {

class category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "objects"; }
    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
        case errc::full: return "the object store is full";
        case errc::unavailable: return "the object store cannot be reached";
        case errc::denied: return "the object store refuses access";
        case errc::not_found: return "no such object";
        case errc::leaving: return "the object is being removed";
        case errc::damaged: return "the bytes are not those of the name";
        case errc::failed: break;
        }
        return "the object store failed";
    }
};

class text_source final : public object_source {
public:
    explicit text_source(std::string_view bytes) : bytes_(bytes) {}
    std::uint64_t size() const override { return bytes_.size(); }
    boost::system::result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
        const auto rest = offset < bytes_.size() ? bytes_.substr(offset) : std::string_view();
        return rest.copy(into.data(), into.size());
    }

private:
    std::string_view bytes_;
};

class file_source final : public object_source {
public:
    file_source(int descriptor, std::uint64_t size) : descriptor_(descriptor), size_(size) {}
    ~file_source() override { ::close(descriptor_); }
    file_source(const file_source&) = delete;
    file_source& operator=(const file_source&) = delete;
    std::uint64_t size() const override { return size_; }
    boost::system::result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
        std::size_t have = 0;
        while (have < into.size()) {
            const auto count = ::pread(descriptor_, into.data() + have, into.size() - have,
                                       static_cast<off_t>(offset + have));
            if (count == 0) {
                break;
            }
            if (count < 0 && errno != EINTR) {
                return make_error_code(errc::failed);
            }
            have += count > 0 ? static_cast<std::size_t>(count) : 0;
        }
        return have;
    }

private:
    int descriptor_;
    std::uint64_t size_;
};

} // namespace

const boost::system::error_category& objects_category() noexcept {
    static const category one;
    return one;
}

bool is_object_name(std::string_view text) noexcept {
    return text.size() == 64 && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
}

std::unique_ptr<object_source> source_of_bytes(std::string_view bytes) {
    return std::make_unique<text_source>(bytes);
}

boost::system::result<std::unique_ptr<object_source>> source_of_file(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat found {};
    if (descriptor < 0) {
        return make_error_code(errno == ENOENT ? errc::not_found : errc::failed);
    }
    if (::fstat(descriptor, &found) != 0) {
        ::close(descriptor);
        return make_error_code(errc::failed);
    }
    return std::unique_ptr<object_source>(
        std::make_unique<file_source>(descriptor, static_cast<std::uint64_t>(found.st_size)));
}

boost::system::result<void> object_store::adopt(const std::string& name, const std::filesystem::path& file) {
    const auto bytes = source_of_file(file);
    if (!bytes) {
        return bytes.error();
    }
    if (const auto done = put(name, **bytes); !done) {
        return done.error();
    }
    ::unlink(file.c_str());
    return {};
}

} // namespace tongban::objects
